"""Loops and recursions that nothing ends: which they are, and what each round of them does."""

from collections.abc import Iterator
from itertools import islice
from math import inf
from typing import Final

import libcst as cst

from validator.analyse.resources import LITERALS, MANY, count_items
from validator.analyse.run import Run
from validator.analyse.values import Function
from validator.model.fact import Kind
from validator.model.known import Known

LONG: Final = 1_000  # rounds of a loop that starts something in each
MULTIPLYING: Final = ("process.s", "resource.fork", "thread.start")
WAITING: Final = frozenset({
    "sleep", "input", "accept", "recv", "recvfrom", "recv_into", "recvmsg", "task_done", "wait", "select", "poll",
    "join", "read", "readline", "acquire", "pause",
})  # fmt: skip
GROWING: Final = frozenset(
    {"append", "appendleft", "extend", "insert", "write", "writelines", "write_text", "write_bytes"}
)
# Calls that end a loop over what they empty, or the whole process.
ENDING: Final = frozenset(
    {"exit", "_exit", "quit", "abort", "next", "pop", "popleft", "popitem", "heappop", "get_nowait"}
)
LEAVING: Final = (cst.Return, cst.Raise, cst.Yield, cst.Await)
APART: Final = (cst.FunctionDef, cst.Lambda, cst.ClassDef)
CHOICES: Final = (cst.IfExp, cst.BooleanOperation, cst.BaseComp)
CHANGES: Final = (
    cst.Assign, cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.Del, cst.Import, cst.ImportFrom, cst.With, cst.Raise,
    cst.Yield, cst.Await, cst.Break, cst.Attribute, cst.FunctionDef, cst.ClassDef,
)  # fmt: skip
LOOKING: Final = frozenset(
    {"len", "range", "enumerate", "zip", "abs", "min", "max", "sum", "sorted", "isinstance", "print"}
)


def always(test: cst.BaseExpression) -> bool:
    """`while True`, `while 1`, `while not 0`: a test that no variable decides."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=expression):
            return _never(expression)
        case cst.Name(value=value):
            return value == "True"
        case _:
            return isinstance(test, LITERALS) and not _never(test)


def _never(test: cst.BaseExpression) -> bool:
    """A literal that is false."""
    match test:
        case cst.Name(value=value):
            return value in ("False", "None")
        case cst.Integer(value=value) | cst.Float(value=value):
            return not value.strip("0._xXobBOeE+-")
        case cst.SimpleString():
            return not test.raw_value
        case cst.List(elements=elements) | cst.Dict(elements=elements):
            return len(elements) == 0
        case _:
            return False


def record_endless(run: Run, node: cst.While | cst.For, events: int) -> None:
    """A loop that its body never leaves: whether it waits or grows in each round, and what it does besides."""
    words = set(_words(node.body))
    if words & ENDING:
        return
    roles: dict[str, Known] = {"does": _done_since(run, events)}
    if words & WAITING:
        roles["waits"] = True
    if words & GROWING:
        roles["grows"] = True
    if isinstance(node, cst.While) and "print" not in words and _spins(node):
        roles["spins"] = True
    run.record(Kind.CALL, "resource.loop", "while" if isinstance(node, cst.While) else "for", roles, node)


def record_for(run: Run, node: cst.For, events: int, *, left: bool) -> None:
    """A `for` over more items than it can ever finish, or a long one that starts something in every round."""
    done = _done_since(run, events)
    multiplies = any(one.startswith(MULTIPLYING) for one in done)
    count = count_items(run, node.iter) if multiplies or run.measures else 0
    if count == inf and not left:
        record_endless(run, node, events)
    elif (count >= MANY and not left) or (count >= LONG and multiplies):
        run.record(Kind.CALL, "resource.loop", "for", {"count": int(min(count, MANY)), "does": done}, node)


def _spins(node: cst.While) -> bool:
    """Whether a loop only takes time: nothing changes in it, and nothing leaves it."""
    return nothing_changes(node.body) and not any(isinstance(one, LEAVING) for one in _parts(node, into_choices=True))


def nothing_changes(body: cst.CSTNode) -> bool:
    """Whether each round of a loop must be like the one before, so that a `return` inside is taken at once or never."""
    pending = [body]
    while pending:
        one = pending.pop()
        if isinstance(one, CHANGES):
            return False
        if isinstance(one, cst.Call) and not (isinstance(one.func, cst.Name) and one.func.value in LOOKING):
            return False
        pending.extend(one.children)
    return True


def record_recursion(run: Run, function: Function, node: cst.CSTNode) -> None:
    """A function that calls itself whatever it is given, once something else of power was seen.

    Alone it ends in an exception soon enough; so the screen need not look for it.
    """
    if isinstance(function.node, cst.Lambda) or all(one.kind is Kind.IMPORT for one in run.events.values()):
        return
    if node in _straight(function.node.body):
        run.record(Kind.CALL, "resource.loop", "recursion", {"does": ()}, node)


def _straight(body: cst.BaseSuite) -> Iterator[cst.CSTNode]:
    """The parts of a function that are reached in every call, up to where it may be left."""
    for statement in body.body:
        simple = isinstance(statement, cst.SimpleStatementLine | cst.BaseSmallStatement)
        inside = list(_parts(statement, into_choices=not simple))
        if simple:
            yield from inside
        if any(isinstance(one, LEAVING) for one in inside) or ENDING.intersection(_words(statement)):
            return


def _parts(node: cst.CSTNode, *, into_choices: bool) -> Iterator[cst.CSTNode]:
    """A node and all below it that belongs to the same function; not what may be left out, unless that is asked for."""
    pending = [node]
    while pending:
        one = pending.pop()
        if not isinstance(one, APART) and (into_choices or not isinstance(one, CHOICES)):
            yield one
            pending.extend(one.children)


def _done_since(run: Run, events: int) -> tuple[str, ...]:
    """What was first seen to be done since so many events were known."""
    return tuple(sorted({event.capability for event in islice(run.events.values(), events, None)}))


def _words(node: cst.CSTNode) -> Iterator[str]:
    """The names of all functions and methods that are called here and now; `*=` and `+= [...]` are growth, too."""
    pending: list[cst.CSTNode] = [node]
    while pending:
        one = pending.pop()
        match one:
            case cst.FunctionDef() | cst.Lambda() | cst.ClassDef():
                continue
            case cst.Call(func=cst.Attribute(attr=cst.Name(value=word)) | cst.Name(value=word)):
                yield word
            case cst.AugAssign(operator=cst.MultiplyAssign()):
                yield "extend"
            case cst.AugAssign(operator=cst.AddAssign(), value=cst.List() | cst.SimpleString() | cst.FormattedString()):
                yield "extend"
        pending.extend(one.children)
