"""Functions on values: joining, comparing, taking apart, and turning them into what facts carry."""

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod
from typing import Final

from validator.analyse.values import (
    NOTHING,
    Applied,
    Constant,
    Either,
    Function,
    Instance,
    Method,
    Namespace,
    Object,
    Opaque,
    Origin,
    Origins,
    Sequence,
    Symbol,
    Table,
    Text,
    Value,
)
from validator.model.known import UNKNOWN, Choice, Known, Partial

MOST_OPTIONS: Final = 6
MOST_ORIGINS: Final = 6
DEEPEST: Final = 4
LONGEST_TEXT: Final = 65_536
MOST_PIECES: Final = 256
TELLING: Final = ("path", "code", "url")  # the role that stands for the whole object


def options(value: Value) -> tuple[Value, ...]:
    """The possibilities of a value; one for all but `Either`."""
    return value.options if isinstance(value, Either) else (value,)


def combinations(values: Iterable[Value]) -> list[tuple[Value, ...]]:
    """The values with each possibility of those that have several; none if that is not so, or if they are too many."""
    columns = [options(value) for value in values]
    count = prod(map(len, columns))
    return list(product(*columns)) if 1 < count <= MOST_OPTIONS else []


def same(left: Value, right: Value) -> bool:
    """Whether two values are certainly the same."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    match left, right:
        case Constant(value=one), Constant(value=other):
            return type(one) is type(other) and one == other
        case Symbol(name=one_name), Symbol(name=other_name):
            return one_name == other_name
        case Opaque(sources=one_sources), Opaque(sources=other_sources):
            return one_sources == other_sources
        case Text(pieces=one_pieces), Text(pieces=other_pieces):
            return one_pieces == other_pieces
        case _:
            return False


def either(left: Value, right: Value) -> Value:
    """A value that may be the one or the other; too many possibilities become opaque."""
    if same(left, right):
        return left
    if dull(left) and dull(right):
        return NOTHING
    found: list[Value] = []
    for option in (*options(left), *options(right)):
        if not any(same(option, other) for other in found):
            found.append(option)
    if len(found) == 1:
        return found[0]
    if len(found) > MOST_OPTIONS and isinstance(left, (Instance, Either)) and isinstance(right, Instance):
        return _one_instance(found)
    if len(found) > MOST_OPTIONS or all(isinstance(option, (Constant, Opaque)) and dull(option) for option in found):
        return opaque(*found)
    return Either(tuple(found))


def _one_instance(found: list[Value]) -> Value:
    """Too many objects to tell apart: one of their type, of which only the type is known."""
    last = found[-1]
    if not isinstance(last, Instance) or not all(isinstance(one, Instance) and one.type == last.type for one in found):
        return opaque(*found)
    return Instance(last.type, {role: opaque(*found) for role in last.roles}, origins(*found))


def dull(value: Value) -> bool:
    """Whether knowing this value cannot matter to a fact: numbers, None, plain unknowns."""
    if isinstance(value, Opaque):
        return not value.sources
    return isinstance(value, Constant) and not isinstance(value.value, (str, bytes)) and not value.sources


def opaque(*values: Value) -> Opaque:
    """An unknown made from these values: it keeps where their data came from."""
    found = origins(*values)
    return Opaque(found) if found else NOTHING


def origins(*values: Value) -> Origins:
    """Where the data in these values came from, without doubles, bounded."""
    found: dict[Origin, None] = {}
    for value in values:
        if isinstance(value, (Constant, Opaque)) and not value.sources:  # as most are
            continue
        for origin in _origins(value, 0):
            found[origin] = None
    return tuple(found)[:MOST_ORIGINS] if found else ()


def _origins(value: Value, depth: int) -> Iterator[Origin]:
    if isinstance(value, (Opaque, Constant, Text, Instance)):
        yield from value.sources
        if isinstance(value, Instance) and value.attributes and depth < DEEPEST:
            for part in value.attributes.values():
                yield from _origins(part, depth + 1)
    elif depth < DEEPEST:
        for part in parts(value):
            yield from _origins(part, depth + 1)


def parts(value: Value) -> tuple[Value, ...]:
    """The values that a value holds."""
    match value:
        case Sequence(items=items, rest=rest):
            return (*items[:64], *(() if rest is None else (rest,)))
        case Table(items=table, rest=rest, keys=keys):
            return (*tuple(table.values())[:64], *(one for one in (rest, keys) if one is not None))
        case Either(options=choices):
            return choices
        case Object(attributes=attributes):
            return tuple(attributes.values())[:64]
        case Instance(roles=roles, attributes=attributes):
            return (*roles.values(), *attributes.values())
        case Method(receiver=receiver):
            return (receiver,)
        case Namespace(owner=owner):
            return (owner,)
        case Applied(callee=callee, positional=positional):
            return (callee, *positional)
        case _:
            return ()


def kept(value: Value) -> tuple[Value, ...]:
    """What a container holds that can do something: a library that shuffles it gives it back in some form."""
    if not isinstance(value, (Sequence, Table)):
        return ()
    return tuple(one for one in parts(value) if isinstance(one, (Symbol, Instance, Function, Method, Applied)))


def pieces_of(value: Value) -> tuple[str | None, ...]:
    """A value as pieces of text: what is not text is one unknown piece."""
    if isinstance(value, Constant) and isinstance(value.value, str):
        return (value.value,)
    return value.pieces if isinstance(value, Text) else (None,)


def text(pieces: tuple[str | None, ...], sources: Origins = ()) -> Constant | Text | Opaque:
    """The simplest value for these pieces."""
    merged: list[str | None] = []
    for piece in pieces:
        if merged and piece is None and merged[-1] is None:
            continue
        last = merged[-1] if merged else None
        if piece is not None and last is not None:
            merged[-1] = last + piece
        else:
            merged.append(piece)
    if sum(len(piece) for piece in merged if piece is not None) > LONGEST_TEXT or len(merged) > MOST_PIECES:
        return Opaque(sources)
    if not merged:
        return Constant("", sources)
    if len(merged) == 1:
        return Opaque(sources) if merged[0] is None else Constant(merged[0], sources)
    return Text(tuple(merged), sources)


def known(value: Value, depth: int = 0) -> Known:
    """What is known of a value, in the plain form that facts carry."""
    match value:
        case Constant(value=literal):
            return literal if isinstance(literal, str | bytes | int | float | None) else str(literal)
        case Text(pieces=pieces):
            return Partial(tuple(UNKNOWN if piece is None else piece for piece in pieces))
        case Symbol(name=name):
            return name
        case Instance(roles=roles):
            return next((known(roles[role], depth) for role in TELLING if role in roles), UNKNOWN)
        case Either(options=choices) if depth < DEEPEST:
            return Choice(tuple(known(choice, depth + 1) for choice in choices))
        case Sequence(items=items, rest=None) if depth < DEEPEST and len(items) <= 256:
            return tuple(known(item, depth + 1) for item in items)
        case Table(items=pairs, rest=None, keys=None) if depth < DEEPEST and 0 < len(pairs) <= 256:
            return tuple((known(Constant(key)), known(item, depth + 1)) for key, item in pairs.items())
        case _:
            return UNKNOWN
