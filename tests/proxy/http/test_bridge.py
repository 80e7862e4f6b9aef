"""Clients over HTTP in front of a server on stdio: each gets its own answers, in both generations."""

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.proxy.conftest import POLICY, STUB
from tests.proxy.http.conftest import Answer, Proxy, call, serve, until

VERSION = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {}}
LOST = "[UPSTREAM LOST]"


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("bridge")
    (folder / "policy.json").write_text(json.dumps(POLICY))
    server = ["sh", "-c", 'exec "$0" "$1" "$2/heard-$$"', sys.executable, str(STUB), str(folder)]
    policy = ("--policy", str(folder / "policy.json"), "--anonymous", "me", "--timeout", "2")
    with serve(folder, *policy, "--", *server) as started:
        yield started


@pytest.fixture
def session(bridge: Proxy) -> str:
    begun = bridge.ask(INITIALIZE)
    assert [event["id"] for event in begun.events] == [0]
    return begun.headers["mcp-session-id"]


def _heard(proxy: Proxy) -> list[dict[str, Any]]:
    """All that was heard by any process."""
    return [json.loads(line) for file in proxy.folder.glob("heard-*") for line in file.read_text().splitlines()]


def _cancelled(proxy: Proxy) -> int:
    return sum(message.get("method") == "notifications/cancelled" for message in _heard(proxy))


def _modern(proxy: Proxy, tool: str, request: object = 1, **meta: object) -> Answer:
    message = call(tool, request)
    message["params"]["_meta"] = {**META, **meta}
    return proxy.ask(message, Mcp_Protocol_Version=VERSION, Mcp_Method="tools/call", Mcp_Name=tool)


def test_each_session_has_a_process_of_its_own(bridge: Proxy, session: str) -> None:
    before = len(list(bridge.folder.glob("heard-*")))
    other = bridge.ask(INITIALIZE).headers["mcp-session-id"]
    assert other != session
    assert len(list(bridge.folder.glob("heard-*"))) == before + 1
    for name in (session, other):
        (answer,) = bridge.ask(call("echo", "a"), Mcp_Session_Id=name).events
        assert answer == {"jsonrpc": "2.0", "id": "a", "result": {"content": [], "isError": False, "future": {"a": 1}}}


def test_a_session_that_is_ended_is_gone_with_its_process(bridge: Proxy, session: str) -> None:
    assert bridge.ask(None, http="DELETE", Mcp_Session_Id=session).status == 200
    for http in ("GET", "POST", "DELETE"):
        assert bridge.ask(call("echo") if http == "POST" else None, http=http, Mcp_Session_Id=session).status == 404


def test_without_a_session_there_is_nothing_but_initialize(bridge: Proxy) -> None:
    answer = bridge.ask(call("echo", 3))
    assert (answer.status, answer.message["id"]) == (400, 3)
    assert bridge.ask(None, http="GET").status == 400


@pytest.mark.parametrize(("accept", "status"), [("application/json", 406), ("text/event-stream", 406), ("*/*", 200)])
def test_the_client_must_accept_what_it_gets(bridge: Proxy, session: str, accept: str, status: int) -> None:
    assert bridge.ask(call("echo"), Mcp_Session_Id=session, Accept=accept).status == status


def test_what_is_denied_goes_nowhere_in_either_generation(bridge: Proxy, session: str) -> None:
    denied = bridge.ask(call("secret"), Mcp_Session_Id=session)
    assert denied.text.startswith("[POLICY DENIED]")
    modern = _modern(bridge, "secret")
    assert modern.text.startswith("[POLICY DENIED]")
    assert modern.message["result"]["resultType"] == "complete"
    assert not [message for message in _heard(bridge) if message.get("params", {}).get("name") == "secret"]


def test_questions_of_the_server_reach_the_client_and_come_back(bridge: Proxy, session: str) -> None:
    question, answer = bridge.ask(call("ask", 4), Mcp_Session_Id=session).events
    assert (question["method"], question["id"], answer["id"]) == ("sampling/createMessage", "s1", 4)
    replied = {"jsonrpc": "2.0", "id": "s1", "result": {"role": "assistant"}}
    assert bridge.ask(replied, Mcp_Session_Id=session).status == 202
    bridge.ask(call("echo"), Mcp_Session_Id=session)
    assert replied in _heard(bridge)


@pytest.mark.parametrize("tool", ["junk", "twice"])
def test_junk_and_forged_answers_are_dropped(bridge: Proxy, session: str, tool: str) -> None:
    assert [event["id"] for event in bridge.ask(call(tool, 1), Mcp_Session_Id=session).events] == [1]
    assert _modern(bridge, tool, 1).message["id"] == 1
    assert _modern(bridge, "echo", 2).message["id"] == 2


def test_clients_that_choose_the_same_id_get_their_own_answers(bridge: Proxy) -> None:
    def ask(number: int) -> tuple[Any, ...]:
        progress, answer = _modern(bridge, "progress", "same", progressToken=f"t{number}").events
        return progress["params"]["progressToken"], progress["params"]["new"], answer["id"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(16))) == [(f"t{number}", [None], "same") for number in range(16)]


def test_a_server_that_says_nothing_is_given_up_and_told_so(bridge: Proxy, session: str) -> None:
    (lost,) = bridge.ask(call("silent"), Mcp_Session_Id=session).events
    assert lost["result"]["content"][0]["text"].startswith(LOST)
    assert _modern(bridge, "silent").text.startswith(LOST)
    until(lambda: _cancelled(bridge) > 0)


def test_a_modern_client_that_leaves_has_its_call_cancelled(bridge: Proxy) -> None:
    before = _cancelled(bridge)
    silent = sum(heard.get("params", {}).get("name") == "silent" for heard in _heard(bridge))
    message = call("silent")
    message["params"]["_meta"] = META
    headers = {"Content-Type": "application/json", "Accept": "*/*", "Mcp-Protocol-Version": VERSION}
    headers |= {"Mcp-Method": "tools/call", "Mcp-Name": "silent"}
    connection = bridge.connect()
    connection.request("POST", "/mcp", json.dumps(message), headers)
    until(lambda: sum(heard.get("params", {}).get("name") == "silent" for heard in _heard(bridge)) > silent)
    connection.close()
    until(lambda: _cancelled(bridge) > before)


@pytest.mark.parametrize(
    ("message", "headers", "status", "code"),
    [
        (call("echo"), {}, 400, -32602),
        ({**INITIALIZE, "params": {"_meta": META}}, {"Mcp_Method": "initialize"}, 404, -32601),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, {}, 400, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"_meta": META}}, {"Mcp_Method": "y"}, 400, -32020),
        ({"jsonrpc": "2.0", "method": "notifications/x", "params": {}}, {}, 202, None),
    ],
)
def test_the_form_of_the_new_generation_is_kept(
    bridge: Proxy, message: dict[str, Any], headers: dict[str, str], status: int, code: int | None
) -> None:
    answer = bridge.ask(message, Mcp_Protocol_Version=VERSION, **headers)
    assert (answer.status, answer.message["error"]["code"] if code else None) == (status, code)


def test_an_unknown_version_is_told_which_ones_there_are(bridge: Proxy) -> None:
    meta = {**META, "io.modelcontextprotocol/protocolVersion": "2099-01-01"}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    answer = bridge.ask(message, Mcp_Protocol_Version="2099-01-01", Mcp_Method="tools/list")
    assert (answer.status, answer.message["error"]["code"]) == (400, -32022)
    assert VERSION in answer.message["error"]["data"]["supported"]


def test_a_server_that_ends_is_told_and_begun_anew(bridge: Proxy, session: str) -> None:
    (lost,) = bridge.ask(call("die"), Mcp_Session_Id=session).events
    assert lost["result"]["content"][0]["text"].startswith(LOST)
    assert bridge.ask(call("echo"), Mcp_Session_Id=session).status == 404
    assert _modern(bridge, "die").text.startswith(LOST)
    assert _modern(bridge, "echo").message["result"]["content"] == []


def test_a_stream_of_a_session_is_one_and_ends_with_it(bridge: Proxy, session: str) -> None:
    connection = bridge.connect()
    connection.request("GET", "/mcp", None, {"Accept": "text/event-stream", "Mcp-Session-Id": session})
    assert connection.getresponse().status == 200
    assert bridge.ask(None, http="GET", Mcp_Session_Id=session).status == 409
    connection.close()
    until(lambda: bridge.ask(None, http="DELETE", Mcp_Session_Id=session).status == 200)


def test_a_signal_ends_every_process(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    server = ["sh", "-c", 'exec "$0" "$1" "$2/heard-$$"', sys.executable, str(STUB), str(tmp_path)]
    with serve(tmp_path, "--policy", str(tmp_path / "policy.json"), "--anonymous", "me", "--", *server) as proxy:
        assert [proxy.ask(INITIALIZE).status for _ in range(2)] == [200, 200]
        assert _modern(proxy, "echo").status == 200
    numbers = [int(file.name.partition("-")[2]) for file in tmp_path.glob("heard-*")]
    assert len(numbers) == 3
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
