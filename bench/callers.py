"""Clients of bare HTTP and bare lines, for conditions that a well-behaved client does not make."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

MODERN: Final = "2026-07-28"
META: Final = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
PATIENCE: Final = 120.0
LONGEST_STAY: Final = 0.03
LEFT: Final = "left"
STUCK: Final = "stuck"
GONE: Final = "session gone"
BROKEN: Final = "broken connection"


class Session(Protocol):
    """A client that calls."""

    async def call(self, request: str, tool: str, arguments: Mapping[str, object], *, leave: bool) -> str:
        """Make a call, or leave before it is answered; gives what became of it, as the client sees it."""

    async def junk(self, line: bytes) -> str:
        """Send what is no message."""


@dataclass(slots=True)
class HttpSession:
    """One client over HTTP: in a session, or in the versions that have none."""

    url: str
    modern: bool
    name: str = ""
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def begin(self) -> None:
        """Begin a session, where there are such."""
        if not self.modern:
            self.name = ""
            body = {"jsonrpc": "2.0", "id": "begin", "method": "initialize", "params": {}}
            _, headers, _ = await self._exchange("POST", json.dumps(body).encode(), {})
            self.name = headers.get("mcp-session-id", "")

    async def end(self) -> None:
        """End the session, and the connection."""
        if self.name:
            await self._exchange("DELETE", b"", {})
        self._close()

    async def call(self, request: str, tool: str, arguments: Mapping[str, object], *, leave: bool) -> str:
        """Make a call, or leave before it is answered; gives what became of it, as the client sees it."""
        body = message(request, tool, arguments, modern=self.modern)
        named = {"mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": tool} if self.modern else {}
        if leave:
            await self._send("POST", body, named)
            # Some leave before anybody has looked at the call, some while it runs.
            await asyncio.sleep(random.random() * LONGEST_STAY)
            self._close()
            return LEFT
        status, headers, said = await self._exchange("POST", body, named)
        return await self._settled(status, headers, said, request)

    async def junk(self, line: bytes) -> str:
        """Send what is no message."""
        named = {"mcp-protocol-version": MODERN} if self.modern else {}
        status, _, _ = await self._exchange("POST", line, named)
        if status == 404:
            await self.begin()
        return {400: "junk refused", 404: GONE}.get(status, f"junk answered by {status}")

    async def _settled(self, status: int, headers: Mapping[str, str], said: bytes, request: str) -> str:
        if status == 404:
            await self.begin()
            return GONE
        if "event-stream" in headers.get("content-type", ""):
            found = [json.loads(line[5:]) for line in said.split(b"\n") if line.startswith(b"data:")]
        else:
            found = [json.loads(said)] if said else []
        mine = [each for each in found if each.get("id") == request]
        return outcome_of(mine[0]) if len(mine) == 1 else f"{len(mine)} answers (status {status})"

    async def _exchange(self, method: str, body: bytes, named: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(PATIENCE):
            await self._send(method, body, named)
            return await self._read()

    async def _send(self, method: str, body: bytes, named: Mapping[str, str]) -> None:
        parts = urlsplit(self.url)
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 24)
        headers = {
            "host": parts.netloc,
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "content-length": str(len(body)),
            **({"mcp-session-id": self.name} if self.name else {}),
            **named,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.writer.write(f"{method} {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        await self.writer.drain()

    async def _read(self) -> tuple[int, dict[str, str], bytes]:
        assert self.reader is not None
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        body = b""
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self._close()
        return int(first.split()[1]), headers, body

    def _close(self) -> None:
        if self.writer is not None:
            self.writer.transport.abort()
        self.reader = self.writer = None


@dataclass(slots=True)
class StdioSession:
    """The one client of a proxy on stdio; `answers` counts what came for each request."""

    process: asyncio.subprocess.Process
    waiting: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    async def call(self, request: str, tool: str, arguments: Mapping[str, object], *, leave: bool) -> str:
        """Make a call, or cancel it before it is answered; gives what became of it, as the client sees it."""
        answer = self.waiting[request] = asyncio.get_running_loop().create_future()
        await self._say(message(request, tool, arguments, modern=False))
        if leave:
            await asyncio.sleep(random.random() * LONGEST_STAY)
            cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request}}
            await self._say(json.dumps(cancel).encode())
            return LEFT
        async with asyncio.timeout(PATIENCE):
            return await answer

    async def junk(self, line: bytes) -> str:
        """Send what is no message."""
        await self._say(line.replace(b"\n", b" "))
        return "junk refused"

    async def listen(self) -> None:
        """Hear answers until there are no more."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            said = json.loads(line)
            request = said.get("id")
            if request in self.waiting:
                self.answers[request] += 1
                if not self.waiting[request].done():
                    self.waiting[request].set_result(outcome_of(said))
            else:
                self.refused += 1

    async def _say(self, line: bytes) -> None:
        assert self.process.stdin is not None
        with suppress(ConnectionError):
            self.process.stdin.write(line + b"\n")
            await self.process.stdin.drain()


@asynccontextmanager
async def open_stdio(command: tuple[str, ...]) -> AsyncIterator[StdioSession]:
    """A client of a command on stdio, which ends when the client has."""
    pipe, silence = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=silence, limit=1 << 24)
    session = StdioSession(process)
    listening = asyncio.create_task(session.listen())
    try:
        yield session
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            await listening
            await process.wait()
    finally:
        listening.cancel()
        with suppress(ProcessLookupError):
            process.kill()


def message(request: str, tool: str, arguments: Mapping[str, object], *, modern: bool) -> bytes:
    """The message that calls a tool."""
    params = {"name": tool, "arguments": arguments, **({"_meta": META} if modern else {})}
    return json.dumps({"jsonrpc": "2.0", "id": request, "method": "tools/call", "params": params}).encode()


def outcome_of(said: Mapping[str, Any]) -> str:
    """What an answer says became of a call."""
    if "error" in said:
        return "error"
    result = said["result"]
    if not result.get("isError"):
        return "ok"
    return "refused" if result["content"][0]["text"].startswith("[POLICY DENIED]") else "lost"
