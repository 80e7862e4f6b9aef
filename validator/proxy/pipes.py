"""Files of a process in, asyncio streams out; what cannot be polled, such as a plain file, works as well."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from typing import IO, Any

from validator.proxy.lines import LineSplitter

CHUNK = 65536


class FileTransport(asyncio.WriteTransport):
    """Writes to a file that is always ready."""

    def __init__(self, file: IO[Any], protocol: asyncio.BaseProtocol) -> None:
        """Write to the descriptor of `file`; tell `protocol` when it is closed."""
        super().__init__()
        self._descriptor = file.fileno()
        self._protocol = protocol
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write all of it now."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Stop writing; nothing is held back, so nothing is flushed."""
        self._closed = True
        self._protocol.connection_lost(None)


async def open_reader(file: IO[Any]) -> asyncio.StreamReader:
    """Read from a pipe, socket or terminal as data comes; from a plain file at once."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=CHUNK)
    if _can_be_polled(file):
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
    else:
        with open(file.fileno(), "rb", closefd=False) as plain:
            reader.feed_data(plain.read())
        reader.feed_eof()
    return reader


async def open_writer(file: IO[Any]) -> asyncio.StreamWriter:
    """Write to a pipe, socket or terminal as fast as it is read; to a plain file at once."""
    loop = asyncio.get_running_loop()
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    transport: asyncio.WriteTransport
    if _can_be_polled(file):
        transport, _ = await loop.connect_write_pipe(lambda: protocol, file)
    else:
        transport = FileTransport(file, protocol)
    return asyncio.StreamWriter(transport, protocol, None, loop)


async def read_lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes | None]:
    """The lines of a stream without their newlines; None for one that is too long to keep."""
    splitter = LineSplitter()
    while chunk := await reader.read(CHUNK):
        for line in splitter.feed(chunk):
            yield line
    for line in splitter.finish():
        yield line


def _can_be_polled(file: IO[Any]) -> bool:
    mode = os.fstat(file.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or file.isatty()
