"""Actions for things that hold other things: queues, heaps, futures, fields, records, settings of a program."""

from collections.abc import Mapping
from typing import Final

import libcst as cst

from validator.analyse.attributes import receives
from validator.analyse.containers import add, any_of, iterate, smear, store_item
from validator.analyse.joins import either, known
from validator.analyse.run import NO_ARGUMENTS, Action, Arguments, Roles, Run
from validator.analyse.values import (
    NONE,
    NOTHING,
    Applied,
    Class,
    Constant,
    Instance,
    Object,
    Scope,
    Sequence,
    Symbol,
    Table,
    Value,
)


def _box(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A queue, or another thing that gives back what was put into it."""
    held = roles.get("held")
    return Sequence("list", [] if held is None else [held], None, run.branch)


def _push(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`heappush(heap, item)`: one more item, at a place that is not known."""
    heap, *rest = arguments.positional or (NOTHING,)
    if isinstance(heap, Sequence) and rest:
        add(run, heap, rest[0])
        smear(heap)
        return any_of(heap)
    return NOTHING


def _record(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`SimpleNamespace(path=p)`, `threading.local()`: an object that only has the attributes it is given."""
    made = Instance("types.SimpleNamespace", {}, (), dict(arguments.keywords))
    for given in arguments.positional:
        if isinstance(given, Table):
            made.attributes.update((str(name), held) for name, held in given.items.items())
    return made


def _named_tuple(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`namedtuple("Job", "path size")`, `NamedTuple("Job", [("path", Path)])`."""
    name, fields = roles.get("name", NOTHING), roles.get("fields", NOTHING)
    if isinstance(fields, Constant) and isinstance(fields.value, str):
        words = fields.value.replace(",", " ").split()
    else:
        items = iterate(fields)[0] or []
        words = [str(known(one.items[0] if isinstance(one, Sequence) and one.items else one)) for one in items]
    return Class(str(known(name)), (Symbol("builtins.tuple"),), Scope({}, None, is_class=True, fields=words))


def _field(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`field(default_factory=f)` of a data class: what an object starts with."""
    factory = roles.get("factory")
    return roles.get("held", NOTHING) if factory is None else run.call(factory, NO_ARGUMENTS, node)


def _default_table(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`defaultdict(list)`: under a new key stands what the factory makes."""
    factory, *given = arguments.positional or (NONE,)
    made = Table({}, None, run.branch)
    if not (isinstance(factory, Constant) and factory.value is None):
        made.rest = run.call(factory, NO_ARGUMENTS, node)
    if given:
        receives_all(run, made, given[0])
    return made


def receives_all(run: Run, table: Table, given: Value) -> None:
    """Put everything that another dictionary holds into this one."""
    if isinstance(given, Table):
        for key, held in given.items.items():
            store_item(run, table, Constant(key), held)


def _submit(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`pool.submit(f, x)`: what f(x) gives, later."""
    callee, *given = arguments.positional or (NOTHING,)
    inner = Arguments(tuple(given), arguments.keywords, arguments.open_ended)
    return Instance("concurrent.futures.Future", {"held": run.call(callee, inner, node)})


def _apply(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`pool.apply(f, (x,), {"y": z})`."""
    items, rest = iterate(roles.get("items", Sequence("tuple", [])))
    named = roles.get("named")
    keywords = {str(key): held for key, held in named.items.items()} if isinstance(named, Table) else {}
    inner = Arguments((rest,) if items is None else tuple(items), keywords, items is None)
    return run.call(roles.get("callee", NOTHING), inner, node)


def _apply_later(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    return Instance("concurrent.futures.Future", {"held": _apply(run, roles, arguments, node)})


def _held(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """What a future, a task or a reference stands for."""
    return roles.get("held", NOTHING)


def _replaced(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`dataclasses.replace(made, path=p)`: another object that differs in what is named."""
    made = arguments.positional[0] if arguments.positional else NOTHING
    return Object(made.made_from, {**made.attributes, **arguments.keywords}) if isinstance(made, Object) else made


def _fields(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`dataclasses.astuple(made)`."""
    made = arguments.positional[0] if arguments.positional else NOTHING
    return Sequence("tuple", list(made.attributes.values())) if isinstance(made, Object) else made


def _named_fields(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`dataclasses.asdict(made)`."""
    made = arguments.positional[0] if arguments.positional else NOTHING
    table = Table({}, None, run.branch)
    table.items.update(made.attributes if isinstance(made, Object) else {})
    return table if isinstance(made, Object) else made


def _fill(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`future.set_result(x)`: what it will give."""
    future, held = roles.get("self"), roles.get("held", NOTHING)
    if isinstance(future, Instance):
        before = future.attributes.get("held")
        future.attributes["held"] = held if before is None else either(before, held)
    return NONE


def _gather(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`await gather(a, b)`: what each of them gives."""
    found: list[Value] = []
    for one in arguments.positional:
        given = receives(run, one, "__await__", NO_ARGUMENTS, node)
        found.append(one if given is None else given)
    return Sequence("list", found, NOTHING if arguments.open_ended else None, run.branch)


def _wait(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`done, pending = wait(tasks)`: any of them may be in either."""
    first = arguments.positional[0] if arguments.positional else NOTHING
    return Sequence("tuple", [first, first])


def _repeat(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`repeat(x)`: without an end, unless it is told how often."""
    times = arguments.positional[1:] or arguments.keywords or arguments.open_ended
    each = arguments.positional[0] if arguments.positional else NOTHING
    return Sequence("iterator" if times else "endless", [], each)


def _groups(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`groupby(items)`: pairs of a key and some of the items."""
    return Sequence("iterator", [], Sequence("tuple", [NOTHING, roles.get("items", NOTHING)]))


def _always(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`weakref.ref(x)`: calling it gives x."""
    return Applied(Instance("!held", {"held": arguments.positional[0]})) if arguments.positional else NOTHING


def _option(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`parser.add_argument("--path", type=Path, default=d)`: the parsed arguments will have it."""
    parser, default, convert = roles.get("self"), roles.get("default", NOTHING), roles.get("convert")
    names = [one.value for one in arguments.positional if isinstance(one, Constant) and isinstance(one.value, str)]
    long = [name for name in names if not name.startswith("-") or name.startswith("--")]
    given = roles.get("destination") or Constant(next(iter(long or names), "").lstrip("-").replace("-", "_"))
    if isinstance(parser, Instance):
        found = default if convert is None else either(run.call(convert, Arguments((default,)), node), default)
        parser.attributes[str(known(given))] = found
    return NOTHING


def _parsed(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`parser.parse_args()`: an object with an attribute for each argument."""
    parser = roles.get("self")
    attributes = parser.attributes if isinstance(parser, Instance) else {}
    return Instance("types.SimpleNamespace", {}, (), attributes)


HOLDERS: Final[Mapping[str, Action]] = {
    "box": _box,
    "push": _push,
    "record": _record,
    "named-tuple": _named_tuple,
    "field-value": _field,
    "defaultdict": _default_table,
    "submit": _submit,
    "apply": _apply,
    "apply-later": _apply_later,
    "held": _held,
    "!held": _held,
    "replaced": _replaced,
    "fields": _fields,
    "named-fields": _named_fields,
    "fill": _fill,
    "gather": _gather,
    "wait": _wait,
    "repeat": _repeat,
    "groups": _groups,
    "always": _always,
    "option": _option,
    "parsed": _parsed,
}
