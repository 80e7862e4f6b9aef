"""A store of entries: a file of JSON lines that only its owner may read, each record with its number and its seal."""

import os
import re
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from validator.audit.chain import Entry, Head, Torn
from validator.model.errors import AuditError, Problem

# Every byte of a line is told by this: no blanks, no other order of keys, no number with a leading zero.
_LINE: Final = re.compile(r'(\{.+),"sequence":([1-9][0-9]{0,14}),"mac":"([0-9a-f]{64})"\}\n', re.DOTALL)
_LONGEST: Final = 1 << 24


class LineStore:
    """Appends to one file, or only reads it."""

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        """Open the file, or create it for its owner alone; raises AuditError."""
        self._file = file
        self.place = str(file)
        flags = os.O_RDONLY if read_only else os.O_RDWR | os.O_APPEND | os.O_CREAT
        try:
            self._descriptor = os.open(file, flags | os.O_CLOEXEC, 0o600)
            if not read_only:
                _keep_private(self._descriptor)
        except OSError as error:
            raise self._error(f"cannot be opened: {error.strerror or error}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make sure that what is written can be found under the file's name."""
        try:
            moved = not os.path.samestat(self._file.stat(), os.fstat(self._descriptor))
        except OSError as error:
            raise self._error(f"is gone: {error.strerror or error}") from error
        if moved:
            raise self._error("was replaced by another file")
        yield

    def after(self, head: Head) -> list[Entry | Torn]:
        """What follows the head; raises AuditError when the file does not reach it."""
        size = self._size()
        if size < head.size:
            reason = (
                f"was cut off: {head.sequence} records in {head.size} bytes were written, and {size} bytes are left"
            )
            raise self._error(reason, "restore it from a copy; `validator audit verify` tells what is left")
        return list(self._read(head.size)) if size > head.size else []

    def write(self, end: Head, entries: Sequence[Entry]) -> Head:
        """Append entries behind the end of the chain; what stands behind it is an unfinished line."""
        content = "".join(map(_line, entries)).encode()
        try:
            if os.fstat(self._descriptor).st_size > end.size:
                os.ftruncate(self._descriptor, end.size)
            written = os.write(self._descriptor, content)
            if written == len(content):
                os.fdatasync(self._descriptor)
        except OSError as error:
            raise self._error(f"cannot be written: {error.strerror or error}") from error
        if written < len(content):
            self._take_back(end.size)
            raise self._error("cannot be written: the line was cut short")
        return Head(entries[-1].sequence, entries[-1].mac, end.size + len(content))

    def entries(self) -> Iterator[Entry | Torn]:
        """All there is, oldest first."""
        return self._read(0)

    def last(self, count: int) -> list[Entry | Torn]:
        """The last few, oldest first."""
        return list(deque(self._read(0), count))

    def empty(self) -> bool:
        """Whether nothing was ever appended."""
        return self._size() == 0

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _read(self, start: int) -> Iterator[Entry | Torn]:
        try:
            with open(self._descriptor, "rb", closefd=False) as stream:
                stream.seek(start)
                number, end = 0, start
                while line := stream.readline(_LONGEST):
                    number, end = number + 1, end + len(line)
                    place = f"{self._file}:{number}" if start == 0 else f"{self._file} up to byte {end}"
                    yield _entry(line, place, end)
        except OSError as error:
            raise self._error(f"cannot be read: {error.strerror or error}") from error

    def _size(self) -> int:
        try:
            return os.fstat(self._descriptor).st_size
        except OSError as error:
            raise self._error(f"cannot be read: {error.strerror or error}") from error

    def _take_back(self, size: int) -> None:
        try:
            os.ftruncate(self._descriptor, size)
        except OSError:
            return  # then the next write does it

    def _error(self, reason: str, advice: str = "make room or restore the file, then start again") -> AuditError:
        return AuditError(Problem(self.place, reason, advice))


def _keep_private(descriptor: int) -> None:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode) and stat.S_IMODE(mode) != 0o600:
        os.fchmod(descriptor, 0o600)


def _line(entry: Entry) -> str:
    """The record with its number and seal as its last two keys."""
    return f'{entry.body[:-1]},"sequence":{entry.sequence},"mac":"{entry.mac}"}}\n'


def _entry(line: bytes, place: str, end: int) -> Entry | Torn:
    found = _LINE.fullmatch(line.decode("ascii", "surrogateescape"))
    if found is None:
        return Torn(place, last=not line.endswith(b"\n") and len(line) < _LONGEST)
    return Entry(int(found[2]), found[1] + "}", found[3], place, end)
