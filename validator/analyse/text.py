"""Content in, the text that Python would read out; or a fact that says why it is not text.

Every line end comes out as a line feed, which is how Python reads them, inside comments too. An encoding declaration
counts even where the content is text already: a server may write it to a file, and Python then decodes the file by it.
"""

import re
from typing import Final

from validator.model.fact import NOWHERE, Fact, Kind, Span
from validator.model.limits import Limits

# https://peps.python.org/pep-0263/: a comment on one of the first two lines, the second only if the first says nothing.
_DECLARATION: Final = re.compile(r"(?:[ \t\f]*(?:#[^\n]*)?\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_UNICODE: Final = frozenset({"utf-8", "utf8", "u8", "utf", "utf-8-sig", "ascii", "us-ascii"})
_ASCII_ABOVE_ALL: Final = frozenset({"latin-1", "latin1", "l1", "iso-8859-1", "iso-8859-15", "cp1252", "windows-1252"})

# https://trojansource.codes: these show a reader another order than the one Python reads.
_REORDERING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BYTE_ORDER_MARK: Final = "\ufeff"


def decode(content: str | bytes, limits: Limits) -> str | Fact:
    """The text without carriage returns and byte order mark, or why it cannot be read."""
    raw = _encode(content, limits)
    if isinstance(raw, Fact):
        return raw
    if len(raw) > limits.size:
        return _too_large(limits)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _unreadable(f"byte {error.start + 1} is not UTF-8")
    text = text.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
    return _hidden(text) or text


def _encode(content: str | bytes, limits: Limits) -> bytes | Fact:
    if isinstance(content, bytes):
        return content
    if len(content) > limits.size:
        return _too_large(limits)
    try:
        return content.encode("utf-8")
    except UnicodeEncodeError as error:
        return _unreadable("half a surrogate pair", _place(content, error.start))


def _hidden(text: str) -> Fact | None:
    """What would make the text another one for Python, or for a person who reads it."""
    if "\0" in text:
        return _unreadable("a NUL character", _place(text, text.index("\0")))
    reordering = None if text.isascii() else _REORDERING.search(text)
    if reordering is not None:
        name = f"a bidirectional control character (U+{ord(reordering[0]):04X})"
        return _unreadable(name, _place(text, reordering.start()))
    declared = _DECLARATION.match(text)
    if declared is not None and not _harmless(declared[1], text):
        return _unreadable(f"declares the encoding {declared[1][:40]}", _place(text, declared.start(1)))
    return None


def _harmless(encoding: str, text: str) -> bool:
    """Whether Python reads this text under the declared encoding as it does under UTF-8."""
    name = encoding.lower().replace("_", "-")
    return name in _UNICODE or name.startswith("utf-8-") or (name in _ASCII_ABOVE_ALL and text.isascii())


def _place(text: str, position: int) -> Span:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return Span(line, column, line, column + 1)


def _unreadable(name: str, span: Span = NOWHERE) -> Fact:
    return Fact(Kind.UNREADABLE, "unreadable.encoding", name, span=span)


def _too_large(limits: Limits) -> Fact:
    return Fact(Kind.UNREADABLE, "unreadable.size", f"more than {limits.size} bytes")
