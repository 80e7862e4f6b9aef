"""A condition and a scene in; yes, no or maybe out. Maybe is never taken for the safe answer."""

import json
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Final

from validator.model.known import JsonValue
from validator.policy.listing import Listing
from validator.policy.scene import ABSENT, Scene, look_up
from validator.policy.terms import Condition, Operator


class Answer(Enum):
    """Whether a condition holds; MAYBE when the code names something that could not be worked out."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


def proven(conditions: Iterable[Condition], scene: Scene) -> bool:
    """Whether all conditions hold for certain, whatever it is that could not be worked out."""
    return all(ask(condition, scene) is Answer.YES for condition in conditions)


def possible(conditions: Iterable[Condition], scene: Scene) -> bool:
    """Whether all conditions hold, or may: what could not be worked out might be just what they ask about."""
    return all(ask(condition, scene) is not Answer.NO for condition in conditions)


def ask(condition: Condition, scene: Scene) -> Answer:
    """Ask one condition; a path that leads nowhere fails every operator but `exists`."""
    found = look_up(scene, condition.path)
    if found is ABSENT:
        return _answer(condition.operator is Operator.EXISTS and condition.value is False)
    if isinstance(found, Listing):
        return _ask_listing(condition, found, found.unknown or found.doors)
    return _answer(_ask_plain(condition, found))


def telling(condition: Condition, scene: Scene) -> list[tuple[str, int]]:
    """The names, with their lines, on which a condition about a listing turns."""
    found = look_up(scene, condition.path)
    if not isinstance(found, Listing):
        return []
    listed = condition.operator is not Operator.IN
    return [(name, line) for name, line in found.lines.items() if _matches(condition, found, name) is listed]


def _answer(holds: bool) -> Answer:
    return Answer.YES if holds else Answer.NO


def _matches(condition: Condition, listing: Listing, name: str) -> bool:
    if condition.pattern is not None:
        return condition.pattern.search(name) is not None
    wanted = condition.value if isinstance(condition.value, list) else [condition.value]
    return any(listing.covered(name, as_text(value)) for value in wanted)


def _ask_listing(condition: Condition, listing: Listing, more: bool) -> Answer:
    """Ask about a listing; `more` says that it may hold more than what is seen."""
    matching = [_matches(condition, listing, name) for name in listing.lines]
    match condition.operator:
        case Operator.CONTAINS | Operator.REGEX:
            return Answer.YES if any(matching) else _unless(more, Answer.NO)
        case Operator.IN:
            return _unless(more, Answer.YES) if all(matching) else Answer.NO
        case Operator.NOT_IN:
            return Answer.NO if any(matching) else _unless(more, Answer.YES)
        case Operator.EXISTS:
            seen = Answer.YES if listing.lines else _unless(more, Answer.NO)
            return seen if condition.value else _opposite(seen)
        case Operator.EQ:
            return _same_listing(condition, listing, more)
        case Operator.NEQ:
            return _opposite(_same_listing(condition, listing, more))
    return Answer.NO


def _unless(more: bool, answer: Answer) -> Answer:
    return Answer.MAYBE if more else answer


def _opposite(answer: Answer) -> Answer:
    return {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.MAYBE: Answer.MAYBE}[answer]


def _same_listing(condition: Condition, listing: Listing, more: bool) -> Answer:
    wanted = condition.value if isinstance(condition.value, list) else [condition.value]
    names = {as_text(value) for value in wanted}
    if not names >= set(listing.lines):
        return Answer.NO
    return _unless(more, _answer(names == set(listing.lines)))


def _ask_plain(condition: Condition, found: JsonValue) -> bool:
    value = condition.value
    if condition.pattern is not None:
        return isinstance(found, str) and condition.pattern.search(found) is not None
    return _PLAIN[condition.operator](found, value)


def _same(found: JsonValue, value: JsonValue) -> bool:
    """Numbers are equal as numbers, everything else as text: `"5"` equals 5."""
    if _is_number(found) and _is_number(value):
        return found == value
    return as_text(found) == as_text(value)


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_text(value: JsonValue) -> str:
    """A value as text: what is no number is compared by it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, sort_keys=True)


def _contains(found: JsonValue, value: JsonValue) -> bool:
    if isinstance(found, str):
        return as_text(value) in found
    return isinstance(found, list) and any(_same(item, value) for item in found)


def _among(found: JsonValue, value: JsonValue) -> bool:
    return isinstance(value, list) and any(_same(found, item) for item in value)


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[JsonValue, JsonValue], bool]:
    """A comparison of numbers, false for anything else."""

    def ordered(found: JsonValue, value: JsonValue) -> bool:
        if isinstance(found, bool) or isinstance(value, bool):
            return False
        return isinstance(found, int | float) and isinstance(value, int | float) and compare(found, value)

    return ordered


_PLAIN: Final[dict[Operator, Callable[[JsonValue, JsonValue], bool]]] = {
    Operator.EQ: _same,
    Operator.NEQ: lambda found, value: not _same(found, value),
    Operator.IN: _among,
    Operator.NOT_IN: lambda found, value: not _among(found, value),
    Operator.LT: _ordered(lambda found, value: found < value),
    Operator.LTE: _ordered(lambda found, value: found <= value),
    Operator.GT: _ordered(lambda found, value: found > value),
    Operator.GTE: _ordered(lambda found, value: found >= value),
    Operator.CONTAINS: _contains,
    Operator.EXISTS: lambda found, value: (found is not None) is value,
}
