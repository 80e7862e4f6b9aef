"""How sure it is that a test of a rule holds for what is known of a value.

| value        | `equals`, `in`           | `matches`, `under`, `host`          | `known: true` | `known: false` |
|--------------|--------------------------|-------------------------------------|---------------|----------------|
| all known    | sure or no               | sure or no                          | sure          | no             |
| `Partial`    | perhaps, no if its known | seen or sure if what is known says  | no, if alone  | sure           |
|              | ends contradict          | so, else perhaps                    |               |                |
| UNKNOWN      | perhaps                  | perhaps                             | no            | sure           |
| absent role  | no                       | no                                  | no            | sure, if alone |

In `where`, perhaps is enough: unknown is never safe. `known: true` beside other tests asks that they be seen in
what is known. In `unless` only sure counts. A `Choice` incriminates by any of its options and excuses only by all.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import lru_cache
from itertools import product
from math import prod
from typing import Final, TypeAlias, TypeVar

from validator.model.known import UNKNOWN, Choice, Known, Partial, Unknown
from validator.model.profile import Settings
from validator.rulebook.rule import Certainty, Predicate, ValueTest

HOLE: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
MOST_COMBINATIONS: Final = 16


class Absent(Enum):
    """The one value of a role that a fact does not have."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
Held: TypeAlias = "Known | Absent"
Pieces: TypeAlias = tuple[str | Unknown, ...]
Wanted = TypeVar("Wanted")
SINGLE: Final = frozenset({str, int, bool, bytes, Unknown, Partial, Absent})  # values that are their only option


def may_hold(tests: Sequence[ValueTest], value: Held, settings: Settings) -> bool:
    """Whether one of the tests holds for something that the value may be."""
    for option in (value,) if type(value) in SINGLE else _options(value):
        for test in tests:
            if _certainty(test, option, settings) is not Certainty.NO:
                return True
    return False


def surely_holds(tests: Sequence[ValueTest], value: Held, settings: Settings) -> bool:
    """Whether, whatever the value turns out to be, one of the tests holds."""
    if type(value) in SINGLE and len(tests) == 1:
        return _certainty(tests[0], value, settings) is Certainty.SURE
    return all(
        any(_certainty(test, option, settings) is Certainty.SURE for test in tests) for option in _options(value)
    )


def expand(values: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """The values, each `$setting` replaced by what the site says."""
    return tuple(
        found for value in values for found in (settings.get(value[1:], ()) if value.startswith("$") else (value,))
    )


def prepared(prepare: Callable[[Sequence[str]], Wanted], texts: Sequence[str]) -> Callable[[Settings], Wanted]:
    """What a rule wants, prepared once, unless some of it is left to the site."""
    if any(text.startswith("$") for text in texts):
        remembered = lru_cache(maxsize=8)(prepare)
        return lambda settings: remembered(expand(texts, settings))
    fixed = prepare(texts)
    return lambda _settings: fixed


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


def each_word(
    judge: Callable[[Pieces, Wanted], Certainty], prepare: Callable[[Sequence[str]], Wanted], texts: Sequence[str]
) -> Predicate:
    """A predicate on addresses or paths, of which a list may hold several: sure only of all of them."""
    wanted_of = prepared(prepare, texts)

    def predicate(value: Known, settings: Settings) -> Certainty:
        wanted = wanted_of(settings)
        if isinstance(value, str):
            return judge((value,), wanted)
        values = value if isinstance(value, tuple) and value else (value,)
        answers = [judge(pieces_of(item), wanted) for item in values]
        return min(max(answers), Certainty.SEEN) if len(set(answers)) > 1 else answers[0]

    return predicate


def _certainty(test: ValueTest, value: Held, settings: Settings) -> Certainty:
    if test.known is None and type(value) is str and len(test.predicates) == 1:  # as most are
        return test.predicates[0](value, settings)
    if isinstance(value, Absent):
        return Certainty.SURE if test.known is False and not test.predicates else Certainty.NO
    if test.known is not None:
        known = complete(pieces_of(value)) is not None
        if (test.known is False and known) or (test.known is True and not (known or test.predicates)):
            return Certainty.NO
    found = Certainty.SURE
    for predicate in test.predicates:
        found = min(found, Certainty.PERHAPS if value is UNKNOWN else predicate(value, settings))
    return Certainty.NO if test.known is True and found < Certainty.SEEN else found


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
    elif isinstance(value, Unknown | Choice):
        yield UNKNOWN
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "backslashreplace")
    else:
        yield str(value)
