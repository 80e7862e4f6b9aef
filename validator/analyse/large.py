"""Whether a text speaks of numbers beyond measure, and what is said of sequences of so many items.

The screen and the full analysis ask the same question of a text, so that neither sees what the other does not.
"""

import re
from typing import Final

# What makes a number large, each with a sign without which a text need not be searched: a text with every digit as `0`
# and `*`, `<` as themselves is quick to make and quick to look through. All bounded, for this is asked of every text.
SHAPES: Final = bytes(
    ord("0") if chr(code) in "0123456789_" else code if chr(code) in "*<" else ord(" ") for code in range(256)
)
GAP: Final = r"(?:[\s\\(]++|#[^\n]*+\n)*+"  # what may stand between a number and its operator
LARGE: Final = tuple(
    (sign, re.compile(pattern, re.ASCII))
    for sign, pattern in (
        (b"0000000000", r"\d[\d_]{9}"),
        (b"**", rf"\*\*{GAP}(?:\d\d|[89])"),  # a power of two digits
        (b"**", rf"\*\*{GAP}\d{{1,9}}{GAP}\*\*"),  # a power of a power
        (b"<<", rf"<<{GAP}[3-9]\d"),
        (b"00000", rf"\d[\d_]{{4,9}}{GAP}[,*]{GAP}\d[\d_]{{4}}"),  # several of some size side by side, as in a shape
        (b"000", rf"\d[\d_]{{2,9}}{GAP}\*{GAP}\d[\d_]{{2,9}}{GAP}\*{GAP}\d"),
    )
)
PRODUCT: Final = b"000"
# `1e10`: an underline may stand in a number, but not before its exponent.
POWERS: Final = bytes(
    ord("0") if code in b"0123456789" else ord("e") if code in b"eE" else ord(" ") for code in range(256)
)
EXPONENT: Final = re.compile(r"\d[eE]\+?\d\d", re.ASCII)
MOST: Final = 10**10
LONG: Final = 1_000
VERY_LONG: Final = 100_000
# Kinds of sequences.
BOUNDLESS: Final = frozenset({"endless", "too many"})
COUNTED: Final = BOUNDLESS | {"long", "very long"}


def speaks_of_much(text: str) -> bool:
    """Whether any number of this text, alone or as it is combined, may be beyond measure."""
    raw = text.encode("utf-8", "replace")
    shape = raw.translate(SHAPES)
    for sign, pattern in LARGE:
        if sign in shape and (sign != PRODUCT or b"*" in shape) and pattern.search(text) is not None:
            return True
    return b"0e" in raw.translate(POWERS) and EXPONENT.search(text) is not None


def kind_of(numbers: range) -> str | None:
    """What kind of sequence a range is; None for a short one."""
    last = numbers[-1] - numbers[0] if numbers else 0
    count = abs(last // numbers.step) + 1
    if count >= MOST:
        return "too many"
    return "very long" if count >= VERY_LONG else "long" if count >= LONG else None
