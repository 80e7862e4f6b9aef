"""Chunks of bytes in, whole lines out; a line beyond the limit is skipped without being kept."""

from collections.abc import Iterator

LONGEST_LINE = 64 * 1024 * 1024


class LineSplitter:
    """Cuts a stream at newlines and nowhere else."""

    def __init__(self, limit: int = LONGEST_LINE) -> None:
        """Lines longer than `limit` bytes are given out as None."""
        self._limit = limit
        self._pieces: list[bytes] = []
        self._length = 0

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """Take the next bytes; gives every line that they complete, without its newline."""
        first, *others = chunk.split(b"\n")
        self._keep(first)
        for piece in others:
            yield self._take()
            self._keep(piece)

    def finish(self) -> Iterator[bytes | None]:
        """The stream has ended; gives the last line if it lacks a newline."""
        if self._length:
            yield self._take()

    def _keep(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > self._limit:
            self._pieces.clear()
        else:
            self._pieces.append(piece)

    def _take(self) -> bytes | None:
        line = None if self._length > self._limit else b"".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        return line
