"""Loops and recursions that nothing ends: which they are, and what each round of them does."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

import libcst as cst

from validator.analyse.below import children
from validator.analyse.names import identifier
from validator.analyse.resources import LITERALS
from validator.analyse.run import Run
from validator.analyse.values import Function
from validator.model.fact import Kind
from validator.model.known import Known

MULTIPLYING: Final = ("process.s", "resource.fork", "thread.start")  # telling a thousand times over
TIRING: Final = ("network.", *MULTIPLYING)  # telling of a loop of a known length
STORING: Final = ("fs.",)  # telling a hundred thousand times over
WAITING: Final = frozenset({
    "sleep", "input", "accept", "recv", "recvfrom", "recv_into", "recvmsg", "task_done", "wait", "select", "poll",
    "read", "readline", "acquire", "pause",
})  # fmt: skip
GROWING: Final = frozenset(
    {"append", "appendleft", "extend", "insert", "write", "writelines", "write_text", "write_bytes"}
)
# Calls that end a loop over what they empty, or the whole process.
ENDING: Final = frozenset({"exit", "_exit", "quit", "abort", "pop", "popleft", "popitem", "heappop", "get_nowait"})
# Kinds of nodes, asked for by `type(node) in`: `isinstance` on the abstract classes of libcst takes ten times as long.
LEAVING: Final = frozenset({cst.Return, cst.Raise, cst.Yield, cst.Await})
APART: Final = frozenset({cst.FunctionDef, cst.Lambda, cst.ClassDef})
CHOICES: Final = frozenset({cst.IfExp, cst.BooleanOperation, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp})
CHANGES: Final = frozenset({
    cst.Assign, cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.Del, cst.Import, cst.ImportFrom, cst.With, cst.Raise,
    cst.Yield, cst.Await, cst.Break, cst.Attribute, cst.FunctionDef, cst.ClassDef,
})  # fmt: skip
BINDING: Final = (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.NamedExpr, cst.For)
ACTING: Final = frozenset({cst.Call, cst.Await, cst.Yield, cst.NamedExpr})
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


def only_grows(node: cst.While) -> bool:
    """`while number:` where every round adds to the number, so that it never comes to nothing."""
    if not isinstance(node.test, cst.Name):
        return False
    name = node.test.value
    bound = [one for one in _parts(node.body, into_choices=True) if isinstance(one, BINDING) and _binds(one, name)]
    return bool(bound) and all(_adds(one) for one in bound) and any(one in bound for one in _straight(node.body))


def _adds(one: cst.CSTNode) -> bool:
    match one:
        case cst.AugAssign(operator=cst.AddAssign(), value=cst.Integer(value=value)):
            return value.strip("0_") != ""
        case _:
            return False


def _binds(one: cst.AssignTarget | cst.AugAssign | cst.AnnAssign | cst.NamedExpr | cst.For, name: str) -> bool:
    return any(type(part) is cst.Name and part.value == name for part in _parts(one.target, into_choices=True))


class Mark(NamedTuple):
    """How far an analysis had come when a loop began: the ways out seen, what was made to grow, the events."""

    breaks: int
    leaves: int
    grown: int
    events: int


def mark(run: Run) -> Mark:
    """Remember where a loop begins."""
    return Mark(run.breaks, run.leaves, run.grown, len(run.events))


def never_left(run: Run, begun: Mark) -> bool:
    """Whether nothing was seen since then that leaves the loop."""
    return run.breaks == begun.breaks and run.leaves == begun.leaves


def record_endless(run: Run, node: cst.While | cst.For, begun: Mark) -> None:
    """A loop that its body never leaves: whether it waits or grows in each round, and what it does besides."""
    words = set(_words(node.body))
    done = _done_since(run, begun)
    if words & ENDING and not _multiplies(done):
        return
    roles: dict[str, Known] = {"does": done}
    if words & WAITING:
        roles["waits"] = True
    if words & GROWING or run.grown != begun.grown:
        roles["grows"] = True
    if isinstance(node, cst.While) and "print" not in words and _spins(node):
        roles["spins"] = True
    run.record(Kind.CALL, "resource.loop", "while" if isinstance(node, cst.While) else "for", roles, node)


def record_for(run: Run, node: cst.For, kind: str, begun: Mark) -> None:
    """A `for` over more items than it can ever finish, or a long one that starts something in every round."""
    if kind == "endless" and never_left(run, begun):
        record_endless(run, node, begun)
        return
    done = _done_since(run, begun)
    if kind != "long" and _idles(node.body):
        run.record(Kind.CALL, "resource.loop", "for", {"rounds": kind, "does": done, "idle": True}, node)
    elif (kind == "too many" and never_left(run, begun)) or _wears(kind, done):
        run.record(Kind.CALL, "resource.loop", "for", {"rounds": kind, "does": done}, node)


def _wears(kind: str, done: tuple[str, ...]) -> bool:
    """Whether doing this so often is more than honest work does."""
    return any(one.startswith(TIRING if kind == "long" else (*TIRING, *STORING)) for one in done)


def feeds_itself(node: cst.For) -> bool:
    """Whether every round of a loop adds to the list that it goes through."""
    return isinstance(node.iter, cst.Name) and any(_feeds(one, node.iter.value) for one in _plain(node.body))


def _feeds(one: cst.CSTNode, name: str) -> bool:
    match one:
        case cst.Expr(value=cst.Call(func=cst.Attribute(value=cst.Name(value=held), attr=cst.Name(value=method)))):
            return held == name and method in ("append", "extend", "insert")
        case _:
            return False


def _plain(body: cst.BaseSuite) -> Iterator[cst.CSTNode]:
    """The statements of a body, those of one line one by one."""
    for line in body.body:
        yield from line.body if isinstance(line, cst.SimpleStatementLine) else (line,)


def _multiplies(done: tuple[str, ...]) -> bool:
    return any(one.startswith(MULTIPLYING) for one in done)


def _idles(body: cst.BaseSuite) -> bool:
    """Whether a round does nothing at all: `pass`, or a value that nobody takes."""
    return all(
        isinstance(one, (cst.Pass, cst.Expr))
        and not any(type(part) in ACTING for part in _parts(one, into_choices=True))
        for one in _plain(body)
    )


def _spins(node: cst.While) -> bool:
    """Whether a loop only takes time: nothing changes in it, and nothing leaves it."""
    return nothing_changes(node.body) and not any(type(one) in LEAVING for one in _parts(node, into_choices=True))


def nothing_changes(body: cst.CSTNode) -> bool:
    """Whether each round of a loop must be like the one before, so that a `return` inside is taken at once or never."""
    pending = [body]
    while pending:
        one = pending.pop()
        if type(one) in CHANGES:
            return False
        if type(one) is cst.Call and not (type(one.func) is cst.Name and one.func.value in LOOKING):
            return False
        pending.extend(children(one))
    return True


def record_recursion(run: Run, function: Function, node: cst.CSTNode) -> None:
    """A function that calls itself whatever it is given, or with just what it was given."""
    if isinstance(function.node, cst.Lambda) or not isinstance(node, cst.Call):
        return
    unending = run.unending.get(id(function.node))
    if unending is None:
        unending = run.unending[id(function.node)] = _unending(function.node)
    if id(node) in unending:
        run.record(Kind.CALL, "resource.loop", "recursion", {"does": ()}, node)


def _unending(function: cst.FunctionDef) -> frozenset[int]:
    """The calls of a function by itself that every call of it reaches, or that repeat its own unchanged parameters.

    A library that is handed the function may call it or not, and another function calls it with values of its own.
    """
    parts = list(_parts(function.body, into_choices=True))
    straight = {id(one) for one in _straight(function.body)}
    names = [parameter.name.value for parameter in function.params.params]
    kept = bool(names) and not any(_binds(one, name) for one in parts if isinstance(one, BINDING) for name in names)
    own = identifier(function.name.value)
    calls = [one for one in parts if type(one) is cst.Call]
    return frozenset(
        id(call)
        for call in calls
        if type(call.func) is cst.Name and identifier(call.func.value) == own
        if id(call) in straight or (kept and _given(call) == names)
    )


def _given(call: cst.Call) -> list[str]:
    return [argument.value.value if isinstance(argument.value, cst.Name) else "" for argument in call.args]


def record_repeats(run: Run, node: cst.BaseComp, begun: Mark) -> None:
    """The long loops of a comprehension: what they do in every round, and one that only repeats the others."""
    done = _done_since(run, begun)
    words = [one.value for one in _parts(node, into_choices=True) if type(one) is cst.Name]
    for clause, kind in run.repeated:
        alone = clause is node.for_in and clause.inner_for_in is None
        idle = not alone and isinstance(clause.target, cst.Name) and words.count(clause.target.value) == 1
        if kind == "very long" and idle:
            run.record(Kind.CALL, "resource.loop", "for", {"rounds": kind, "does": done, "idle": True}, node)
        elif _wears(kind, done):
            run.record(Kind.CALL, "resource.loop", "for", {"rounds": kind, "does": done}, node)


def _straight(body: cst.BaseSuite) -> Iterator[cst.CSTNode]:
    """The parts of a function that are reached in every call, up to where it may be left."""
    for statement in body.body:
        simple = isinstance(statement, (cst.SimpleStatementLine, cst.BaseSmallStatement))
        inside = list(_parts(statement, into_choices=not simple))
        if simple:
            yield from inside
        if any(type(one) in LEAVING for one in inside) or ENDING.intersection(_words(statement)):
            return


def _parts(node: cst.CSTNode, *, into_choices: bool) -> Iterator[cst.CSTNode]:
    """A node and all below it that belongs to the same function; not what may be left out, unless that is asked for."""
    pending = [node]
    while pending:
        one = pending.pop()
        if type(one) not in APART and (into_choices or type(one) not in CHOICES):
            yield one
            pending.extend(children(one))


def _done_since(run: Run, begun: Mark) -> tuple[str, ...]:
    """What was first seen to be done since then; writing into a file that stands open is nothing new."""
    events = islice(run.events.values(), begun.events, None)
    return tuple(sorted({event.capability for event in events if not event.name.startswith("io.")}))


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
        pending.extend(children(one))
