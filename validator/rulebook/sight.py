"""What is known of a value, taken apart once for all the tests that are asked of it."""

from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from itertools import product
from math import prod
from typing import Final, NamedTuple, TypeAlias

from validator.model.fact import Fact
from validator.model.known import UNKNOWN, Choice, Known, Partial, Unknown

HOLE: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
MOST_COMBINATIONS: Final = 16


class Absent(Enum):
    """The one value of a role that a fact does not have."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
Held: TypeAlias = "Known | Absent"
Pieces: TypeAlias = tuple[str | Unknown, ...]


class Seen(NamedTuple):
    """One thing that a value may be: itself, its text in pieces and whole (None if not all is known), its items.

    `text` has a mark where a piece is unknown; `folded` is the same in lower case, None if that is not to be trusted:
    letters beyond ASCII may be the same as others to an expression that looks away from case.
    """

    value: Held
    pieces: Pieces
    whole: str | None
    items: tuple[Pieces, ...]
    text: str
    folded: str | None


class Sight(dict[str, tuple[Seen, ...]]):
    """The roles of a fact as tests see them; each is taken apart when it is first looked at."""

    def __init__(self, fact: Fact) -> None:
        super().__init__()
        self.fact = fact

    @cached_property
    def name(self) -> Seen:
        """The name of the fact."""
        return _seen(self.fact.name)

    def __missing__(self, role: str) -> tuple[Seen, ...]:
        """The possibilities of a role; a role that the fact does not have is absent."""
        found = self[role] = see(self.fact.roles.get(role, ABSENT))
        return found


def see(value: Held) -> tuple[Seen, ...]:
    """Everything that a value may be."""
    if isinstance(value, (Choice, tuple)):
        return tuple(map(_seen, _options(value)))
    return (_seen(value),)


def _seen(value: Held) -> Seen:
    if isinstance(value, str):
        known: Pieces = (value,)
        return Seen(value, known, value, (known,), value, value.lower() if value.isascii() else None)
    if isinstance(value, Absent):
        return Seen(value, (), None, (), "", "")
    pieces = pieces_of(value)
    items = tuple(map(pieces_of, value)) if isinstance(value, tuple) and value else (pieces,)
    whole, text = complete(pieces), with_holes(pieces)
    plain = text if whole is not None else text.replace(HOLE, " ")
    return Seen(value, pieces, whole, items, text, plain.lower() if plain.isascii() else None)


def pieces_of(value: Known) -> Pieces:
    """The value as text: a list of words is one line, neighbouring known pieces are one."""
    if isinstance(value, str):
        return (value,)
    pieces: list[str | Unknown] = []
    for piece in _raw_pieces(value):
        if pieces and isinstance(piece, str) and isinstance(pieces[-1], str):
            pieces[-1] += piece
        elif not (piece is UNKNOWN and pieces and pieces[-1] is UNKNOWN):
            pieces.append(piece)
    return tuple(pieces)


def complete(pieces: Pieces) -> str | None:
    """The text if all of it is known."""
    if len(pieces) == 1:
        return pieces[0] if isinstance(pieces[0], str) else None
    return None if UNKNOWN in pieces else "".join(piece for piece in pieces if isinstance(piece, str))


def with_holes(pieces: Pieces) -> str:
    """The text, with a mark that no rule looks for where a piece is unknown."""
    return "".join(piece if isinstance(piece, str) else HOLE for piece in pieces)


def _options(value: Held) -> Iterator[Held]:
    if isinstance(value, Choice):
        for option in value.options:
            yield from _options(option)
    elif isinstance(value, tuple):
        items = [tuple(_options(item)) for item in value]
        if prod(len(options) for options in items) > MOST_COMBINATIONS:
            items = [options if len(options) == 1 else (UNKNOWN,) for options in items]
        for combination in product(*items):
            yield tuple(item for item in combination if not isinstance(item, Absent))
    else:
        yield value


def _raw_pieces(value: Known) -> Iterator[str | Unknown]:
    if isinstance(value, Partial):
        yield from value.pieces
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            if position:
                yield " "
            yield from _raw_pieces(item)
    elif isinstance(value, (Unknown, Choice)):
        yield UNKNOWN
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "backslashreplace")
    else:
        yield str(value)
