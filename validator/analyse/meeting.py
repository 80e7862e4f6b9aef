"""Values that one name may hold at different moments in, one value out; or none, if no value can say so much."""

from collections.abc import Mapping
from collections.abc import Sequence as Items
from typing import Final

from validator.analyse.joins import dull, either, opaque, options, same
from validator.analyse.large import MOST
from validator.analyse.values import (
    Class,
    Constant,
    Either,
    Function,
    Instance,
    Object,
    Opaque,
    Sequence,
    Table,
    Text,
    Value,
)

MOST_POWERS: Final = 5
DEEPEST: Final = 4
MOST_LOOKED_AT: Final = 1_000


def gather(values: Items[Value]) -> Value | None:
    """One value for all of these; None if too many of them can do something."""
    found: list[Value] = []
    for value in values:
        for option in options(value):
            _add(found, option)
    merged = _merged([one for one in found if not _is_data(one)])
    powers = [one for one in merged if one is not None]
    data = [one for one in found if _is_data(one)]
    if len(powers) > MOST_POWERS or len(powers) < len(merged):
        return None
    if len(data) > 1 and (len(powers) + len(data) > MOST_POWERS or all(map(dull, data))):
        data = [opaque(*data)]
    joined = (*powers, *data)
    return joined[0] if len(joined) == 1 else Either(joined)


def is_inert(value: Value, depth: int = 0) -> bool:
    """Whether a value can do nothing and tells nothing: plain data that was read nowhere."""
    match value:
        case Constant(value=int() | float() as number):
            return not value.sources and abs(number) < MOST
        case Opaque() | Constant() | Text():
            return not value.sources
        case Sequence() | Table():
            held = _held(value)
        case _:
            return False
    return depth < DEEPEST and len(held) <= MOST_LOOKED_AT and all(is_inert(one, depth + 1) for one in held)


def _held(value: Value) -> tuple[Value, ...]:
    """Everything that a container holds."""
    match value:
        case Sequence():
            return (*value.items, *(() if value.rest is None else (value.rest,)))
        case Table():
            return (*value.items.values(), *(one for one in (value.rest, value.keys) if one is not None))
        case _:
            return ()


def _is_data(value: Value) -> bool:
    """Whether losing sight of a value loses no power; where it was read is kept."""
    return isinstance(value, Constant | Opaque | Text) or is_inert(value)


def _add(found: list[Value], option: Value) -> None:
    """Keep a value unless it is there already; of what was defined twice the later is kept."""
    if any(same(option, other) for other in found):
        return
    if isinstance(option, Function | Class):
        found[:] = [other for other in found if not _is_again(option, other)]
    found.append(option)


def _is_again(new: Value, old: Value) -> bool:
    """Whether a cell that was run again has defined the same function or class again."""
    match new, old:
        case Function(), Function():
            plain = not new.attributes and not old.attributes
            alike = _all_again(new.defaults, old.defaults) and new.node.deep_equals(old.node)
            return plain and alike and (new.scope is old.scope or (new.owner is not None and old.owner is not None))
        case Class(), Class():
            bases = len(new.bases) == len(old.bases) and all(map(same, new.bases, old.bases))
            return new.name == old.name and bases and _all_again(new.scope.names, old.scope.names)
        case _:
            return same(new, old)


def _all_again(new: Mapping[str, Value], old: Mapping[str, Value]) -> bool:
    return new.keys() == old.keys() and all(_is_again(value, old[name]) for name, value in new.items())


def _merged(powers: list[Value]) -> list[Value | None]:
    """What is alike becomes one where there is too much to tell apart."""
    if len(powers) <= MOST_POWERS:
        return [*powers]
    groups: dict[object, list[Value]] = {}
    for one in powers:
        groups.setdefault(_sort(one), []).append(one)
    return [_one(group) for group in groups.values()]


def _sort(value: Value) -> object:
    """What values must have in common to be told of as one."""
    match value:
        case Instance(type=kind):
            return kind
        case Object(made_from=made_from):
            return Object, made_from.name
        case Sequence() | Table():
            return type(value)
        case _:
            return id(value)


def _one(alike: list[Value]) -> Value | None:
    """One value for several of a sort: it holds whatever any of them holds. None if that is too much to tell."""
    last = alike[-1]
    if len(alike) == 1:
        return last
    match last:
        case Instance():
            roles = {role: opaque(*alike) for role in last.roles}
            return Instance(last.type, roles, opaque(*alike).sources, _attributes(alike))
        case Object():
            return Object(last.made_from, _attributes(alike))
        case Sequence():
            whole = _whole(alike)
            return None if whole is None else Sequence(last.kind, [], whole)
        case _:
            whole = _whole(alike)
            return None if whole is None else Table({}, whole, None, opaque(*alike))


def _whole(alike: list[Value]) -> Value | None:
    """Whatever these containers hold; None if that is too much to tell."""
    held = [part for one in alike for part in _held(one)]
    data = [one for one in held if _is_data(one)]
    powers = [one for one in held if not _is_data(one)]
    return gather([opaque(*data), *powers])


def _attributes(alike: list[Value]) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for one in alike:
        if isinstance(one, Instance | Object):
            for name, value in one.attributes.items():
                made[name] = either(made[name], value) if name in made else value
    return made
