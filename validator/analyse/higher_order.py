"""Actions that call what they are given: map, reduce, partial, attrgetter and their kind."""

from collections.abc import Mapping
from typing import Final

import libcst as cst

from validator.analyse.attributes import attribute, receives
from validator.analyse.containers import item, iterate
from validator.analyse.joins import either
from validator.analyse.reflection import read_attribute, unknown_attribute
from validator.analyse.run import NO_ARGUMENTS, Action, Arguments, Roles, Run
from validator.analyse.values import (
    NOTHING,
    Applied,
    Class,
    Constant,
    Function,
    Instance,
    Method,
    Sequence,
    Symbol,
    Value,
)


def _call(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A function that calls its first argument with the others."""
    if not arguments.positional:
        return NOTHING
    inner = Arguments(arguments.positional[1:], arguments.keywords, arguments.open_ended)
    return run.call(arguments.positional[0], inner, node)


def _map(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A function that calls its first argument with the items of the others."""
    if not arguments.positional:
        return NOTHING
    callee, *others = arguments.positional
    columns = [iterate(other) for other in others]
    if columns and all(items is not None and len(items) <= 256 for items, _ in columns):
        rows = zip(*(items or [] for items, _ in columns), strict=False)
        return Sequence("list", [run.call(callee, Arguments(row), node) for row in rows], None, run.branch)
    given = run.call(callee, Arguments(tuple(rest for _, rest in columns)), node)
    return Sequence("iterator", [], given)


def _filter(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """The items for which the first argument says yes: any of them may pass."""
    if len(arguments.positional) < 2:
        return NOTHING
    items, rest = iterate(arguments.positional[1])
    for one in items if items is not None and len(items) <= 256 else [rest]:
        run.call(arguments.positional[0], Arguments((one,)), node)
    return Sequence("iterator", list(items), None, run.branch) if items is not None else Sequence("iterator", [], rest)


def _star_map(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    if len(arguments.positional) < 2:
        return NOTHING
    items, rest = iterate(arguments.positional[1])
    found: list[Value] = []
    for one in (items or [rest])[:256]:
        inner = tuple(iterate(one)[0] or ())
        found.append(run.call(arguments.positional[0], Arguments(inner, open_ended=not inner), node))
    return Sequence("list", found, None if items is not None else NOTHING)


def _reduce(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    if len(arguments.positional) < 2:
        return NOTHING
    callee, sequence, *start = arguments.positional
    items, rest = iterate(sequence)
    pending = [*start, *(items if items is not None and len(items) <= 256 else [rest, rest])]
    if not pending:
        return NOTHING
    found = pending[0]
    for one in pending[1:]:
        found = run.call(callee, Arguments((found, one)), node)
    return found


def _partial(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    if not arguments.positional:
        return NOTHING
    return Applied(arguments.positional[0], arguments.positional[1:], arguments.keywords)


def _decorator(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A decorator that may stand with arguments or without: `@lru_cache`, `@lru_cache(maxsize=8)`."""
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, (Function, Class, Method, Symbol, Applied)):
        return first
    return Instance("functools._Decorator")


def _first(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    return arguments.positional[0] if arguments.positional else NOTHING


def _copied(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A copy of an object, which hooks of its class may make."""
    value = arguments.positional[0] if arguments.positional else NOTHING
    found = value
    for name, given in (("__copy__", ()), ("__deepcopy__", (NOTHING,)), ("__reduce__", ())):
        made = receives(run, value, name, Arguments(given), node)
        if name == "__reduce__" and isinstance(made, Sequence) and made.items:
            rest = made.items[1] if len(made.items) > 1 else NOTHING
            made = run.call(made.items[0], Arguments(tuple(iterate(rest)[0] or ())), node)
        found = found if made is None else either(found, made)
    return found


def _wrap(kind: str) -> Action:
    def wrap(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
        return Instance(kind, {"callback": arguments.positional[0]}) if arguments.positional else NOTHING

    return wrap


def _getter(kind: str) -> Action:
    def make(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
        return Instance(kind, {"names": Sequence("tuple", list(arguments.positional))})

    return make


def _get_attributes(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Call an `operator.attrgetter`: dotted names are followed."""
    owner = arguments.positional[0] if arguments.positional else NOTHING
    found: list[Value] = []
    for name in _names(roles):
        one = owner
        if isinstance(name, Constant) and isinstance(name.value, str):
            for word in name.value.split("."):
                one = attribute(run, one, word, node)
        else:
            one = unknown_attribute(run, owner, name, node)
        if isinstance(one, Symbol):
            run.mention(one, node)
        found.append(one)
    return found[0] if len(found) == 1 else Sequence("tuple", found)


def _get_items(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    owner = arguments.positional[0] if arguments.positional else NOTHING
    found = [item(run, owner, name, node) for name in _names(roles)]
    return found[0] if len(found) == 1 else Sequence("tuple", found)


def _call_method(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    owner = arguments.positional[0] if arguments.positional else NOTHING
    names = _names(roles)
    method = read_attribute(run, {"object": owner, "name": names[0] if names else NOTHING}, NO_ARGUMENTS, node)
    return run.call(method, Arguments(tuple(names[1:])), node)


def _names(roles: Roles) -> list[Value]:
    held = roles.get("names")
    return list(held.items) if isinstance(held, Sequence) else []


HIGHER_ORDER: Final[Mapping[str, Action]] = {
    "call": _call,
    "map": _map,
    "filter": _filter,
    "starmap": _star_map,
    "reduce": _reduce,
    "partial": _partial,
    "first": _first,
    "copied": _copied,
    "decorator": _decorator,
    "static": _wrap("!static"),
    "class": _wrap("!class"),
    "property": _wrap("!property"),
    "attrgetter": _getter("!get-attributes"),
    "itemgetter": _getter("!get-items"),
    "methodcaller": _getter("!call-method"),
    "!get-attributes": _get_attributes,
    "!get-items": _get_items,
    "!call-method": _call_method,
}
