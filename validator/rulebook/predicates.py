"""The value tests on plain text and numbers: `equals` and `in`, `matches`, and the capability of a flow's end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import TypeAlias

from validator.model.profile import Settings
from validator.rulebook.holds import prepared
from validator.rulebook.needles import finder
from validator.rulebook.regex import LONGEST_TEXT
from validator.rulebook.rule import NO, PERHAPS, SEEN, SURE, Certainty, Predicate
from validator.rulebook.sight import Pieces, Seen

Scalar: TypeAlias = str | int | bool


def one_of(wanted: Sequence[Scalar]) -> Predicate:
    """The value is one of these; text and number with the same spelling are the same."""
    spelled = prepared(frozenset, [str(item) for item in wanted])

    def predicate(seen: Seen, settings: Settings) -> Certainty:
        texts = spelled(settings)
        if seen.whole is None:
            return PERHAPS if any(_fits(seen.pieces, text) for text in texts) else NO
        same = seen.whole in texts or (isinstance(seen.value, (bool, int, float)) and seen.value in wanted)
        return SURE if same else NO

    return predicate


def matches(patterns: Sequence[str]) -> Predicate:
    """One of the regular expressions is found; text too long to search counts as seen, never as absent."""
    is_found_in = finder(patterns)

    def predicate(seen: Seen, _settings: Settings) -> Certainty:
        if len(seen.text) > LONGEST_TEXT:
            return SEEN
        found = is_found_in(seen.text, seen.folded)
        if seen.whole is None:
            return SEEN if found else PERHAPS
        return SURE if found else NO

    return predicate


def covered(capabilities: Sequence[str]) -> Predicate:
    """The value is one of the capabilities or below one of them."""
    ends = tuple(f"{above}." for above in capabilities)

    def predicate(seen: Seen, _settings: Settings) -> Certainty:
        if seen.whole is None:
            return PERHAPS
        return SURE if f"{seen.whole}.".startswith(ends) else NO

    return predicate


@dataclass(frozen=True, slots=True)
class _Names:
    """Dotted names of a rule: plain ones, what lies below those, and one expression for the globs."""

    exact: frozenset[str]
    below: tuple[str, ...]
    globs: re.Pattern[str] | None


def named(patterns: Sequence[str]) -> Predicate:
    """The dotted name fits one of the globs, or lies below a name that does."""
    names = prepared(_names, patterns)

    def predicate(seen: Seen, settings: Settings) -> Certainty:
        wanted, name = names(settings), seen.whole or ""
        if name in wanted.exact or name.startswith(wanted.below):
            return SURE
        return SURE if wanted.globs is not None and wanted.globs.match(name) else NO

    return predicate


def _names(patterns: Sequence[str]) -> _Names:
    plain = [pattern for pattern in patterns if not set(pattern) & set("*?[")]
    globs = [each for pattern in patterns if pattern not in plain for each in (pattern, f"{pattern}.*")]
    expression = re.compile("|".join(map(translate, globs))) if globs else None
    return _Names(frozenset(plain), tuple(f"{name}." for name in plain), expression)


def _fits(pieces: Pieces, text: str) -> bool:
    first, last = pieces[0], pieces[-1]
    starts = not isinstance(first, str) or text.startswith(first)
    return starts and (not isinstance(last, str) or text.endswith(last))
