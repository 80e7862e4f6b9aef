"""A JSON file in, samples out: an array gives its records one by one, and is never held as a whole."""

import json
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO, Final, TextIO

from validator.scan.inputs.opening import DAMAGE
from validator.scan.inputs.record import Kept, Transcript, decode
from validator.scan.sample import LONGEST, Place, Sample, Series

CHUNK: Final = 1 << 16
_BLANK: Final = " \t\r\n"


def read_array(stream: BinaryIO, name: str, kept: Kept) -> Iterator[Series]:
    """The samples of every record of an array, or of the one record that the file is."""
    transcript = Transcript()
    number = 0
    text = TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="")
    try:
        for number, (raw, listed) in enumerate(_elements(text), 1):
            where = f"/{number - 1}" if listed else ""
            yield from transcript.add(_read_element(raw, name, where, kept))
    except (*DAMAGE, ValueError, RecursionError) as error:
        reason = f"the file is not JSON from here on: {error}"
        yield from transcript.add([Sample(f"{name}#/{number}", b"", reason, Place(name, part=f"/{number}"))])
    yield from transcript.finish()
    text.detach()


def _read_element(raw: str, name: str, where: str, kept: Kept) -> list[Sample]:
    place = Place(name, part=where)
    known_as = f"{name}#{where}" if where else name
    try:
        return kept.find(decode(raw), known_as, place, raw)
    except ValueError as error:  # a key that stands twice
        return [Sample(known_as, raw, f"the record cannot be read: {error}", place)]


def _elements(text: TextIO) -> Iterator[tuple[str, bool]]:
    """The text of each element and True, or that of the only value and False; raises ValueError at what is no JSON."""
    buffer = _Buffer(text)
    if buffer.peek() != "[":
        yield buffer.take(), False
    else:
        buffer.skip()
        while buffer.peek() != "]":
            yield buffer.take(), True
            if buffer.peek() == ",":
                buffer.skip()
                if buffer.peek() == "]":
                    raise ValueError("a comma stands before the end of the array")
            elif buffer.peek() != "]":
                raise ValueError("there is no comma between two elements")
        buffer.skip()
    if buffer.peek():
        raise ValueError("something stands behind the end")


class _Buffer:
    """A stretch of the text, as long as the value that is being read."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._held = ""
        self._position = 0
        self._ended = False
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            while self._position < len(self._held) and self._held[self._position] in _BLANK:
                self._position += 1
            if self._position < len(self._held) or not self._more():
                return self._held[self._position : self._position + 1]

    def skip(self) -> None:
        """Leave the next character behind."""
        self._position += 1

    def take(self) -> str:
        """The text of the next value; raises ValueError."""
        self.peek()
        while True:
            try:
                _, end = self._decoder.raw_decode(self._held, self._position)
            except json.JSONDecodeError:
                if not self._more():
                    raise
                continue
            # A number may go on in the next stretch.
            if end < len(self._held) or not self._more():
                break
        taken, self._position = self._held[self._position : end], end
        return taken

    def _more(self) -> bool:
        """Read on, twice as far each time, so that a long value is not begun too often."""
        if self._ended:
            return False
        rest = self._held[self._position :]
        if len(rest) > LONGEST:
            raise ValueError("one value is too long to be read")
        read = self._text.read(max(CHUNK, len(rest)))
        self._held, self._position, self._ended = rest + read, 0, not read
        return not self._ended
