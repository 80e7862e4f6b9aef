"""Chunks of a stream of server-sent events in, whole events out; one that is too long is skipped without being kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from validator.proxy.lines import LONGEST_LINE

_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
# A carriage return before a newline is half of a line end, not a whole one.
_BLANK_LINE: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
_MARK: Final = b"\xef\xbb\xbf"
# JSON allows these inside strings, yet some readers of events end a line at them.
_ODD_BREAKS: Final = re.compile(rb"\xc2\x85|\xe2\x80[\xa8\xa9]")


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came; `data` is None where it has none, `others` are its lines that are no data."""

    raw: bytes
    data: bytes | None
    others: tuple[bytes, ...]

    @property
    def mark(self) -> str | None:
        """What a client may come back with, for what follows this event; None where it may not."""
        marks = [line.partition(b":")[2].removeprefix(b" ") for line in self.others if line.partition(b":")[0] == b"id"]
        return marks[-1].decode("utf-8", "replace") if marks else None

    def carrying(self, data: bytes | None) -> bytes:
        """The event with other data; without any, only what a client keeps of an event is left, if there is such."""
        if data is not None and data == self.data and not _ODD_BREAKS.search(data):
            return self.raw
        kept = [line for line in self.others if data is not None or line.startswith((b"id", b"retry"))]
        said = [] if data is None else [b"data: " + _ODD_BREAKS.sub(_escape, data)]
        return b"".join(line + b"\n" for line in [*kept, *said, b""]) if kept or said else b""


class EventSplitter:
    """Cuts a stream where an event ends."""

    def __init__(self, limit: int = LONGEST_LINE) -> None:
        """Events longer than `limit` bytes are given out as None."""
        self._limit = limit
        self._kept = bytearray()
        self._searched = 0
        self._skipping = False
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[Event | None]:
        """Take the next bytes; gives every event that they complete."""
        self._kept += chunk
        while (end := _BLANK_LINE.search(self._kept, self._searched)) is not None:
            raw = bytes(self._kept[: end.end()])
            del self._kept[: end.end()]
            self._searched = 0
            yield None if self._skipping or len(raw) > self._limit else self._read(raw)
            self._skipping = False
        if len(self._kept) > self._limit:
            self._skipping = True
            del self._kept[:-3]
        # The longest line end of two lines may have begun in the bytes that are here.
        self._searched = max(0, len(self._kept) - 3)

    def _read(self, raw: bytes) -> Event:
        if not self._begun:
            self._begun = True
            raw = raw.removeprefix(_MARK)
        data, others = [], []
        for line in _LINE_END.split(raw):
            field, _, value = line.partition(b":")
            if field == b"data":
                data.append(value.removeprefix(b" "))
            elif line:
                others.append(line)
        return Event(raw, b"\n".join(data) if data else None, tuple(others))


def _escape(odd: re.Match[bytes]) -> bytes:
    """What says the same in JSON, where it can only stand inside a string."""
    return b"\\u%04x" % ord(odd[0].decode())


def make_event(data: bytes) -> bytes:
    """The event that carries a message."""
    return b"event: message\ndata: " + _ODD_BREAKS.sub(_escape, data) + b"\n\n"
