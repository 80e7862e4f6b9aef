"""Pure operations on known data are carried out, within a budget, so that what they hide comes to light."""

import binascii
import lzma
import re
import string
import zlib
from collections.abc import Sequence as Items
from functools import reduce
from typing import Final

from validator.analyse.concrete import Data, NotConcreteError, abstract, concrete
from validator.analyse.joins import combinations, either, opaque, origins, pieces_of, text
from validator.analyse.large import BOUNDLESS, kind_of
from validator.analyse.pure import LARGEST, PURE
from validator.analyse.run import Arguments, Run
from validator.analyse.values import Constant, Either, Opaque, Sequence, Text, Value

RESHAPING: Final = frozenset(
    f"builtins.{name}" for name in ("list", "tuple", "iter", "set", "sorted", "reversed", "enumerate", "zip")
)
FAILURES: Final = (
    NotConcreteError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, SyntaxError, EOFError,
    OSError, RecursionError, MemoryError, zlib.error, lzma.LZMAError, binascii.Error,
)  # fmt: skip
MOST_BITS: Final = 4_096
GROWING: Final = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs"})
TEXT_METHODS: Final = frozenset(
    {name for kind in (str, bytes, int, float) for name in dir(kind) if not name.startswith("_")}
    | {"__getitem__", "__add__"}
)


def fold_call(run: Run, name: str, arguments: Arguments) -> Value | None:
    """The result of a pure library function on known data; None if it cannot be worked out."""
    if arguments.open_ended:
        return None
    try:
        given = [concrete(run, value) for value in arguments.positional]
        keywords = {key: concrete(run, value) for key, value in arguments.keywords.items()}
        _weigh_call(given)
        found = PURE[name](*given, **keywords)
    except FAILURES:
        return _fold_partly(run, name, arguments)
    if isinstance(found, (str, bytes)):
        run.made += 1
    return abstract(run, found, origins(*arguments.all()))


def _weigh_call(given: list[Data]) -> None:
    """Refuse numbers that would make a call take long, or its result large."""
    if any(isinstance(one, int) and one.bit_length() > MOST_BITS for one in given):
        raise NotConcreteError


def _fold_partly(run: Run, name: str, arguments: Arguments) -> Value | None:
    """What can be said of text when only some of it is known."""
    given = arguments.positional
    for_each = [fold_call(run, name, Arguments(one, arguments.keywords)) for one in _combinations(given)]
    if for_each:
        return reduce(either, [opaque(*given) if one is None else one for one in for_each])
    sources = origins(*given)
    match name, given:
        case ("builtins.str" | "os.path.normpath", (one,)):
            return text(pieces_of(one), sources)
        case ("os.path.join", (first, *rest)):
            pieces = pieces_of(first)
            for part in rest:
                start = pieces_of(part)
                pieces = start if (start[0] or "").startswith("/") else (*pieces, "/", *start)
            return text(pieces, sources)
        case ("builtins.range", _):
            return _long_range(given)
        case (_, (Sequence() as held, *others)) if name in RESHAPING:
            return _reshape(run, name, held, others)
        case _:
            return None


def _long_range(given: Items[Value]) -> Value | None:
    """A range of too many numbers to follow each."""
    bounds = [one.value for one in given if isinstance(one, Constant) and isinstance(one.value, int)]
    try:
        kind = kind_of(range(*bounds)) if len(bounds) == len(given) else None
    except FAILURES:
        return None
    return None if kind is None else Sequence(kind, [], Opaque())


def _combinations(given: tuple[Value, ...]) -> list[tuple[Value, ...]]:
    return combinations(given) if any(type(one) is Either for one in given) else []


def _reshape(run: Run, name: str, held: Sequence, others: list[Value]) -> Value | None:
    """The same items in another container or another order."""
    match name.removeprefix("builtins."):
        case "reversed":
            return Sequence("list", held.items[::-1], held.rest, run.branch)
        case "iter" if held.kind in BOUNDLESS:
            return held
        case "enumerate":
            pairs: list[Value] = [Sequence("tuple", [Constant(index), one]) for index, one in enumerate(held.items)]
            rest = None if held.rest is None else Sequence("tuple", [Opaque(), held.rest])
            return Sequence(held.kind if held.kind in BOUNDLESS else "list", pairs, rest)
        case "zip":
            columns = [held, *(other for other in others if isinstance(other, Sequence))]
            if len(columns) <= len(others):
                return None
            rows = zip(*(column.items for column in columns), strict=False)
            rests = [column.rest for column in columns if column.rest is not None]
            rest = None if not rests else Sequence("tuple", [one.rest or opaque(one) for one in columns])
            return Sequence("list", [Sequence("tuple", list(row)) for row in rows], rest)
        case kind:
            return Sequence("tuple" if kind == "tuple" else "list", list(held.items), held.rest, run.branch)


def fold_method(run: Run, receiver: Constant | Text, name: str, arguments: Arguments) -> Value:
    """A method of text, bytes or a number."""
    from_all = origins(receiver, *arguments.all())
    if name in TEXT_METHODS and not arguments.open_ended and isinstance(receiver, Constant):
        try:
            given = [concrete(run, value) for value in arguments.positional]
            keywords = {key: concrete(run, value) for key, value in arguments.keywords.items()}
            if name in GROWING and (not given or not isinstance(given[0], int) or given[0] > LARGEST):
                raise NotConcreteError
            _weigh_text(receiver.value, name, given)
            _weigh_call(given)
            return abstract(run, getattr(receiver.value, name)(*given, **keywords), from_all)
        except FAILURES:
            pass
    return _method_partly(receiver, name, arguments)


def _weigh_text(held: object, name: str, given: list[Data]) -> None:
    """Refuse what would grow out of proportion: `"a".replace("", "b" * 9999)`, `"{:99999999}"`."""
    match name, held, given:
        case "format" | "format_map", str(), _:
            grown = LARGEST if ":" in held and (held.count("{") > held.count("}{") + 32 or _has_width(held)) else 0
        case "replace", str() | bytes(), [_, str() | bytes() as new, *_]:
            grown = (len(held) + 1) * max(1, len(new))
        case "join", str() | bytes(), [str() | bytes() | list() | tuple() as parts]:
            grown = len(held) * len(parts)
        case "to_bytes", _, [int() as length, *_]:
            grown = length
        case "translate", str(), [dict() as table]:
            grown = len(held) * max((len(to) for to in table.values() if isinstance(to, str)), default=1)
        case _:
            grown = 0
    if grown >= LARGEST:
        raise NotConcreteError


def _has_width(template: str) -> bool:
    """Whether a format field asks for a large width, or for one that another field gives."""
    return any(len(word) > 4 for word in _digits(template)) or re.search(r":[^{}]*\{", template) is not None


def _digits(held: str) -> list[str]:
    return "".join(character if character.isdigit() else " " for character in held).split()


def _method_partly(receiver: Constant | Text, name: str, arguments: Arguments) -> Value:
    sources = origins(receiver, *arguments.all())
    given = arguments.positional
    for_each = [_method_partly(receiver, name, Arguments(one, arguments.keywords)) for one in _combinations(given)]
    if for_each:
        return reduce(either, for_each)
    if name == "format" and isinstance(receiver, Constant) and isinstance(receiver.value, str):
        return text(_format_pieces(receiver.value, arguments), sources)
    if name == "join" and given and isinstance(given[0], Sequence) and isinstance(receiver, Constant):
        return text(_join_pieces(str(receiver.value), given[0]), sources)
    if name in ("strip", "rstrip", "encode", "decode", "lower", "upper", "lstrip") and isinstance(receiver, Text):
        return receiver
    if name in ("replace", "removesuffix", "removeprefix") and isinstance(receiver, Text):
        return text(tuple(piece for piece in receiver.pieces), sources)
    return opaque(receiver, *arguments.all())


def _format_pieces(template: str, arguments: Arguments) -> tuple[str | None, ...]:
    pieces: list[str | None] = []
    position = 0
    try:
        for literal, field, spec, _ in string.Formatter().parse(template):
            pieces.append(literal)
            if field is None:
                continue
            value: Value | None
            if field == "" and position < len(arguments.positional):
                value = arguments.positional[position]
                position += 1
            elif field.isascii() and field.isdigit() and len(field) < 6 and int(field) < len(arguments.positional):
                value = arguments.positional[int(field)]
            else:
                value = arguments.keywords.get(field)
            pieces.extend((None,) if value is None or spec else shown(value))
    except ValueError:
        return (None,)
    return tuple(pieces)


def _join_pieces(separator: str, items: Sequence) -> tuple[str | None, ...]:
    pieces: list[str | None] = []
    for index, one in enumerate(items.items[:256]):
        if index:
            pieces.append(separator)
        pieces.extend(pieces_of(one))
    return (*pieces, None) if items.rest is not None else tuple(pieces)


def shown(value: Value) -> tuple[str | None, ...]:
    """The pieces of `str(value)`."""
    if (
        isinstance(value, Constant)
        and isinstance(value.value, int | float | bool | None)
        and abs(value.value or 0) < 10**30
    ):
        return (str(value.value),)
    return pieces_of(value)
