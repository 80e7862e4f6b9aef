"""Approvals in the conversation, as clients of both generations meet them: every pairing of transports, real on both sides."""

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

from tests.proxy.http.conftest import Proxy, call, environment, serve, until
from tests.proxy.http.upstream import Upstream
from validator.policy.approval_store import ApprovalStore

ROOT: Final = Path(__file__).parents[3]
RUN: Final = (
    f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); runpy.run_module('tests.everything', run_name='__main__')"
)
SERVER: Final = (sys.executable, "-c", RUN)
ASKING: Final = {"conditions": [{"path": "call.tool", "op": "exists", "value": True}], "ask": "client"}
POLICY: Final = {"version": "1", "default": "allow", "all_tools": {"approve_if": [ASKING]}}
# Each asks the user itself, which must not be mistaken for the question of the proxy, nor the other way round.
TOOLS: Final = {"legacy": "test_elicitation", "2026-07-28": "test_input_required_result_elicitation"}
OURS: Final = "All of it: validator approvals show "
YES: Final = ElicitResult(action="accept", content={"answer": "approve"})
ANSWERS: Final = {"yes": YES, "no": ElicitResult(action="decline"), "away": ElicitResult(action="cancel")}
NUMBERS: Final = count()
INITIALIZE: Final = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"elicitation": {}},
        "clientInfo": {"name": "bare", "version": "1"},
    },
}
Connect: TypeAlias = Callable[[str, Any], Any]
Hold: TypeAlias = Callable[..., "Held"]
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The server over HTTP."""
    process = subprocess.Popen([*SERVER, "--port", "0"], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    yield process.stderr.readline().split()[-1]
    process.terminate()
    process.communicate(timeout=30)


@pytest.fixture(scope="module", params=["stdio", "http"])
def back(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What stands behind the proxy."""
    return ("--", *SERVER) if request.param == "stdio" else ("--upstream", request.getfixturevalue("address"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asking")
    (folder / "policy.json").write_text(json.dumps(POLICY))
    return folder


@pytest.fixture(scope="module", params=["stdio", "http"])
def connect(request: pytest.FixtureRequest, back: tuple[str, ...], folder: Path) -> Iterator[Connect]:
    """Connect the SDK's own client to a proxy."""
    options = ["--policy", str(folder / "policy.json")]
    if request.param == "http":
        with serve(folder, *options, "--anonymous", "default", *back) as proxy:
            yield lambda generation, asked: _client(streamable_http_client(proxy.url), generation, asked)
        return
    command = ["-m", "validator", "proxy", *options, *back]
    parameters = StdioServerParameters(command=sys.executable, args=command, env=environment(folder), cwd=ROOT)
    with (folder / "log").open("a") as log:
        yield lambda generation, asked: _client(stdio_client(parameters, errlog=log), generation, asked)


@asynccontextmanager
async def _client(transport: Any, generation: str, asked: Any) -> AsyncIterator[Client]:
    async with Client(transport, mode=generation, elicitation_callback=asked) as client:
        yield client


def text(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


@pytest.mark.parametrize("generation", list(TOOLS))
def test_the_person_in_front_of_the_client_decides(connect: Connect, generation: str) -> None:
    ours: list[str] = []

    async def asked(_: object, params: ElicitRequestParams) -> ElicitResult:
        if OURS not in params.message:
            return ElicitResult(action="accept", content={"name": "Ada", "username": "ada", "email": "a@example.com"})
        ours.append(params.message)
        return ANSWERS[word[0]]

    word: list[str] = []

    async def talk() -> list[str]:
        said = []
        async with connect(generation, asked) as client:
            for word[:] in ["yes"], ["no"], ["away"]:
                # A call that was denied stays denied for a while, so each is another one.
                said.append(text(await client.call_tool(TOOLS[generation], {"message": f"{next(NUMBERS)}"})))
        return said

    yes, no, away = anyio.run(talk)
    assert "ada" in yes.lower()
    assert no.startswith("[POLICY DENIED] the person in front of the client has denied this call\nRule: (approval)")
    assert away.startswith(
        "[POLICY DENIED] the person in front of the client was asked, and has not approved this call"
    )
    assert len(ours) == 3
    assert ours[0].split("\n")[0] == f"{TOOLS[generation]} would use: nothing that we know"


@pytest.mark.parametrize("generation", list(TOOLS))
def test_a_client_that_cannot_ask_is_told_the_command(connect: Connect, generation: str) -> None:
    async def talk() -> str:
        async with connect(generation, None) as client:
            return text(await client.call_tool(TOOLS[generation], {"message": f"{next(NUMBERS)}"}))

    assert "pending, approve with `validator approvals approve " in anyio.run(talk)


def test_a_client_on_stdio_that_says_no_more_is_refused_what_it_would_be_asked_about(
    back: tuple[str, ...], folder: Path
) -> None:
    said = [INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"}, call("echo", 7, n=6)]
    done = subprocess.run(
        [sys.executable, "-m", "validator", "proxy", "--policy", str(folder / "policy.json"), *back],
        input="".join(json.dumps(message) + "\n" for message in said),
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["method"] for each in told if "method" in each] == ["elicitation/create", "notifications/cancelled"]
    (refused,) = [each for each in told if each.get("id") == 7]
    assert "the call was taken back before anybody had approved it" in refused["result"]["content"][0]["text"]
    assert "Traceback" not in done.stderr


# Over HTTP, by hand.


@pytest.fixture(scope="module")
def proxy(back: tuple[str, ...], folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy of its own, whose store nobody else uses."""
    options = ("--policy", str(folder / "policy.json"), "--anonymous", "default")
    with serve(tmp_path_factory.mktemp("proxy"), *options, *back) as started:
        yield started


@pytest.fixture
def store(proxy: Proxy) -> Iterator[ApprovalStore]:
    store = ApprovalStore(f"sqlite:///{proxy.folder / 'state' / 'approvals.db'}")
    yield store
    store.close()


class Held:
    """A call that is held, in a session of its own: its stream, and the question that came by it."""

    def __init__(self, proxy: Proxy, tool: str, **arguments: object) -> None:
        begun = proxy.ask(INITIALIZE)
        self.proxy = proxy
        self.session = {"Mcp-Session-Id": begun.headers["mcp-session-id"]}
        proxy.ask({"jsonrpc": "2.0", "method": "notifications/initialized"}, **self.session)
        self.connection = proxy.connect()
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **self.session}
        self.connection.request("POST", urlsplit(proxy.url).path, json.dumps(call(tool, 7, **arguments)), headers)
        self.stream = self.connection.getresponse()
        self.question = self.event()

    def close(self) -> None:
        self.stream.close()
        self.connection.close()

    def event(self) -> Any:
        """The next message of the stream."""
        for line in self.stream:
            if line.startswith(b"data:") and line[5:].strip():
                return json.loads(line[5:])
        return None

    def say(self, message: object) -> int:
        return self.proxy.ask(message, **self.session).status

    def answer(self, action: str, request: str | None = None, **content: str) -> int:
        result = {"action": action, "content": content}
        return self.say({"jsonrpc": "2.0", "id": request or self.question["id"], "result": result})


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Make calls that are held, and leave them at the end."""
    with ExitStack() as stack:
        yield lambda proxy, tool, **arguments: stack.enter_context(closing(Held(proxy, tool, **arguments)))


def test_a_second_or_forged_answer_is_refused_and_the_first_one_holds(proxy: Proxy, hold: Hold) -> None:
    held = hold(proxy, "echo", n=1)
    assert held.question["method"] == "elicitation/create"
    assert held.answer("accept", held.question["id"][:-1], answer="approve") == 400
    assert held.answer("decline") == 202
    assert held.answer("accept", answer="approve") == 400
    assert "has denied this call" in held.event()["result"]["content"][0]["text"]
    assert held.event() is None


def test_an_answer_from_another_session_is_refused(proxy: Proxy, hold: Hold) -> None:
    held, other = hold(proxy, "echo", n=2), hold(proxy, "echo", n=3)
    assert other.answer("accept", held.question["id"], answer="approve") == 400
    assert held.answer("decline") == 202


def test_to_cancel_the_call_takes_the_question_back(proxy: Proxy, store: ApprovalStore, hold: Hold) -> None:
    held = hold(proxy, "echo", n=4)
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    assert held.say(cancelled) == 202
    assert held.event()["params"]["requestId"] == held.question["id"]
    assert held.event()["error"]["code"] == -32800
    assert not _waits(store, 4)


def test_a_client_that_leaves_takes_its_question_back(proxy: Proxy, store: ApprovalStore, hold: Hold) -> None:
    held = hold(proxy, "echo", n=5)
    assert _waits(store, 5)
    held.close()
    until(lambda: not _waits(store, 5))


def test_what_the_server_answers_with_a_bad_status_is_told_on_the_stream(
    upstream: Upstream, folder: Path, tmp_path: Path, hold: Hold
) -> None:
    options = ("--policy", str(folder / "policy.json"), "--anonymous", "default", "--upstream", upstream.url)
    with serve(tmp_path, *options) as proxy:
        held = hold(proxy, "turned-away")
        assert held.answer("accept", answer="approve") == 202
        assert held.event() == {
            "jsonrpc": "2.0",
            "id": 7,
            "error": {"code": -32603, "message": "the server answered with status 400"},
        }


def _waits(store: ApprovalStore, number: int) -> bool:
    return any(json.loads(each.petition.arguments) == {"n": number} for each in store.requests(time.time()))
