"""A small server that is slow, or ends in the middle, as the tool's name says; on stdio, or with --http at a free port.

Over HTTP it is begun anew, at the same port, whenever it has ended.
"""

import asyncio
import json
import os
import socket
import sys
from typing import Any, Final

SLOW: Final = 0.02


def answer(message: dict[str, Any]) -> bytes:
    """The answer to a request; this is the end where that is what the tool is for."""
    tool = message.get("params", {}).get("name")
    if tool == "die":
        os._exit(3)
    result = {"content": [{"type": "text", "text": "done"}], "protocolVersion": "2025-11-25", "resultType": "complete"}
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()


async def on_stdio() -> None:
    """Answer lines until there are no more."""
    loop, reader, waiting = asyncio.get_running_loop(), asyncio.StreamReader(), set()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def say(message: dict[str, Any]) -> None:
        if message.get("params", {}).get("name") == "slow":
            await asyncio.sleep(SLOW)
        os.write(1, answer(message) + b"\n")

    async for line in reader:
        message = json.loads(line)
        if "id" in message:
            waiting.add(task := asyncio.create_task(say(message)))
            task.add_done_callback(waiting.discard)


async def over_http(here: socket.socket) -> None:
    """Answer requests, each connection one after another."""
    server = await asyncio.start_server(_converse, sock=here)
    await server.serve_forever()


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
            writer.write(await _respond(head, await reader.readexactly(length)))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _respond(head: str, body: bytes) -> bytes:
    if not head.startswith("post"):
        return b"HTTP/1.1 %s\r\ncontent-length: 0\r\n\r\n" % (b"200 OK" if head.startswith("delete") else b"405 No")
    message = json.loads(body)
    if "id" not in message:
        return b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
    if message.get("params", {}).get("name") == "slow":
        await asyncio.sleep(SLOW)
    said = answer(message)
    session = b"mcp-session-id: %s\r\n" % os.urandom(8).hex().encode() if message["method"] == "initialize" else b""
    kind = b"content-type: application/json\r\n"
    return b"HTTP/1.1 200 OK\r\n%s%scontent-length: %d\r\n\r\n%s" % (kind, session, len(said), said)


def main() -> None:
    """Serve until the client goes away, or the process is ended."""
    if "--http" not in sys.argv:
        asyncio.run(on_stdio())
        return
    here = socket.create_server(("127.0.0.1", 0))
    print(f"listening on http://127.0.0.1:{here.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    while True:
        child = os.fork()
        if child == 0:
            # Who ends the first process ends this one too.
            import ctypes

            ctypes.CDLL(None).prctl(1, 9)
            asyncio.run(over_http(here))
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
