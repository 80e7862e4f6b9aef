"""Shell text with marks in it: unknown pieces, and characters that quoting has not made harmless.

While words are expanded, every value is one string in which private-use characters stand for what a
plain string cannot say. Text that arrives with such characters has them replaced by HOLE: unknown.
"""

import re
from collections.abc import Sequence
from itertools import product
from typing import Final

from validator.model.known import UNKNOWN, Known, Partial, Unknown

HOLE: Final = "\ue000"  # something unknown
BREAK: Final = "\ue001"  # a field ends here
QUOTE: Final = "\ue002"  # something was quoted here: the field exists even when it is empty
OPEN, COMMA, CLOSE = "\ue003", "\ue004", "\ue005"  # { , }
STAR, QUERY, BRACKET = "\ue006", "\ue007", "\ue008"  # * ? [

MOST_FIELDS: Final = 256
MOST_BRACES: Final = 24

_PRIVATE = re.compile("[\ue000-\ue008\ud800-\udfff\0]")
_UNQUOTED = str.maketrans({"{": OPEN, ",": COMMA, "}": CLOSE, "*": STAR, "?": QUERY, "[": BRACKET})
_WILD = str.maketrans({"*": STAR, "?": QUERY, "[": BRACKET})
_PLAIN = str.maketrans(
    {OPEN: "{", COMMA: ",", CLOSE: "}", STAR: "*", QUERY: "?", BRACKET: "[", BREAK: " ", QUOTE: None}
)
_RANGE = re.compile(r"(-?\d{1,6}|[A-Za-z])\.\.(-?\d{1,6}|[A-Za-z])(?:\.\.(-?\d{1,6}))?")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|c.|.)", re.DOTALL)
_ECHO_ESCAPE = re.compile(r"\\(0[0-7]{0,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|.)", re.DOTALL)
# An index is arithmetic, and arithmetic runs substitutions that it finds inside the value of a variable.
HIDDEN = re.compile(r"\[\s*(?:\$\(|`)")
_LETTERS: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "v": "\v",
}
_KEPT: Final = "\\'\"?"


def encode(value: Known) -> str:
    """A known value as marked text."""
    if isinstance(value, str):
        return _PRIVATE.sub(HOLE, value)
    if isinstance(value, bytes):
        return _PRIVATE.sub(HOLE, value.decode("utf-8", "surrogateescape"))
    if isinstance(value, Partial):
        return "".join(HOLE if isinstance(piece, Unknown) else encode(piece) for piece in value.pieces)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return HOLE


def decode(text: str) -> Known:
    """Marked text as a known value; holes become unknown pieces."""
    if HOLE not in text:
        return text
    pieces = [piece for part in re.split(f"({HOLE}+)", text) for piece in _piece(part)]
    return UNKNOWN if len(pieces) == 1 else Partial(tuple(pieces))


def _piece(part: str) -> tuple[str | Unknown, ...]:
    if not part:
        return ()
    return (UNKNOWN,) if part[0] == HOLE else (part,)


def unquoted(text: str) -> str:
    """Literal text outside quotes: its braces and wildcards are marked."""
    return text.translate(_UNQUOTED)


def split(text: str, separators: str = " \t\n") -> str:
    """A value expanded outside quotes: its separators end fields, its wildcards are marked."""
    if HOLE in separators:
        return HOLE
    return text.translate(str.maketrans(separators, BREAK * len(separators))).translate(_WILD)


def plain(text: str) -> str:
    """The text with every mark but HOLE turned back into the character it stands for."""
    return text.translate(_PLAIN)


def fields(text: str) -> list[str]:
    """The words that one marked word becomes: braces multiplied, blanks split, wildcards unknown."""
    found: list[str] = []
    for word in _braces(text) if OPEN in text else (text,):
        for field in word.split(BREAK):
            if field:
                found.append(plain(_wildcards(field)))
    return found if len(found) <= MOST_FIELDS else [*found[:MOST_FIELDS], HOLE]


def _wildcards(field: str) -> str:
    if not (STAR in field or QUERY in field or BRACKET in field) or "://" in field:
        return field
    found = "/".join(_segment(segment) for segment in field.split("/"))
    # A wildcard never matches a slash, so one at the start stays inside the current folder.
    return "./" + found if found.startswith(HOLE) and not field.startswith(HOLE) else found


def _segment(segment: str) -> str:
    start, end = segment.find(BRACKET), segment.rfind("]")
    if 0 <= start < end:
        segment = segment[:start] + HOLE + segment[end + 1 :]
    return segment.replace(STAR, HOLE).replace(QUERY, HOLE)


def _braces(text: str) -> list[str]:
    if text.count(OPEN) > MOST_BRACES:
        return [HOLE]
    start = text.find(OPEN)
    end = _closing(text, start) if start >= 0 else -1
    if start < 0:
        return [text]
    before, after = text[:start], text[end + 1 :]
    if end < 0:
        return [f"{before}{{{rest}" for rest in _braces(text[start + 1 :])]
    options = _options(text[start + 1 : end])
    found = [before + option + rest for option, rest in product(options, _braces(after))]
    return found if len(found) <= MOST_FIELDS else [HOLE]


def _closing(text: str, start: int) -> int:
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == OPEN) - (text[position] == CLOSE)
        if depth == 0:
            return position
    return -1


def _options(inside: str) -> Sequence[str]:
    """What stands between two braces, as the list of its choices."""
    parts, depth = [""], 0
    for char in inside:
        depth += (char == OPEN) - (char == CLOSE)
        if char == COMMA and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    if len(parts) > 1:
        return [choice for part in parts for choice in _braces(part)]
    span = _RANGE.fullmatch(inside)
    return _range(span) if span is not None else [f"{{{choice}}}" for choice in _braces(inside)]


def _range(span: re.Match[str]) -> Sequence[str]:
    first, last = span[1], span[2]
    letters = first.isalpha() and last.isalpha()
    if not letters and (first.isalpha() or last.isalpha()):
        return [f"{{{span[0]}}}"]
    low, high = (ord(first), ord(last)) if letters else (int(first), int(last))
    step = max(abs(int(span[3] or 1)), 1) * (1 if low <= high else -1)
    numbers = range(low, high + (1 if step > 0 else -1), step)
    if len(numbers) > MOST_FIELDS:
        return [HOLE]
    return [chr(number) if letters else str(number) for number in numbers]


def unescape(text: str) -> str:
    """Backslash sequences as `$'…'` and the format of `printf` read them."""
    return _PRIVATE.sub(HOLE, _ESCAPE.sub(_escaped, text))


def unescape_echo(text: str) -> str:
    """Backslash sequences as `echo -e` and `%b` read them; shells differ in some, which are unknown."""
    return _PRIVATE.sub(HOLE, _ECHO_ESCAPE.sub(_echoed, text))


def _echoed(match: re.Match[str]) -> str:
    return HOLE if match[1][0] in "c1234567" else _escaped(match)


def _escaped(match: re.Match[str]) -> str:
    body = match[1]
    if body[0] in "xuU" and len(body) > 1:
        number = int(body[1:], 16)
        return chr(number) if number < 0x110000 else HOLE
    if body[0] in "01234567":
        return chr(int(body, 8) & 0xFF)
    if body[0] == "c" and len(body) > 1:
        return chr(ord(body[1]) & 0x1F)
    return _LETTERS.get(body) or (body if body in _KEPT else "\\" + body)
