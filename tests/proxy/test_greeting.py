"""The server is greeted before the gate is there; nothing else passes until then."""

import asyncio
import json
import os
import signal
import subprocess
import sys
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


POLICY = '{"version": "1", "default": "allow"}'
ECHO = (sys.executable, "-c", "import sys\nfor line in sys.stdin: print(line, end='', flush=True)")


def begin(policy: Path, *command: str) -> subprocess.Popen[bytes]:
    ours = (sys.executable, "-m", "validator", "proxy", "--policy", str(policy), "--store", "memory", "--audit", "none")
    return subprocess.Popen(
        (*ours, "--", *command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    (tmp_path / "policy.json").write_text(POLICY)
    return tmp_path / "policy.json"


def test_a_server_that_ends_while_it_is_greeted_is_told_of_by_its_exit_code(policy: Path) -> None:
    proxy = begin(policy, sys.executable, "-c", "raise SystemExit(3)")
    said, told = proxy.communicate(INITIALIZE + b"\n", timeout=60)
    assert (proxy.returncode, told.splitlines()[-1]) == (3, b"validator: the server ended with exit code 3")
    assert json.loads(said)["error"]["message"]


def test_a_client_that_hears_nothing_any_more_leaves_no_server_behind(policy: Path, tmp_path: Path) -> None:
    server = (
        f"import os, sys, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\nsys.stdin.readline()\n"
    )
    proxy = begin(policy, sys.executable, "-c", server + f"print({ANSWER.decode()!r}, flush=True)\ntime.sleep(60)")
    assert proxy.stdin is not None
    assert proxy.stdout is not None
    proxy.stdout.close()
    proxy.stdin.write(INITIALIZE + b"\n")
    proxy.stdin.close()
    assert proxy.wait(timeout=60) is not None
    assert proxy.stderr is not None
    assert b"Traceback" not in proxy.stderr.read()
    proxy.stderr.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_signal_ends_it_though_the_gate_never_loads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    answering = f"import sys\nfor line in sys.stdin: print({ANSWER.decode()!r}, flush=True)"
    proxy = begin(tmp_path / "never", sys.executable, "-c", answering)
    assert proxy.stdin is not None
    assert proxy.stdout is not None
    proxy.stdin.write(INITIALIZE + b"\n")
    proxy.stdin.flush()
    assert json.loads(proxy.stdout.readline()) == json.loads(ANSWER)
    proxy.send_signal(signal.SIGTERM)
    proxy.communicate(timeout=60)
    assert proxy.returncode == 128 + signal.SIGTERM


def test_a_policy_that_does_not_load_is_all_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"version": "9"}')
    silent = (sys.executable, "-c", "import time; time.sleep(60)")
    proxy = begin(tmp_path / "policy.json", *silent)
    said, told = proxy.communicate(INITIALIZE + b"\n", timeout=60)
    assert (proxy.returncode, said) == (2, b"")
    assert (b"policy.json" in told, b"Traceback" in told, b"exception" in told) == (True, False, False)


def test_what_did_not_pass_meets_the_gate(policy: Path) -> None:
    proxy = begin(policy, *ECHO)
    said, _ = proxy.communicate(
        INITIALIZE + b"\n" + b'{"jsonrpc": "2.0", "id": 2, "method": "tools/list"}\n', timeout=60
    )
    # The server repeats what it is told, so what comes back is no answer; the proxy answers for it when it ends.
    assert {json.loads(line).get("id") for line in said.splitlines() if b"error" in line} == {1, 2}
