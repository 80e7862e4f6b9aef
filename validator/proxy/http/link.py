"""A command in, a server on stdio that lines are said to and heard from, until it or we have had enough."""

import asyncio
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress

from validator.proxy.pipes import open_reader, open_writer, read_lines
from validator.proxy.upstream import GRACE, end, start, watch


class Link:
    """One running server; `hear` is given every line of it, and `left` is called once, when there will be no more."""

    def __init__(self, hear: Callable[[bytes | None], None], left: Callable[[], None]) -> None:
        """Start nothing yet."""
        self.alive = False
        self._hear = hear
        self._left = left
        self._closing = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self, command: Sequence[str]) -> None:
        """Start the server; raises UpstreamError."""
        process = start(command)
        assert process.stdin is not None
        assert process.stdout is not None
        self._writer = await open_writer(process.stdin)
        reader = await open_reader(process.stdout)
        self.alive = True
        self._running = asyncio.create_task(self._run(process, reader))

    async def say(self, line: bytes) -> bool:
        """Say a line, once the server has read enough of what came before; tells whether it is there to hear it."""
        if self._writer is None or not self.alive:
            return False
        try:
            self._writer.write(line + b"\n")
            await self._writer.drain()
        except ConnectionError:
            return False
        return True

    async def close(self) -> None:
        """End the server in good order."""
        self._closing.set()
        if self._running is not None:
            await asyncio.wait({self._running})

    async def _run(self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader) -> None:
        ended = asyncio.create_task(watch(process))
        hearing = asyncio.create_task(self._listen(reader))
        closing = asyncio.create_task(self._closing.wait())
        await asyncio.wait({ended, hearing, closing}, return_when=asyncio.FIRST_COMPLETED)
        if self._writer is not None:
            self._writer.close()
        await end(process, ended)
        # A process that the server left behind may hold its stdout open for ever.
        await asyncio.wait({hearing}, timeout=GRACE)
        self.alive = False
        for task in (hearing, closing):
            task.cancel()
        self._left()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            async for line in read_lines(reader):
                self._hear(line)
