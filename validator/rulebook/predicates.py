"""The value tests on plain text and numbers: `equals` and `in`, `matches`, and the capability of a flow's end."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from validator.model.known import Known
from validator.model.profile import Settings
from validator.rulebook.holds import Pieces, complete, expand, pieces_of, with_holes
from validator.rulebook.regex import LONGEST_TEXT
from validator.rulebook.rule import Certainty, Predicate

Scalar: TypeAlias = str | int | bool


def one_of(wanted: Sequence[Scalar]) -> Predicate:
    """The value is one of these; text and number with the same spelling are the same."""

    def predicate(value: Known, settings: Settings) -> Certainty:
        texts = [str(item) for item in wanted if not isinstance(item, str)]
        texts += expand([item for item in wanted if isinstance(item, str)], settings)
        pieces = pieces_of(value)
        whole = complete(pieces)
        if whole is None:
            return Certainty.PERHAPS if any(_fits(pieces, text) for text in texts) else Certainty.NO
        return Certainty.SURE if whole in texts or (_is_number(value) and value in wanted) else Certainty.NO

    return predicate


def matches(patterns: Sequence[str]) -> Predicate:
    """One of the regular expressions is found; text too long to search counts as seen, never as absent."""

    def predicate(value: Known, _settings: Settings) -> Certainty:
        pieces = pieces_of(value)
        whole = complete(pieces)
        text = with_holes(pieces)
        if len(text) > LONGEST_TEXT:
            return Certainty.SEEN
        found = any(re.search(pattern, text) for pattern in patterns)
        if whole is None:
            return Certainty.SEEN if found else Certainty.PERHAPS
        return Certainty.SURE if found else Certainty.NO

    return predicate


def covered(capabilities: Sequence[str]) -> Predicate:
    """The value is one of the capabilities or below one of them."""

    def predicate(value: Known, _settings: Settings) -> Certainty:
        text = complete(pieces_of(value))
        if text is None:
            return Certainty.PERHAPS
        return Certainty.SURE if any(f"{text}.".startswith(f"{above}.") for above in capabilities) else Certainty.NO

    return predicate


def _is_number(value: Known) -> bool:
    return isinstance(value, bool | int | float)


def _fits(pieces: Pieces, text: str) -> bool:
    first, last = pieces[0], pieces[-1]
    starts = not isinstance(first, str) or text.startswith(first)
    return starts and (not isinstance(last, str) or text.endswith(last))
