"""Regular expressions of rules: short, and without repeats inside repeats, so that no text makes them slow."""

import re
from typing import Final

LONGEST_PATTERN: Final = 400
LONGEST_TEXT: Final = 16_384
TOKEN: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[^:=!<>)]*[:=!]?)?|\)|[*+]|\?|\{\d*,?\d*\}|.", re.S)


def refusal(pattern: str) -> str | None:
    """Why a pattern may not be used, or None if it may."""
    if len(pattern) > LONGEST_PATTERN:
        return f"is longer than {LONGEST_PATTERN} characters"
    try:
        re.compile(pattern)
    except re.error as error:
        return f"is not a regular expression: {error}"
    return "repeats something that repeats" if _nests_repeats(pattern) else None


def _nests_repeats(pattern: str) -> bool:
    open_groups = [False]
    inner = False  # does what was just read repeat something?
    for token in TOKEN.findall(pattern):
        if token.startswith("("):
            open_groups.append(False)
            inner = False
        elif token == ")":
            inner = open_groups.pop() if len(open_groups) > 1 else False
            open_groups[-1] |= inner
        elif token in "*+" or (token.startswith("{") and len(token) > 1):
            if inner:
                return True
            open_groups[-1] |= not token[1:-1].isdigit()
        elif token != "?":
            inner = False
    return False
