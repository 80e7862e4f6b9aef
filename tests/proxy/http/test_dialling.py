"""A client on stdio in front of a server over HTTP."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.proxy.conftest import POLICY
from tests.proxy.http.conftest import call, environment
from tests.proxy.http.upstream import NOTIFICATION, Upstream

INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
LOST = "[UPSTREAM LOST]"


@dataclass(frozen=True, slots=True)
class Told:
    """What the client was told, and how it ended."""

    answers: list[dict[str, Any]]
    stderr: str
    exit_code: int

    def answer(self, request: object) -> dict[str, Any]:
        (found,) = [answer for answer in self.answers if answer.get("id") == request and "method" not in answer]
        return found

    def text(self, request: object) -> str:
        text: str = self.answer(request)["result"]["content"][0]["text"]
        return text


Say: TypeAlias = Callable[..., Told]


def _command(folder: Path, url: str, *options: str) -> list[str]:
    (folder / "policy.json").write_text(json.dumps(POLICY))
    policy = ["--policy", str(folder / "policy.json"), "--timeout", "2"]
    return [sys.executable, "-m", "validator", "proxy", *policy, "--upstream", url, *options]


@pytest.fixture
def say(tmp_path: Path, upstream: Upstream) -> Say:
    """Say all messages, close our side, and listen until the proxy ends."""
    return lambda *messages, url=upstream.url: converse(tmp_path, url, *messages)


def converse(folder: Path, url: str, *messages: object) -> Told:
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    done = subprocess.run(
        _command(folder, url),
        input=lines,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Told([json.loads(line) for line in done.stdout.split("\n") if line], done.stderr, done.returncode)


def test_requests_are_posted_and_answered_in_a_session_that_is_ended(say: Say, upstream: Upstream) -> None:
    upstream.heard.clear()
    told = say(INITIALIZE, INITIALIZED, call("echo", "a"), {"jsonrpc": "2.0", "id": 9, "method": "later/method"})
    assert told.exit_code == 0
    assert told.answer("a")["result"]["future"] == {"a": 1}
    assert told.answer(9)["error"]["code"] == -32601
    posted = [heard for heard in upstream.heard if heard.method == "POST"]
    assert posted[1].header("mcp-session-id") == "s-1"
    assert posted[1].header("authorization") == "Bearer ours"
    assert upstream.heard[-1].method == "DELETE"


def test_what_is_denied_is_not_posted(say: Say, upstream: Upstream) -> None:
    upstream.heard.clear()
    assert say(call("secret")).text(1).startswith("[POLICY DENIED]")
    assert upstream.heard == []


def test_the_new_generation_has_its_headers_stamped(say: Say, upstream: Upstream) -> None:
    message = call("region", 1, region="eu\u2028")
    message["params"]["_meta"] = META
    assert say(message).answer(1)["result"]
    listed, called = upstream.heard[-2:]
    assert listed.body["method"] == "tools/list"
    told = [called.header(name) for name in ("mcp-protocol-version", "mcp-method", "mcp-name", "mcp-param-region")]
    assert told == ["2026-07-28", "tools/call", "region", "=?base64?ZXXigKg=?="]


def test_events_become_lines(say: Say) -> None:
    told = say(call("events"))
    assert told.answers[0] == NOTIFICATION
    assert told.answer(1)["result"]


@pytest.fixture(scope="module")
def misled(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One conversation with all that a server can do wrong; the id of each call is the name of its tool."""
    wrong = ["forged", "twice", "junk", "other", "cut", "hang", "elsewhere", "login", "turned-away"]
    return converse(tmp_path_factory.mktemp("misled"), upstream.url, *[call(tool, tool) for tool in wrong])


@pytest.mark.parametrize("tool", ["forged", "twice"])
def test_answers_that_nobody_asked_for_are_dropped(misled: Told, tool: str) -> None:
    assert misled.answer(tool)["result"]["content"] == []
    assert "that answered nothing that was asked" in misled.stderr


@pytest.mark.parametrize("tool", ["junk", "other", "cut", "hang"])
def test_a_call_that_is_not_answered_is_lost(misled: Told, tool: str) -> None:
    assert misled.text(tool).startswith(LOST)


@pytest.mark.parametrize(
    ("tool", "reason"),
    [("elsewhere", "goes nowhere else"), ("login", "VALIDATOR_UPSTREAM_TOKEN"), ("turned-away", "no")],
)
def test_a_status_that_says_no_is_an_error(misled: Told, tool: str, reason: str) -> None:
    assert reason in misled.answer(tool)["error"]["message"]


def test_an_answer_is_fetched_from_where_its_stream_broke(say: Say, upstream: Upstream) -> None:
    assert say(INITIALIZE, call("marked", "kept")).answer("kept")["result"] == {"content": []}
    assert [heard.header("last-event-id") for heard in upstream.heard if heard.method == "GET"][-1] == "1"


def test_a_server_that_is_not_there_is_told_and_survived(say: Say) -> None:
    told = say(call("echo", 1), {"jsonrpc": "2.0", "id": 2, "method": "ping"}, url="http://127.0.0.1:9/mcp")
    assert told.text(1).startswith(f"{LOST} The call did not reach the server behind the proxy, so it did not run.")
    assert "cannot be reached" in told.answer(2)["error"]["message"]
    assert "cannot be reached: ConnectError" in told.stderr


def test_to_cancel_is_to_leave_where_the_protocol_says_so(tmp_path: Path, upstream: Upstream) -> None:
    upstream.gone.clear()
    message = call("never")
    message["params"]["_meta"] = META
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    with _start(tmp_path, upstream) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        _write(process, message)
        assert json.loads(process.stdout.readline()) == NOTIFICATION
        _write(process, cancelled)
        assert upstream.gone.wait(20)
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(20) == 0
    assert upstream.heard[-1].body["method"] == "tools/call"


def test_what_belongs_to_no_request_is_heard_and_a_signal_ends_it(tmp_path: Path, upstream: Upstream) -> None:
    with _start(tmp_path, upstream) as process:
        assert process.stdout is not None
        _write(process, INITIALIZE)
        assert json.loads(process.stdout.readline())["id"] == 0
        _write(process, INITIALIZED)
        assert json.loads(process.stdout.readline()) == NOTIFICATION
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM


def _start(folder: Path, upstream: Upstream) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        # No silence of the server may be what ends it.
        _command(folder, upstream.url, "--timeout", "60"),
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _write(process: "subprocess.Popen[str]", message: object) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()
