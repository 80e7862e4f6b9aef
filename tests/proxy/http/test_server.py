"""Connections of clients that say nothing, or only ever half of it."""

import asyncio
from contextlib import suppress

import uvicorn
from starlette.types import Receive, Scope, Send

from validator.proxy.http.server import PatientServer


async def _answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def _outlive(said: bytes, then: bytes) -> list[bytes]:
    """What a client hears that says something, and something more between two looks."""
    config = uvicorn.Config(_answer, host="127.0.0.1", port=0, lifespan="off", log_config=None, http="h11")
    server = PatientServer(config, "here")
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    heard = [await reader.readuntil(b"\r\n\r\n")] if said.endswith(b"\r\n\r\n") else []
    while not server.server_state.connections:
        await asyncio.sleep(0)
    server.close_idle()
    writer.write(then)
    heard += [await reader.readuntil(b"\r\n\r\n")] if then.endswith(b"\r\n\r\n") else []
    server.close_idle()
    if not then.endswith(b"\r\n\r\n"):
        # What it has said last may be left unread.
        with suppress(ConnectionResetError):
            async with asyncio.timeout(20):
                heard.append(await reader.read())
    writer.close()
    server.should_exit = True
    await serving
    return heard


def test_a_client_that_never_comes_to_the_point_is_left() -> None:
    assert b"".join(asyncio.run(_outlive(b"GET / HTTP/1.1\r\n", b"Host: a\r\n"))) == b""


def test_a_client_that_asked_once_and_never_again_is_left() -> None:
    heard = b"".join(asyncio.run(_outlive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET")))
    assert heard.count(b"HTTP/1.1 200") == 1


def test_a_client_that_asks_is_heard() -> None:
    asked = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    assert [head[:12] for head in asyncio.run(_outlive(asked, asked))] == [b"HTTP/1.1 200"] * 2
