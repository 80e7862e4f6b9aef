"""What the person in front of the client is asked, and what an answer does to the call; no process, no pipe."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.proxy.conftest import call
from validator.audit.log import AuditLog
from validator.live import make_base
from validator.model.decision import Action, Decision
from validator.model.fact import Fact, Kind, Span
from validator.model.finding import Confidence, Finding, Severity
from validator.model.known import UNKNOWN
from validator.model.verdict import Outcome, Verdict
from validator.opening import open_policy
from validator.policy.approval import Reply, State
from validator.policy.approval_store import ApprovalStore
from validator.proxy.judging import decide
from validator.proxy.question import declares_forms, read_reply
from validator.proxy.rounds import CHANGED, FORGED, KEY, Asker
from validator.proxy.session import POSED, Session
from validator.proxy.step import Step
from validator.proxy.summary import summarise
from validator.proxy.waiting import ask_person
from validator.rulebook.load import load_rulebook

MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
}
rulebook = cache(load_rulebook)
APPROVE = {"action": "accept", "content": {"answer": "approve"}}
RULE = {"conditions": [{"path": "call.tool", "op": "exists", "value": True}], "ask": "client", "timeout": "1m"}


@dataclass
class House:
    """A session in front of a store, and the audit of what is decided."""

    folder: Path
    now: float = 1000.0
    policy: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = ApprovalStore(f"sqlite:///{self.folder / 'approvals.db'}")
        self.asker = Asker(tick=0.01)

    def session(self, grant: str = "me", **rest: Any) -> Session:
        file = self.folder / "policy.json"
        tools = {"run": {"approve_if": [RULE]}}
        file.write_text(json.dumps({"version": "1", "default": "deny", "tools": tools, **rest}))
        base = replace(
            make_base(grant, "here", AuditLog(self.folder / "audit.jsonl")),
            approvals=lambda: self.store,
            clock=lambda: self.now,
        )
        gate = open_policy(file, base, rulebook(), base.clock).gate
        return Session(gate, clock=lambda: 0.0, asker=self.asker)

    def greeted(self, capabilities: Any = None, **rest: Any) -> Session:
        """A session of the handshake generation whose client has said what it can do."""
        session = self.session(**rest)
        params = {"capabilities": {"elicitation": {}} if capabilities is None else capabilities}
        session.from_client(say(0, "initialize", **params))
        session.from_upstream(b'{"jsonrpc":"2.0","id":0,"result":{}}')
        return session

    @property
    def states(self) -> list[State]:
        return [request.state for request in self.store.requests(self.now, everything=True)]

    @property
    def rules(self) -> list[str]:
        told = map(json.loads, (self.folder / "audit.jsonl").read_text().splitlines())
        return [record["rule"] for record in told if record["event"] == "decided"]


Reacts: TypeAlias = Callable[[dict[str, Any]], None]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def say(request: object, method: str, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request, "method": method, "params": params}).encode()


def answer(request: object, result: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request, "result": result}).encode()


def cancel(request: object) -> bytes:
    params = {"requestId": request}
    return json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}).encode()


def read(line: bytes | None) -> dict[str, Any]:
    assert line is not None
    told: dict[str, Any] = json.loads(line)
    return told


def text(step: Step) -> str:
    told: str = read(step.client)["result"]["content"][0]["text"]
    return told


def put(session: Session, line: bytes, react: Reacts) -> tuple[Step, list[dict[str, Any]]]:
    """Say a call that is asked about; `react` is what the client does on each line that it hears."""
    held = session.from_client(line)
    assert held.question is not None
    heard: list[dict[str, Any]] = []

    async def tell(told: bytes | None) -> None:
        if told is not None:
            heard.append(json.loads(told))
            react(heard[-1])

    return asyncio.run(ask_person(session, held.question, tell)), heard


def answering(session: Session, result: Any) -> Reacts:
    def react(told: dict[str, Any]) -> None:
        if told["method"] == "elicitation/create":
            assert session.from_client(answer(told["id"], result)).heard

    return react


# The handshake generation: the call is held.


def test_an_approved_call_goes_on_as_it_came(house: House) -> None:
    session = house.greeted()
    step, heard = put(session, call(1, "run", a=1), answering(session, APPROVE))
    assert read(step.upstream) == read(call(1, "run", a=1))
    assert [told["method"] for told in heard] == ["elicitation/create"]
    assert house.states == [State.USED]
    assert house.rules == ["/tools/run/approve_if/call.tool-exists"] * 2


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"action": "accept", "content": {"answer": "deny"}}, "has denied this call"),
        ({"action": "decline"}, "has denied this call"),
        ({"action": "cancel"}, "has not approved this call"),
        ({"action": "accept", "content": {}}, "has denied this call"),
        (None, "has not approved this call"),
    ],
)
def test_every_other_answer_denies_and_the_same_call_is_not_asked_about_again(
    house: House, result: Any, said: str
) -> None:
    session = house.greeted()
    step, _ = put(session, call(1, "run"), answering(session, result))
    assert step.upstream is None
    assert said in text(step)
    assert "a person has denied this call" in text(session.from_client(call(2, "run")))
    assert house.states == [State.DENIED]


def test_an_error_of_the_client_denies(house: House) -> None:
    session = house.greeted()
    error = {"code": -32601, "message": "no"}

    def react(told: dict[str, Any]) -> None:
        session.from_client(json.dumps({"jsonrpc": "2.0", "id": told["id"], "error": error}).encode())

    assert "has not approved" in text(put(session, call(1, "run"), react)[0])


def test_who_does_not_answer_in_time_denies_and_hears_of_life_until_then(house: House) -> None:
    session = house.greeted()
    params = {"name": "run", "arguments": {}, "_meta": {"progressToken": "p"}}
    question = session.from_client(say(1, "tools/call", **params)).question
    assert question is not None
    short = replace(question, decision=replace(question.decision, timeout=0.05))
    session.questions[question.id] = short
    session.asked[1] = replace(session.asked[1], question=short)
    heard: list[dict[str, Any]] = []

    async def tell(line: bytes | None) -> None:
        heard.append(read(line))

    step = asyncio.run(ask_person(session, short, tell))
    assert "nobody has said in time" in text(step)
    progress = [told["params"]["progress"] for told in heard if told["method"] == "notifications/progress"]
    assert len(progress) >= 3
    assert progress == sorted(set(progress))
    assert max(progress) < 0
    assert (heard[-1]["method"], heard[-1]["params"]["requestId"]) == ("notifications/cancelled", question.id)
    assert house.store.requests(house.now) == []


def test_a_second_answer_is_dropped_and_recorded(house: House) -> None:
    session = house.greeted()
    second: list[Step] = []

    def react(told: dict[str, Any]) -> None:
        session.from_client(answer(told["id"], {"action": "decline"}))
        second.append(session.from_client(answer(told["id"], APPROVE)))

    step, _ = put(session, call(1, "run"), react)
    assert "denied" in text(step)
    assert (second[0].upstream, second[0].heard, house.rules[1]) == (None, False, "(unreadable call)")
    assert "answers no question" in second[0].note


def test_a_forged_answer_is_dropped_and_recorded(house: House) -> None:
    session = house.greeted()
    session.from_client(call(1, "run"))
    step = session.from_client(answer(f"{house.asker.mark}0", APPROVE))
    assert (step.upstream, step.heard) == (None, False)
    assert house.rules[-1] == "(unreadable call)"
    assert house.states == [State.PENDING]


def test_to_cancel_the_call_takes_the_question_back_and_the_server_hears_nothing(house: House) -> None:
    session = house.greeted()
    passed: list[Step] = []

    def react(told: dict[str, Any]) -> None:
        if told["method"] == "elicitation/create":
            passed.append(session.from_client(cancel(1)))

    step, heard = put(session, call(1, "run"), react)
    assert (step.upstream, step.client, passed[0].upstream) == (None, None, None)
    assert heard[-1]["params"]["requestId"] == heard[0]["id"]
    assert house.store.requests(house.now) == []
    assert session.from_client(call(1, "run")).question is not None


def test_a_call_that_is_cancelled_after_its_approval_does_not_use_it(house: House) -> None:
    session = house.greeted()
    question = session.from_client(call(1, "run")).question
    assert question is not None
    assert session.from_client(answer(question.id, APPROVE)).heard
    assert session.from_client(cancel(1)).heard
    assert session.resume(question, Reply.APPROVED) == Step()
    assert house.rules[-1] == "(approval)"
    assert house.states == [State.PENDING]
    assert house.store.requests(house.now) == []


def test_a_call_whose_judgment_nobody_waits_for_is_not_asked_about(house: House) -> None:
    session = house.greeted()

    async def leave() -> None:
        deciding = asyncio.create_task(decide(session, call(1, "run")))
        await asyncio.sleep(0)
        deciding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await deciding

    asyncio.run(leave())
    assert (session.asked, session.questions, house.store.requests(house.now)) == ({}, {}, [])


def test_a_client_that_leaves_while_it_is_asked_leaves_nothing_behind(house: House) -> None:
    session = house.greeted()

    def react(told: dict[str, Any]) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        put(session, call(1, "run"), react)
    assert (session.asked, session.questions, house.store.requests(house.now)) == ({}, {}, [])


def test_whoever_waits_and_is_cancelled_leaves_nothing_behind(house: House) -> None:
    session = house.greeted()
    question = session.from_client(call(1, "run")).question
    assert question is not None

    async def leave() -> None:
        asked = asyncio.Event()

        async def tell(_: bytes | None) -> None:
            asked.set()

        waiting = asyncio.create_task(ask_person(session, question, tell))
        await asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(leave())
    assert (session.asked, session.questions, house.store.requests(house.now)) == ({}, {}, [])


@pytest.mark.parametrize("capabilities", [{}, {"elicitation": {"url": {}}}, {"elicitation": True}, []])
def test_a_client_that_cannot_ask_is_told_the_command(house: House, capabilities: Any) -> None:
    step = house.greeted(capabilities).from_client(call(1, "run"))
    assert "pending, approve with `validator approvals approve" in text(step)


def test_without_the_word_of_the_policy_no_client_is_asked(house: House) -> None:
    rule = {key: value for key, value in RULE.items() if key != "ask"}
    session = house.greeted(tools={"run": {"approve_if": [rule]}})
    assert "pending, approve with" in text(session.from_client(call(1, "run")))


@pytest.mark.parametrize("line", [say("{}", "elicitation/create"), cancel("{}")])
def test_a_server_cannot_speak_in_the_name_of_the_proxy(house: House, line: bytes) -> None:
    session = house.greeted()
    question = session.from_client(call(1, "run")).question
    assert question is not None
    step = session.from_upstream(line.replace(b"{}", question.id.encode(), 1))
    assert step.client is None
    assert POSED in step.note


def test_a_question_of_the_server_and_its_answer_pass_as_they_are(house: House) -> None:
    session = house.greeted()
    asked = say("validator-0-1", "elicitation/create", message="?")
    assert session.from_upstream(asked).client == asked
    told = answer("validator-0-1", APPROVE)
    assert read(session.from_client(told).upstream) == read(told)


# 2026-07-28: the call comes back with the question.


def modern(request: object = 1, meta: Any = None, tool: str = "run", arguments: Any = None, **rest: Any) -> bytes:
    params = {"name": tool, "arguments": arguments or {}, "_meta": MODERN if meta is None else meta, **rest}
    return say(request, "tools/call", **params)


def asked_back(step: Step) -> str:
    """The state of the result that asks."""
    result = read(step.client)["result"]
    assert (result["resultType"], list(result["inputRequests"])) == ("input_required", [KEY])
    assert result["inputRequests"][KEY]["method"] == "elicitation/create"
    state: str = result["requestState"]
    return state


def retried(state: str, result: Any = APPROVE, **rest: Any) -> bytes:
    return modern(2, inputResponses={KEY: result}, requestState=state, **rest)


def test_an_approved_retry_goes_on_without_what_is_ours(house: House) -> None:
    session = house.session()
    step = session.from_client(retried(asked_back(session.from_client(modern()))))
    assert read(step.upstream) == read(modern(2))
    assert house.states == [State.USED]


@pytest.mark.parametrize(("action", "said"), [("decline", "has denied"), ("cancel", "has not approved")])
def test_a_retry_that_denies_is_denied(house: House, action: str, said: str) -> None:
    session = house.session()
    step = session.from_client(retried(asked_back(session.from_client(modern())), {"action": action}))
    assert said in text(step)
    assert house.states == [State.DENIED]


def test_a_state_counts_once(house: House) -> None:
    session = house.session()
    state = asked_back(session.from_client(modern()))
    assert session.from_client(retried(state)).upstream is not None
    session.from_upstream(answer(2, {}))
    assert "counts for nothing: it does not wait for an answer: it is used" in text(session.from_client(retried(state)))


def test_a_state_ends_with_its_request(house: House) -> None:
    session = house.session()
    state = asked_back(session.from_client(modern()))
    house.now += 60
    assert "it is expired" in text(session.from_client(retried(state)))


def test_a_state_holds_for_no_other_arguments(house: House) -> None:
    session = house.session()
    state = asked_back(session.from_client(modern()))
    assert CHANGED in text(session.from_client(retried(state, arguments={"a": 1})))
    assert house.rules[-1] == "(unreadable call)"
    assert house.states == [State.PENDING]


@pytest.mark.parametrize(
    "spoil", [lambda state: state[:-1] + "x", lambda state: state[:-64], lambda state: state + "é"]
)
def test_a_forged_state_is_refused(house: House, spoil: Callable[[str], str]) -> None:
    session = house.session()
    state = asked_back(session.from_client(modern()))
    assert FORGED in text(session.from_client(retried(spoil(state))))


def test_the_state_of_another_grant_is_refused(house: House) -> None:
    state = asked_back(house.session("other").from_client(modern()))
    house.asker = Asker(house.asker.mark)
    assert FORGED in text(house.session("me").from_client(retried(state)))


def test_no_key_makes_the_state_of_another_grant_count(house: House) -> None:
    state = asked_back(house.session("other").from_client(modern()))
    assert "the answer is to another question" in text(house.session("me").from_client(retried(state)))


def test_a_retry_without_an_answer_is_asked_about_again(house: House) -> None:
    session = house.session()
    state = asked_back(session.from_client(modern()))
    asked_back(session.from_client(modern(2, requestState=state)))
    assert len(house.states) == 1


@pytest.mark.parametrize("capabilities", [{}, {"elicitation": {"url": {}}}])
def test_a_request_that_declares_no_form_is_told_the_command(house: House, capabilities: Any) -> None:
    step = house.session().from_client(
        modern(meta={**MODERN, "io.modelcontextprotocol/clientCapabilities": capabilities})
    )
    assert "pending, approve with `validator approvals approve" in text(step)


def test_the_rounds_of_the_server_pass_as_they_are_and_need_no_second_approval(house: House) -> None:
    session = house.session()
    session.from_client(retried(asked_back(session.from_client(modern()))))
    asks = answer(2, {"resultType": "input_required", "inputRequests": {"name": {}}, "requestState": "theirs"})
    assert session.from_upstream(asks).client == asks
    again = modern(3, inputResponses={"name": {"action": "accept"}}, requestState="theirs")
    assert read(session.from_client(again).upstream) == read(again)
    session.from_upstream(answer(3, {"resultType": "complete", "content": []}))
    assert house.states == [State.USED]
    asked_back(session.from_client(modern(4)))


def test_what_a_call_carries_for_the_server_survives_a_question_of_ours(house: House) -> None:
    session = house.session()
    theirs = {"inputResponses": {"name": {"action": "accept"}}, "requestState": "theirs"}
    state = asked_back(session.from_client(modern(1, **theirs)))
    assert read(session.from_client(retried(state)).upstream) == read(modern(2, **theirs))


# The question.

VERDICT = Verdict(
    Outcome.REVIEW,
    45,
    (
        Finding("upload", Severity.HIGH, Confidence.HIGH, 45, "talks to\n[x](https://e.example)", "", Fact(Kind.CALL, "network.connect", "n", {}, Span(3, 1, 3, 2))),
        Finding("mild", Severity.LOW, Confidence.LOW, 5, "mild", "", Fact(Kind.CALL, "fs.delete", "n", {})),
    ),
    (
        Fact(Kind.IMPORT, "import", "os", {"module": "os"}),
        Fact(Kind.CALL, "fs.delete", "os.remove", {"path": "build"}),
        Fact(Kind.CALL, "network.connect", "post", {"url": "https://me:hunter2@e.example/?token=abcdef123456", "data": "x"}),
        *(Fact(Kind.CALL, "fs.read", "open", {"path": f"{number}\u202e`"}) for number in range(5)),
        Fact(Kind.CALL, "process.spawn", "run", {"command": UNKNOWN}),
    ),
    ("fs.delete", "fs.read", "import", "network.connect", "process.spawn"),
    "d" * 64,
    "balanced",
)  # fmt: skip


def test_the_question_is_three_plain_lines_worst_first() -> None:
    lines = summarise("run", Decision(Action.ASK, "(verdict)", verdict=VERDICT, approval="ab12")).split("\n")
    assert len(lines) == 3
    assert lines[0].startswith("run would use: network.connect (https://")
    assert "fs.delete (build), fs.read (0\\x202e', 1\\x202e', 2\\x202e', and 2 more)" in lines[0]
    assert lines[0].endswith("process.spawn ({…}), import (os)")
    assert lines[1].startswith("Worst, line 3: talks to\\x0a(x)(https://e.example) (upload); score 45 of 100")
    assert lines[2] == "All of it: validator approvals show ab12"


def test_the_question_tells_no_secrets_and_no_novel() -> None:
    verdict = replace(VERDICT, facts=(*VERDICT.facts, Fact(Kind.CALL, "fs.delete", "n", {"path": "x" * 5000})))
    told = summarise("run", Decision(Action.ASK, "(verdict)", verdict=verdict, approval="ab12"))
    assert "hunter2" not in told
    long = Fact(Kind.CALL, "network.connect", "n", {"url": f"https://{'m' * 40}:hunter2hunter2@e.example/"})
    verdict = replace(VERDICT, findings=(), facts=(long,), capabilities=("network.connect",))
    assert "hunter" not in summarise("run", Decision(Action.ASK, "(verdict)", verdict=verdict, approval="ab12"))
    assert "abcdef123456" not in told
    assert len(told) < 600


def test_a_call_without_code_is_asked_about_by_its_rule() -> None:
    told = summarise("send\nmail", Decision(Action.ASK, "/tools/send/approve_if/1", approval="ab12"))
    assert told.split("\n")[:2] == [
        "send\\x0amail would use: nothing that we know",
        "Asked by /tools/send/approve_if/1",
    ]


@pytest.mark.parametrize(
    ("result", "reply"),
    [
        (APPROVE, Reply.APPROVED),
        ({"action": "accept", "content": {"answer": True}}, Reply.DENIED),
        ({"action": "decline", "content": {"answer": "approve"}}, Reply.DENIED),
        ({"action": "cancel", "content": {"answer": "approve"}}, Reply.DISMISSED),
        ({"content": {"answer": "approve"}}, Reply.DISMISSED),
        (["accept"], Reply.DISMISSED),
    ],
)
def test_only_an_approval_is_one(result: Any, reply: Reply) -> None:
    assert read_reply(result) is reply


@pytest.mark.parametrize(
    ("declared", "able"),
    [({}, True), ({"form": {}}, True), ({"form": {}, "url": {}}, True), ({"url": {}}, False), (None, False)],
)
def test_a_client_can_ask_if_it_says_so(declared: Any, able: bool) -> None:
    assert declares_forms({"elicitation": declared}) is able
