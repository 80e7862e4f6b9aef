"""What a text must hold for a regular expression to be found in it: quick to look for, so that few are ever tried."""

import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final

# The parser of `re` has no public name, but its tree is what `re` itself derives its prefixes from.
PARSER: Final = importlib.import_module("re._parser")
REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


def finder(patterns: Sequence[str]) -> Callable[[str, str | None], bool]:
    """A test whether one of the expressions is found in a text; each is compiled when a text first has its needles.

    The test takes the text as it is and in lower case; without the latter no needle is looked for.
    """
    needed = [(pattern, needles(pattern)) for pattern in patterns]

    def found(text: str, folded: str | None) -> bool:
        if folded is None:
            return any(_compiled(pattern).search(text) for pattern in patterns)
        for pattern, words in needed:
            for word in words:
                if word in folded:
                    if _compiled(pattern).search(text):
                        return True
                    break
        return False

    return found


@cache
def needles(pattern: str) -> tuple[str, ...]:
    """Texts in lower case, one of which every match of the expression holds; an empty one if it has none."""
    return tuple(sorted(_needed(PARSER.parse(pattern)) or {""}))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _needed(parts: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """The best choice: one of these texts must be there; None if nothing must."""
    choices: list[frozenset[str]] = []
    run = ""
    for operation, operand in parts:
        if str(operation) == "LITERAL":
            run += chr(operand).lower()
            continue
        inner = _inside(str(operation), operand)
        choices += [choice for choice in (frozenset({run}) if run else None, inner) if choice]
        run = ""
    if run:
        choices.append(frozenset({run}))
    return max(choices, key=lambda choice: min(map(len, choice)), default=None)


def _inside(operation: str, operand: Any) -> frozenset[str] | None:
    if operation == "BRANCH":
        branches = [_needed(branch) for branch in operand[1]]
        return frozenset().union(*(branch or () for branch in branches)) if all(branches) else None
    if operation == "SUBPATTERN":
        return _needed(operand[3])
    if operation in REPEATS:
        return _needed(operand[2]) if operand[0] else None
    if operation in ("ASSERT", "ATOMIC_GROUP"):
        return _needed(operand[1] if operation == "ASSERT" else operand)
    return None
