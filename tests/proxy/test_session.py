"""What a session forwards, refuses, remembers and forgets; no process, no pipe."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.proxy.conftest import POLICY, call
from validator.audit.log import AuditLog
from validator.gate import Admission, Gate
from validator.intake.tools import load_tools
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.verdict import Outcome, Verdict
from validator.policy.load import load_policy
from validator.policy.memory import MemoryStore
from validator.proxy.pipes import open_writer, read_lines
from validator.proxy.pump import StdioPump
from validator.proxy.session import Session
from validator.proxy.step import Step

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
Audit: TypeAlias = Callable[[], list[dict[str, Any]]]


def _judge(argument: Argument) -> Verdict:
    outcome = Outcome.DENY if "danger" in str(argument.content) else Outcome.ALLOW
    return Verdict(outcome, 0, (), (), (), argument.digest(), "balanced")


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    return Gate(
        load_policy(tmp_path / "policy.json"),
        _judge,
        load_tools(),
        MemoryStore(),
        AuditLog(tmp_path / "audit.jsonl"),
        clock=lambda: 1000.0,
    )


@pytest.fixture
def session(gate: Gate) -> Session:
    return Session(gate, clock=iter(range(1000)).__next__)


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return lambda: [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]


def _answer(request: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request, "result": {}}).encode()


def _cancel(request: object) -> bytes:
    params = {"requestId": request}
    return json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}).encode()


def _told(line: bytes | None) -> dict[str, Any]:
    assert line is not None
    told: dict[str, Any] = json.loads(line)
    return told


def test_a_call_that_is_allowed_goes_on_as_it_was_judged(session: Session) -> None:
    step = session.from_client(call(1, "run_python_code", code="1 + 1"))
    assert _told(step.upstream) == _told(call(1, "run_python_code", code="1 + 1"))
    assert step.client is None


def test_a_call_that_is_denied_goes_nowhere(session: Session) -> None:
    step = session.from_client(call(1, "run_python_code", code="danger"))
    assert step.upstream is None
    assert _told(step.client)["result"]["isError"] is True
    assert not session.asked


def test_a_modern_client_gets_a_modern_refusal(session: Session) -> None:
    meta = b'"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}'
    line = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret",%s}}' % meta
    assert _told(session.from_client(line).client)["result"]["resultType"] == "complete"


@pytest.mark.parametrize("request_id", ["1", 2, 1.0, True, None])
def test_an_answer_to_another_id_is_dropped(session: Session, request_id: object) -> None:
    session.from_client(PING)
    step = session.from_upstream(_answer(request_id))
    assert step.client is None
    assert "dropped" in step.note
    assert session.from_upstream(_answer(1)).client == _answer(1)


def test_a_second_answer_is_dropped(session: Session) -> None:
    session.from_client(PING)
    assert session.from_upstream(_answer(1)).client is not None
    assert session.from_upstream(_answer(1)).client is None


@pytest.mark.parametrize("line", [PING, call(1, "echo")])
def test_an_id_that_is_in_use_cannot_be_used_again(session: Session, line: bytes) -> None:
    session.from_client(PING)
    step = session.from_client(line)
    assert step.upstream is None
    assert _told(step.client)["id"] is None
    session.from_upstream(_answer(1))
    assert session.from_client(line).upstream is not None


def test_a_cancelled_call_gets_no_answer_and_keeps_its_quota(session: Session, audit: Audit) -> None:
    session.from_client(call(1, "scarce"))
    assert session.from_client(_cancel(1)).upstream is not None
    assert session.from_upstream(_answer(1)).client is None
    assert session.from_client(call(2, "scarce")).upstream is None
    assert [record.get("outcome") for record in audit()] == [None, "cancelled", None]


@pytest.mark.parametrize("request_id", [True, 1.0, "1", None])
def test_only_the_exact_id_cancels_a_call(session: Session, request_id: object) -> None:
    session.from_client(PING)
    session.from_client(_cancel(request_id))
    assert session.from_upstream(_answer(1)).client is not None


@pytest.mark.parametrize(
    ("code", "again"),
    [
        (-32700, True),
        (-32600, True),
        (-32601, True),
        (-32602, True),
        (-32603, False),
        (-32000, False),
        ("-32601", False),
    ],
)
def test_quota_comes_back_only_if_the_error_says_that_nothing_ran(session: Session, code: object, again: bool) -> None:
    session.from_client(call(1, "scarce"))
    error = {"code": code, "message": "no"}
    session.from_upstream(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode())
    assert (session.from_client(call(2, "scarce")).upstream is not None) is again


def test_a_call_that_is_judged_when_the_server_has_gone_is_not_sent_and_gets_its_quota_back(
    session: Session, audit: Audit, tmp_path: Path
) -> None:
    async def talk() -> None:
        with (tmp_path / "client").open("wb") as client, (tmp_path / "server").open("wb") as server:
            pump = StdioPump(session, await open_writer(client), await open_writer(server))
            pump.close_upstream()
            reader = asyncio.StreamReader()
            reader.feed_data(call(1, "scarce") + b"\n")
            reader.feed_eof()
            await pump.carry_inward(read_lines(reader))
            await pump.finish()

    asyncio.run(talk())
    assert (tmp_path / "server").read_bytes() == b""
    assert b"did not run" in (tmp_path / "client").read_bytes()
    assert [record.get("outcome") for record in audit()] == [None, "not run"]


def test_a_call_that_the_server_took_with_it_keeps_its_quota(session: Session, audit: Audit) -> None:
    session.from_client(call(1, "scarce"))
    assert len(list(session.upstream_ended())) == 1
    assert session.from_client(call(2, "scarce")).upstream is None
    assert [record.get("outcome") for record in audit()] == [None, "lost", None]


def test_a_call_that_never_reached_the_server_gets_its_quota_back(session: Session, audit: Audit) -> None:
    assert session.from_client(call(1, "scarce")).request == 1
    answer = _told(session.undelivered(1).client)["result"]
    assert "did not run" in answer["content"][0]["text"]
    assert session.undelivered(1).client is None
    assert session.from_client(call(2, "scarce")).upstream is not None
    assert [record.get("outcome") for record in audit()] == [None, "not run", None]


END: list[Callable[[Session], object]] = [
    lambda session: session.from_upstream(_answer(1)),
    lambda session: session.from_upstream(b'{"jsonrpc":"2.0","id":1,"error":{"code":0,"message":"cancelled"}}'),
    lambda session: list(session.upstream_ended()),
]


@pytest.mark.parametrize("end", END)
def test_a_cancelled_call_holds_its_place_until_the_server_answers_or_ends(session: Session, end: Any) -> None:
    session.from_client(call(1, "single"))
    session.from_client(_cancel(1))
    assert session.from_client(call(2, "single")).upstream is None
    end(session)
    assert session.from_client(call(3, "single")).upstream is not None


def test_an_answer_that_comes_while_its_call_is_cancelled_ends_the_call(gate: Gate) -> None:
    session = Session(gate, clock=lambda: 0.0)
    session.from_client(call(1, "single"))
    answers = threading.Thread(target=session.from_upstream, args=[_answer(1)])

    def interrupted() -> float:
        if answers.ident is None:
            answers.start()
            answers.join(timeout=0.1)  # it has to wait until the call is cancelled, or is through by then
        return 0.0

    session.clock = interrupted
    session.from_client(_cancel(1))
    answers.join(timeout=30)
    assert session.from_client(call(2, "single")).upstream is not None


@pytest.mark.parametrize("line", [PING, call(1, "echo")])
def test_the_id_of_a_cancelled_request_is_free_again_once_it_is_answered(session: Session, line: bytes) -> None:
    session.from_client(call(1, "echo"))
    session.from_client(_cancel(1))
    assert session.from_client(line).upstream is None
    assert session.from_upstream(_answer(1)).client is None
    assert session.from_client(line).upstream is not None


def test_what_is_kept_of_cancelled_calls_is_bounded(session: Session) -> None:
    for number in range(1_100):
        session.from_client(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}' % number)
        session.from_client(_cancel(number))
    assert (len(session.cancelled), len(session.asked)) == (1_000, 0)


def test_when_the_server_ends_every_request_is_answered_once(session: Session) -> None:
    session.from_client(PING)
    session.from_client(call(2, "echo"))
    lost = [_told(line) for line in session.upstream_ended()]
    assert [answer["id"] for answer in lost] == [1, 2]
    assert lost[0]["error"]["code"] == -32603
    assert lost[1]["result"]["isError"] is True
    assert not list(session.upstream_ended())


def test_the_audit_tells_how_long_a_call_took(session: Session, audit: Audit) -> None:
    session.from_client(call(1, "echo"))
    session.from_upstream(_answer(1))
    assert [record["milliseconds"] for record in audit() if record["event"] == "settled"] == [1000.0]


def test_what_goes_on_is_the_call_that_was_judged_and_the_answer_says_what_was_changed(
    session: Session, gate: Gate, tmp_path: Path, audit: Audit
) -> None:
    policy = {"version": "1", "default": "deny", "tools": {"echo": {"force": {"args.mode": "safe"}}}}
    (tmp_path / "other.json").write_text(json.dumps(policy))
    session.gate = replace(gate, policy=load_policy(tmp_path / "other.json"))
    step = session.from_client(call(1, "echo", mode="wild", deep={"x": 1.5}))
    assert step.upstream is not None
    assert _told(step.upstream)["params"] == {"name": "echo", "arguments": {"mode": "safe", "deep": {"x": 1.5}}}
    answer = _told(session.from_upstream(_answer(1)).client)
    assert answer["result"]["_meta"] == {"validator/changed": ["args.mode"]}
    assert audit()[0]["changed"] == ["args.mode"]


def test_a_flood_of_junk_is_told_only_at_every_doubling(session: Session) -> None:
    notes = [session.from_upstream(b"junk").note for _ in range(100)]
    assert [index + 1 for index, note in enumerate(notes) if note] == [1, 2, 4, 8, 16, 32, 64]


def test_an_empty_line_is_nothing(session: Session, audit: Audit) -> None:
    for step in (session.from_client(b" \r"), session.from_upstream(b"")):
        assert (step.upstream, step.client, step.note) == (None, None, "")
    assert audit() == []


def test_a_line_that_was_too_long_is_refused_by_the_client_side_and_dropped_on_the_other(session: Session) -> None:
    assert _told(session.from_client(None).client)["error"]["code"] == -32700
    assert "dropped" in session.from_upstream(None).note


def test_an_id_is_taken_before_its_call_is_judged(session: Session, gate: Gate) -> None:
    twin: list[Step] = []

    def judge(argument: Argument) -> Verdict:
        twin.append(session.from_client(call(1, "echo")))
        return _judge(argument)

    session.gate = replace(gate, judge=judge)
    assert session.from_client(call(1, "run_python_code", code="1")).upstream is not None
    assert twin[0].upstream is None


def test_a_call_that_is_cancelled_while_it_is_judged_goes_nowhere(session: Session, gate: Gate, audit: Audit) -> None:
    def judge(argument: Argument) -> Verdict:
        session.from_client(_cancel(1))
        return _judge(argument)

    session.gate = replace(gate, judge=judge)
    step = session.from_client(call(1, "run_python_code", code="1"))
    assert (step.upstream, step.client) == (None, None)
    assert audit()[-1]["outcome"] == "not run"
    assert session.from_client(call(1, "echo")).upstream is not None


def test_an_answer_is_repeated_only_to_who_asks_for_that_and_only_if_it_is_known(session: Session) -> None:
    session.remembered = 1
    for request in (1, 2):
        session.from_client(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}' % request)
        session.from_upstream(_answer(request))
    assert session.from_upstream(_answer(2)).client is None
    assert session.from_upstream(_answer(2), repeated=True).client == _answer(2)
    assert session.from_upstream(_answer(1), repeated=True).client is None


def test_a_repeated_list_of_tools_is_as_short_as_the_first(session: Session) -> None:
    session.remembered = 1
    session.from_client(b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}')
    line = b'{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"secret"}]}}'
    for step in (session.from_upstream(line), session.from_upstream(line, repeated=True)):
        assert _told(step.client)["result"]["tools"] == []


def test_who_leaves_keeps_its_quota_and_the_late_answer_is_dropped(session: Session, audit: Audit) -> None:
    session.from_client(call(1, "scarce"))
    session.abandon(1)
    assert session.from_upstream(_answer(1)).client is None
    assert audit()[-1]["outcome"] == "cancelled"
    assert session.from_client(call(2, "scarce")).upstream is None


def test_the_gate_hears_over_which_connection_a_call_came(gate: Gate) -> None:
    heard: list[str] = []

    class Listening(Gate):
        def inspect(self, call: Call) -> Admission:
            heard.append(call.connection)
            return super().inspect(call)

    listening = Listening(gate.policy, gate.judge, gate.tools, gate.store)
    for name in ("one", "two", ""):
        Session(listening, clock=lambda: 0.0, connection=name).from_client(call(1, "scarce"))
    assert heard == ["one", "two", ""]
