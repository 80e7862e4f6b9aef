"""Functions of the argument's own: binding parameters, running a body, remembering the result."""

from collections.abc import Iterator
from collections.abc import Sequence as Items
from typing import Final

import libcst as cst

from validator.analyse.endless import record_recursion
from validator.analyse.joins import dull, either, opaque
from validator.analyse.names import bind, identifier
from validator.analyse.run import Arguments, Result, Run
from validator.analyse.values import (
    NONE,
    NOTHING,
    Class,
    Constant,
    Function,
    Object,
    Opaque,
    Scope,
    Sequence,
    Symbol,
    Table,
    Text,
    Value,
)
from validator.model.fact import NO_ROLES, Kind

PLAIN: Final = "plain"
MOST_REPEATS: Final = 3
MOST_VARIANTS: Final = 24
MOST_NUMBERS: Final = 4
MOST_DECODED: Final = 256  # where code makes text of numbers, each number counts
MOST_SWEEPS: Final = 2
MOST_KEYED: Final = 8
DEEPEST_KEY: Final = 2


def define(run: Run, node: cst.FunctionDef | cst.Lambda, owner: Class | None = None) -> Function:
    """Make a function value; defaults are evaluated now, the body when it is called."""
    defaults = {
        identifier(parameter.name.value): run.evaluate(parameter.default)
        for parameter in parameters(node.params)
        if parameter.default is not None
    }
    function = Function(node, run.scope, defaults, owner)
    if run.stack and id(run.stack[-1][0].node) in run.earlier:
        run.earlier.add(id(node))
    run.pending.setdefault(id(node), function)
    return function


def parameters(params: cst.Parameters) -> Iterator[cst.Param]:
    """All parameters in the order in which they are written."""
    yield from params.posonly_params
    yield from params.params
    if type(params.star_arg) is cst.Param:
        yield params.star_arg
    yield from params.kwonly_params
    if params.star_kwarg is not None:
        yield params.star_kwarg


def invoke(run: Run, function: Function, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Run a function with these arguments; the same call is not followed twice."""
    key = _call_key(run, function, arguments)
    if key in run.results:
        return run.results[key].given
    running = [known for other, known in run.stack if other.node is function.node]
    if len(running) == MOST_REPEATS and key not in running:
        arguments = _blurred(arguments)  # one more round for all that are left: the last may give something else
        key = _call_key(run, function, arguments)
    if len(run.stack) >= run.limits.calls or len(running) > MOST_REPEATS or key in running:
        return _not_followed(run, function, arguments, key in running, node)
    followed = run.followed.get(id(function.node), 0)
    run.followed[id(function.node)] = followed + 1
    if followed > _most_variants(run, arguments):
        arguments = _blurred(arguments)
        key = _call_key(run, function, arguments)
        if key in run.results:
            return run.results[key].given
    run.pending.pop(id(function.node), None)
    run.stack.append((function, key))
    anchor = run.anchor
    if anchor is None and id(function.node) in run.earlier:
        run.anchor = node
    outside = (run.breaks, run.leaves)
    given = _run_body(run, function, arguments)
    run.breaks, run.leaves = outside
    run.anchor = anchor
    run.stack.pop()
    run.results[key] = Result(given, function, arguments)
    return given


def _most_variants(run: Run, arguments: Arguments) -> int:
    """How often a function is followed with other arguments each time; numbers alone seldom make a difference."""
    if run.decodes:
        return MOST_DECODED
    return MOST_NUMBERS if all(map(_is_data, arguments.all())) else MOST_VARIANTS


def _is_data(value: Value, depth: int = 0) -> bool:
    if isinstance(value, Sequence) and depth < DEEPEST_KEY:
        return value.rest is None and all(_is_data(one, depth + 1) for one in value.items[:MOST_KEYED])
    return dull(value)


def _call_key(run: Run, function: Function, arguments: Arguments) -> tuple[object, ...]:
    """What a result depends on: the code, what it closes over, what it is given, and what it may see besides."""
    defaults = map(_key, function.defaults.values())
    given = map(_key, arguments.positional)
    return (id(function.node), id(function.scope), run.version, *defaults, *given, *_keyword_keys(arguments))


def _key(value: Value, depth: int = 0) -> object:
    """Values that cannot make a difference share a key."""
    match value:
        case Constant(value=str() | bytes() | int() as literal, sources=()):
            return (type(literal), literal)
        case Symbol(name=name):
            return ("symbol", name)
        case Opaque() | Constant() if dull(value):
            return PLAIN
        case Sequence(items=items, rest=rest) if len(items) <= MOST_KEYED and depth < DEEPEST_KEY:
            return (
                "sequence",
                *(_key(one, depth + 1) for one in items),
                None if rest is None else _key(rest, depth + 1),
            )
        case _:
            return id(value)


def _blurred(arguments: Arguments) -> Arguments:
    """After many calls with other text each time, one call with text of any kind stands for the rest."""
    positional = tuple(
        opaque(value) if isinstance(value, (Constant, Text)) or _is_data(value) else value
        for value in arguments.positional
    )
    keywords = {
        name: opaque(value) if isinstance(value, (Constant, Text)) else value
        for name, value in arguments.keywords.items()
    }
    return Arguments(positional, keywords, arguments.open_ended)


def _keyword_keys(arguments: Arguments) -> Iterator[object]:
    for name, value in arguments.keywords.items():
        yield name
        yield _key(value)


def _not_followed(run: Run, function: Function, arguments: Arguments, repeated: bool, node: cst.CSTNode) -> Value:
    """Too deep, or the same call again: what it was given may go anywhere."""
    record_recursion(run, function, node)
    if not repeated:
        run.pending[id(function.node)] = function
    if not repeated and any(not isinstance(value, (Opaque, Constant)) for value in arguments.all()):
        carried = [value for value in arguments.all() if not isinstance(value, (Opaque, Constant, Object))]
        if any(_carries_power(run, value) for value in carried):
            run.record(Kind.UNRESOLVED, "unresolved.call", name_of(function), NO_ROLES, node)
    return opaque(*arguments.all())


def _carries_power(run: Run, value: Value) -> bool:
    from_library = getattr(value, "name", "")
    return isinstance(value, Function) or from_library in run.catalog.names


def name_of(function: Function) -> str:
    """The name of a function, for a person."""
    return function.node.name.value if isinstance(function.node, cst.FunctionDef) else "<lambda>"


def _run_body(run: Run, function: Function, arguments: Arguments) -> Value:
    caller, returned, tried, jumps = run.scope, run.returned, run.tried, run.jumps
    run.scope = Scope({}, function.scope)
    run.returned, run.tried, run.jumps = [], None, []
    try:
        _bind_parameters(run, function, arguments)
        if isinstance(function.node, cst.FunctionDef):
            run.execute(function.node.body)
            return _joined(run.returned)
        return run.evaluate(function.node.body)
    finally:
        run.scope, run.returned, run.tried, run.jumps = caller, returned, tried, jumps


def _joined(values: Items[Value]) -> Value:
    found: Value | None = None
    for value in values:
        found = value if found is None else either(found, value)
    return NONE if found is None else found


def _bind_parameters(run: Run, function: Function, arguments: Arguments) -> None:
    params = function.node.params
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    for parameter in (*params.posonly_params, *params.params):
        name = identifier(parameter.name.value)
        if positional:
            bind(run, name, positional.pop(0))
        else:
            _bind_keyword(run, function, name, keywords, arguments.open_ended)
    for parameter in params.kwonly_params:
        _bind_keyword(run, function, identifier(parameter.name.value), keywords, arguments.open_ended)
    rest = NOTHING if arguments.open_ended else None
    if type(params.star_arg) is cst.Param:
        bind(run, identifier(params.star_arg.name.value), Sequence("tuple", positional, rest, run.branch))
    if params.star_kwarg is not None:
        made = Table({}, rest, run.branch)
        made.items.update(keywords)
        bind(run, identifier(params.star_kwarg.name.value), made)


def _bind_keyword(run: Run, function: Function, name: str, keywords: dict[str, Value], open_ended: bool) -> None:
    given = keywords.pop(name, None)
    if given is None:
        default = function.defaults.get(name)
        given = NOTHING if default is None else default
        if default is not None and open_ended:
            given = either(default, NOTHING)
    bind(run, name, given)


def run_pending(run: Run) -> None:
    """Run every function that nothing in sight called, with unknown arguments."""
    while run.pending:
        place, function = run.pending.popitem()
        run.swept[place] = run.swept.get(place, 0) + 1
        if run.swept[place] > MOST_SWEEPS:
            continue
        own = parameters(function.node.params)
        first = next(own, None)
        positional: tuple[Value, ...] = ()
        if function.owner is not None and first is not None and not isinstance(function.node, cst.Lambda):
            positional = (_instance(run, function.owner, function.node),)
        invoke(run, function, Arguments(positional, open_ended=True), function.node)


def _instance(run: Run, owner: Class, node: cst.CSTNode) -> Value:
    """One object of a class that nothing in sight made, for all its methods."""
    if owner not in run.instances:
        run.instances[owner] = NOTHING
        run.instances[owner] = run.call(owner, Arguments(open_ended=True), node)
    return run.instances[owner]
