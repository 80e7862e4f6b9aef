"""Files in, whether any of them has changed out: cheap to ask before every call."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

# A file that was written a moment ago may be written again within the same tick of the clock that dates it.
SETTLED: Final = 2.0  # seconds
Mark: TypeAlias = tuple[int, ...] | None


class Watched:
    """What stands in some files; a file that cannot be read is watched as well, for it may appear.

    A file is read again if what the system says of it has changed, or if that may not have had time to change; and now
    and then in any case, for there are ways to write that are dated late.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        """Keep what stands in the files now."""
        self.files = tuple(files)
        # Marked first: what is written in between is seen as a change again.
        self._marks = self._settled()
        self._contents = self._read()
        self._read_at = time.monotonic()

    def changed(self) -> bool:
        """Whether something else stands in one of them."""
        marks = self._settled()
        if marks is not None and marks == self._marks and time.monotonic() - self._read_at < SETTLED:
            return False
        self._read_at = time.monotonic()
        if self._contents != self._read():
            return True
        self._marks = marks
        return False

    def _settled(self) -> list[Mark] | None:
        """What the system says of the files; None if one was changed so lately that this says little."""
        marks = [_mark(file) for file in self.files]
        newest = max((max(mark[:2]) for mark in marks if mark is not None), default=0)
        return marks if newest < (time.time() - SETTLED) * 1e9 else None

    def _read(self) -> list[bytes | None]:
        return [_content(file) for file in self.files]


def _mark(file: Path) -> Mark:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev, found.st_size


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (OSError, ValueError):
        return None
