"""A path in, a stream of its bytes out, unpacked where it is packed; and how far the reading has come."""

import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from validator.model.errors import InputError, Problem

PACKED: Final = (".gz", ".zst")
# What the reading of packed or plain files raises when they are damaged.
DAMAGE: Final = (OSError, EOFError, zlib.error, lzma.LZMAError)


@dataclass
class Meter:
    """How many bytes of how many have been read; a bar shows it, nothing depends on it."""

    total: int = 0
    done: int = 0
    current: BinaryIO | None = None

    def position(self) -> int:
        """Bytes read so far."""
        if self.current is None or self.current.closed or not self.current.seekable():
            return self.done
        return self.done + self.current.tell()


def allowed(question: Callable[[], bool]) -> bool:
    """What the file system says to a question such as `path.is_dir`; False where it may not be asked."""
    try:
        return question()
    except OSError:
        return False


@contextmanager
def open_file(path: Path, meter: Meter) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked as its name says; raises one of DAMAGE, or InputError."""
    with path.open("rb") as raw:
        meter.current = raw
        try:
            with unpack(raw, path.name) as stream:
                yield stream
        finally:
            meter.current = None
            meter.done += path.stat().st_size if path.is_file() else 0


@contextmanager
def unpack(raw: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """The stream, unpacked as the name says."""
    if name.endswith(".gz"):
        with gzip.open(raw, "rb") as stream:
            yield cast(BinaryIO, stream)
    elif name.endswith(".zst"):
        with _open_zst(raw) as stream:
            yield stream
    else:
        yield raw


@contextmanager
def _open_zst(raw: BinaryIO) -> Iterator[BinaryIO]:
    try:
        import zstandard  # an extra, needed for such files only
    except ImportError as error:
        advice = "pip install 'mcp-code-validator[zstd]', or unpack the file"
        raise InputError(Problem(".zst", "needs the package zstandard", advice)) from error
    try:
        with zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=False) as stream:
            # The reader has no lines of its own.
            yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream)))
    except zstandard.ZstdError as error:
        raise OSError(f"damaged: {error}") from error
