"""The server is greeted before the gate is there; nothing else passes until then."""

import asyncio
import json
from pathlib import Path

import pytest

from validator.proxy.greeting import Greeting
from validator.proxy.pipes import open_writer

INITIALIZE = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}'
ANSWER = b'{"jsonrpc": "2.0", "id": 1, "result": {"protocolVersion": "2025-11-25"}}'
CALL = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo", "arguments": {}}}'


def greet(
    folder: Path, client: bytes, server: bytes, *, opened: bool = False
) -> tuple[bytes, bytes, list[bytes | None]]:
    """What the server and the client hear before the gate is there, and what of the client is left for the pump."""

    async def talk() -> list[bytes | None]:
        from_client, from_server = asyncio.StreamReader(), asyncio.StreamReader()
        from_client.feed_data(client)
        from_server.feed_data(server)
        greeting = Greeting(from_client, from_server)
        opening: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if opened:
            opening.set_result(None)
        else:
            asyncio.get_running_loop().call_later(0.2, opening.set_result, None)
        with (folder / "client").open("wb") as to_client, (folder / "server").open("wb") as to_server:
            writers = [await open_writer(to_client), await open_writer(to_server)]
            await greeting.pass_on(opening, *writers)
            for writer in writers:
                writer.close()
            from_client.feed_eof()
            return [line async for line in greeting.from_client]

    left = asyncio.run(talk())
    return (folder / "server").read_bytes(), (folder / "client").read_bytes(), left


def test_the_request_and_its_answer_pass(tmp_path: Path) -> None:
    heard, told, left = greet(tmp_path, INITIALIZE + b"\n" + CALL + b"\n", ANSWER + b"\n")
    assert (json.loads(heard), told, left) == (json.loads(INITIALIZE), ANSWER + b"\n", [CALL])


@pytest.mark.parametrize(
    "line",
    [
        CALL,
        b"junk",
        b"",
        INITIALIZE.replace(b'"id": 1, ', b""),
        INITIALIZE.replace(b"}}", b'}, "method": "tools/call"}'),
        INITIALIZE.replace(b"initialize", b"tools/list"),
    ],
)
def test_whatever_else_comes_first_waits_for_the_gate(tmp_path: Path, line: bytes) -> None:
    assert greet(tmp_path, line + b"\n", b"") == (b"", b"", [line])


@pytest.mark.parametrize(
    "line", [ANSWER.replace(b'"id": 1', b'"id": 2'), b"junk", b'{"jsonrpc": "2.0", "method": "x"}']
)
def test_only_the_answer_to_the_request_passes(tmp_path: Path, line: bytes) -> None:
    heard, told, left = greet(tmp_path, INITIALIZE + b"\n", line + b"\n")
    assert (bool(heard), told, left) == (True, b"", [])


def test_a_server_that_says_nothing_holds_up_nobody(tmp_path: Path) -> None:
    assert greet(tmp_path, INITIALIZE + b"\n" + CALL + b"\n", b"")[1:] == (b"", [CALL])


def test_a_client_that_leaves_at_once_is_no_fault(tmp_path: Path) -> None:
    assert greet(tmp_path, b"", b"") == (b"", b"", [])
