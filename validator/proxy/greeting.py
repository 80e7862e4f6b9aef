"""What client and server say to each other before the gate is there: `initialize` and its answer, and nothing else.

Its lines are kept and told to the session after, which then knows of the request as if it had passed it on itself.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from validator.proxy.pipes import read_lines
from validator.proxy.wire import Message, ToolCall, read_client_line, read_upstream_line

INITIALIZE: Final = "initialize"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a stream, None if it was too long to keep; or the end of the stream."""

    text: bytes | None
    last: bool = False


class Lines:
    """The lines of a stream; the first may be looked at before somebody goes through all of them."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        """Nothing is read yet."""
        self._lines = read_lines(reader)
        self._first: asyncio.Task[_Line] | None = None

    async def peek(self, opening: asyncio.Future[Any]) -> bytes | None:
        """The first line, once it has come; None if the opening was done before, or the line is none."""
        self._first = asyncio.ensure_future(self._next())
        await asyncio.wait({self._first, opening}, return_when=asyncio.FIRST_COMPLETED)
        return self._first.result().text if self._first.done() else None

    def take(self) -> None:
        """Whoever goes through the lines will not meet the first."""
        self._first = None

    def close(self) -> None:
        """Nobody will go through them."""
        if self._first is not None:
            self._first.cancel()

    async def __aiter__(self) -> AsyncIterator[bytes | None]:
        """Every line that was not taken."""
        if self._first is not None:
            first = await self._first
            if first.last:
                return
            yield first.text
        async for line in self._lines:
            yield line

    async def _next(self) -> _Line:
        async for line in self._lines:
            return _Line(line)
        return _Line(None, last=True)


class Greeting:
    """Passes the request on as soon as it comes, and its answer, as long as the gate is not there."""

    def __init__(self, client: asyncio.StreamReader, server: asyncio.StreamReader) -> None:
        """Listen to both; `asked` and `answered` are the lines that passed."""
        self.from_client = Lines(client)
        self.from_server = Lines(server)
        self.asked: bytes | None = None
        self.answered: bytes | None = None

    async def pass_on(
        self, opening: asyncio.Future[Any], client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        """Let the two greet each other until the opening is done, or something else is said, or one of them is gone."""
        # Whoever pumps finds out as well, and knows what is to be done about it.
        with suppress(ConnectionError):
            await self._pass_on(opening, client, server)

    def close(self) -> None:
        """There is no pump that would go through what is left."""
        self.from_client.close()
        self.from_server.close()

    async def _pass_on(
        self, opening: asyncio.Future[Any], client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        line = await self.from_client.peek(opening)
        message = None if line is None else read_client_line(line)
        if not isinstance(message, Message) or isinstance(message, ToolCall) or message.method != INITIALIZE:
            return
        if message.id is None or opening.done():
            return
        await _write(server, message.line)
        self.from_client.take()
        self.asked = line
        line = await self.from_server.peek(opening)
        answer = None if line is None else read_upstream_line(line)
        if answer is not None and answer.method is None and answer.id == message.id:
            await _write(client, answer.line)
            self.from_server.take()
            self.answered = line


async def _write(writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line + b"\n")
    await writer.drain()
