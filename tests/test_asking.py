"""What the gate does with calls that a person has to approve, on a real store."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from validator.gate import Admission, Gate
from validator.live import make_base
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action
from validator.model.errors import ApprovalError, Problem
from validator.model.fact import Fact, Kind
from validator.model.verdict import Outcome, Verdict
from validator.opening import open_policy
from validator.policy.approval import Approvals, Reply, Request, State
from validator.policy.approval_store import ApprovalStore
from validator.rulebook.load import Rulebook, load_rulebook

Build: TypeAlias = Callable[..., Gate]
THREADS = 16
START = 1000.0


def judge(argument: Argument) -> Verdict:
    """What says `harm` is denied, what says `doubt` needs a review; the second word is what it does."""
    word, _, deed = str(argument.content).partition(" ")
    outcome = {"harm": Outcome.DENY, "doubt": Outcome.REVIEW}.get(word, Outcome.ALLOW)
    facts = (Fact(Kind.CALL, "fs.delete", "os.remove", {"path": deed.partition("#")[0]}),) if deed else ()
    return Verdict(outcome, 40, (), facts, (), argument.digest(), "balanced")


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def store(tmp_path: Path) -> ApprovalStore:
    return ApprovalStore(f"sqlite:///{tmp_path / 'approvals.db'}")


@pytest.fixture
def build(tmp_path: Path, store: ApprovalStore, book: Rulebook) -> Build:
    """A gate under a policy that asks about all that is in doubt, and what else is given."""

    def build(tool: dict[str, Any] | None = None, now: float = START, grant: str = "me", **rest: Any) -> Gate:
        file = tmp_path / "policy.json"
        tools = {"run_python_code": tool or {}}
        file.write_text(json.dumps({"version": "1", "default": "deny", "code": {}, "tools": tools, **rest}))
        base = replace(make_base(grant, "here", None), approvals=lambda: store, clock=lambda: now)
        return replace(open_policy(file, base, book, base.clock).gate, judge=judge, judge_next=None)

    return build


def call(code: str = "doubt", **arguments: Any) -> Call:
    return Call("run_python_code", {"code": code, **arguments})


def passes(admission: Admission) -> bool:
    return admission.decision.action is Action.FORWARD


def approve(store: ApprovalStore, admission: Admission, **rest: Any) -> None:
    store.approve(admission.decision.approval, "me", START, **rest)


def test_a_call_in_doubt_waits_for_a_person_and_says_how(build: Build) -> None:
    decision = build().inspect(call()).decision
    assert (decision.action, decision.rule) == (Action.ASK, "(verdict)")
    assert f"pending, approve with `validator approvals approve {decision.approval}`, then retry" in decision.message


def test_an_approved_call_passes_exactly_once(build: Build, store: ApprovalStore) -> None:
    gate = build()
    approve(store, gate.inspect(call()))
    passed = gate.inspect(call())
    assert passes(passed)
    assert passed.decision.approval != ""
    assert not passes(gate.inspect(call()))


def test_of_sixteen_retries_at_once_one_passes(build: Build, store: ApprovalStore) -> None:
    gate = build({"limits": [{"counter": "c", "window": "day", "max": 16}]})
    approve(store, gate.inspect(call()))
    with ThreadPoolExecutor(THREADS) as pool:
        admissions = list(pool.map(lambda _: gate.inspect(call()), range(THREADS)))
    assert sum(map(passes, admissions)) == 1
    # The others gave back what they had reserved.
    assert sum(passes(gate.inspect(call("plain"))) for _ in range(16)) == 15


@pytest.mark.parametrize(
    "change",
    [
        {"grant": "another"},
        {"now": START + 1200},
        {"hide": ["other"]},
        {"code": {"settings": {"allowed_hosts": "a.example"}}},
    ],
)
def test_an_approval_ends_with_grant_time_and_policy(build: Build, store: ApprovalStore, change: Any) -> None:
    approve(store, build().inspect(call()))
    assert not passes(build(**change).inspect(call()))
    assert passes(build().inspect(call()))


def test_an_approval_ends_when_the_settings_file_changes(tmp_path: Path, build: Build, store: ApprovalStore) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("settings: {allowed_hosts: a.example}\n")
    approve(store, build(code={"settings_file": "site.yaml"}).inspect(call()))
    site.write_text("settings: {allowed_hosts: b.example}\n")
    assert not passes(build(code={"settings_file": "site.yaml"}).inspect(call()))


def test_deny_beats_approval(build: Build, store: ApprovalStore) -> None:
    asking = {"approve_if": [{"conditions": [{"path": "args.code", "op": "exists", "value": True}]}]}
    decision = build(asking).inspect(call("harm")).decision
    assert (decision.action, decision.rule) == (Action.REFUSE, "(verdict)")
    assert store.requests(START) == []


def test_approval_beats_limit_and_a_limit_uses_up_no_approval(build: Build, store: ApprovalStore) -> None:
    gate = build({"limits": [{"counter": "c", "window": "minute", "max": 1}]})
    assert passes(gate.inspect(call("plain")))
    asked = gate.inspect(call())
    assert asked.decision.action is Action.ASK
    approve(store, asked)
    assert gate.inspect(call()).decision.rule == "/tools/run_python_code/limits/c"
    assert passes(replace(gate, clock=lambda: START + 60).inspect(call()))


def test_a_rule_says_how_long_it_waits(build: Build, store: ApprovalStore) -> None:
    conditions = [{"path": "args.code", "op": "exists", "value": True}]
    build({"approve_if": [{"conditions": conditions, "timeout": "2m"}]}).inspect(call("plain"))
    assert [request.expires for request in store.requests(START)] == [START + 120]


@pytest.mark.parametrize(("on_review", "action"), [("ask", "ask"), ("refuse", "refuse"), ("allow", "forward")])
def test_the_policy_says_what_a_review_means(build: Build, on_review: str, action: str) -> None:
    assert build(code={"on_review": on_review}).inspect(call()).decision.action == action


def test_a_gate_that_can_ask_nobody_refuses(build: Build) -> None:
    decision = replace(build(), approvals=None).inspect(call()).decision
    assert decision.action is Action.REFUSE
    assert decision.message.endswith("this gate has no way to ask a person")


def test_a_denied_call_is_refused_with_the_reason(build: Build, store: ApprovalStore) -> None:
    gate = build()
    store.deny(gate.inspect(call()).decision.approval, "me", "not today", START)
    decision = gate.inspect(call()).decision
    assert (decision.action, decision.message) == (Action.REFUSE, "a person has denied this call: not today")


def test_approved_facts_let_other_code_through(build: Build, store: ApprovalStore) -> None:
    gate = build()
    approve(store, gate.inspect(call("doubt a.txt")), permitted_for=60.0)
    assert [passes(gate.inspect(call("doubt a.txt#again"))) for _ in range(2)] == [True, True]
    assert not passes(gate.inspect(call("doubt b.txt")))
    assert not passes(gate.inspect(call("harm a.txt")))
    assert not passes(gate.inspect(call("doubt a.txt#again", save_as="x")))


def test_too_many_or_too_large_requests_are_refused(build: Build, store: ApprovalStore) -> None:
    gate = build()
    large = gate.inspect(call("doubt " + "x" * 1_000_000)).decision
    assert (large.action, store.requests(START)) == (Action.REFUSE, [])
    actions = [gate.inspect(call(f"doubt {number}")).decision.action for number in range(21)]
    assert actions == [Action.ASK] * 20 + [Action.REFUSE]


def test_word_is_sent_once_for_each_request(build: Build) -> None:
    heard: list[Request] = []
    gate = replace(build(), notify=heard.append)
    asked = [gate.inspect(call(code)).decision.approval for code in ("doubt 1", "doubt 1", "doubt 2")]
    assert [request.id for request in heard] == [asked[0], asked[2]]


def test_a_store_that_cannot_be_reached_denies(build: Build) -> None:
    def broken() -> Approvals:
        raise ApprovalError(Problem("db", "approvals cannot be read or kept: no room", "make room"))

    decision = replace(build(), approvals=broken).inspect(call()).decision
    assert (decision.action, decision.rule) == (Action.REFUSE, "(internal error)")
    assert "no room" in decision.message


def test_a_store_that_fails_at_the_last_moment_denies_and_gives_quota_back(build: Build, store: ApprovalStore) -> None:
    class Failing(ApprovalStore):
        def take(self, *_: Any) -> bool:
            raise OSError("gone")

    gate = build({"limits": [{"counter": "c", "window": "minute", "max": 1}]})
    approve(store, gate.inspect(call()))
    failing = Failing(store._place)
    assert replace(gate, approvals=lambda: failing).inspect(call()).decision.rule == "(internal error)"
    assert passes(gate.inspect(call()))


def answer(gate: Gate, reply: Reply, asked: Admission, code: str = "doubt") -> Admission:
    return gate.answer(call(code), asked.decision.approval, reply)


def test_a_call_that_the_client_approves_passes_once_and_the_store_says_who(build: Build, store: ApprovalStore) -> None:
    gate = build(code={"ask": "client"})
    asked = gate.inspect(call())
    assert (asked.decision.ask_client, asked.decision.timeout) == (True, 600)
    assert passes(answer(gate, Reply.APPROVED, asked))
    request = store.find(asked.decision.approval)
    assert (request.state, request.decided_by) == (State.USED, "the client of me")
    assert not passes(gate.inspect(call()))


@pytest.mark.parametrize(
    ("reply", "standing"),
    [
        (Reply.DENIED, "denied"),
        (Reply.DISMISSED, "denied"),
        (Reply.UNANSWERED, "expired"),
        (Reply.WITHDRAWN, "expired"),
    ],
)
def test_whatever_else_the_client_says_denies(build: Build, store: ApprovalStore, reply: Reply, standing: str) -> None:
    gate = build()
    asked = gate.inspect(call())
    assert answer(gate, reply, asked).decision.rule == "(approval)"
    assert store.find(asked.decision.approval).standing(START) == standing
    assert store.requests(START) == []


def test_a_second_answer_counts_for_nothing(build: Build) -> None:
    gate = build()
    asked = gate.inspect(call())
    assert passes(answer(gate, Reply.APPROVED, asked))
    second = answer(gate, Reply.APPROVED, asked).decision
    assert (second.action, second.rule) == (Action.REFUSE, "(approval)")
    assert "counts for nothing: it does not wait for an answer: it is used" in second.message


def test_an_approval_from_elsewhere_counts_where_the_client_says_nothing(build: Build, store: ApprovalStore) -> None:
    gate = build()
    asked = gate.inspect(call())
    approve(store, asked)
    assert passes(answer(gate, Reply.UNANSWERED, asked))


def test_two_who_approve_let_a_call_pass_once(build: Build, store: ApprovalStore) -> None:
    gate = build()
    asked = gate.inspect(call())
    approve(store, asked)
    assert passes(answer(gate, Reply.APPROVED, asked))
    assert not passes(answer(gate, Reply.APPROVED, asked))


@pytest.mark.parametrize(
    ("change", "code"), [({"grant": "another"}, "doubt"), ({}, "doubt 2"), ({"now": START + 600}, "doubt")]
)
def test_an_answer_holds_for_its_grant_its_call_and_its_time(build: Build, change: Any, code: str) -> None:
    asked = build().inspect(call())
    assert not passes(answer(build(**change), Reply.APPROVED, asked, code))


def test_a_closed_gate_takes_no_answer(build: Build, store: ApprovalStore) -> None:
    gate = build()
    asked = gate.inspect(call())
    closed = replace(gate, closed=replace(asked.decision, action=Action.REFUSE, rule="(no grant)"))
    assert answer(closed, Reply.APPROVED, asked).decision.rule == "(no grant)"
    assert store.find(asked.decision.approval).state is State.PENDING


@pytest.mark.parametrize(("outcome", "again"), [("input required", True), ("ok", False)])
def test_a_call_that_the_server_answers_with_a_question_keeps_its_approval(
    build: Build, store: ApprovalStore, outcome: str, again: bool
) -> None:
    gate = build()
    approve(store, gate.inspect(call()))
    gate.settle(gate.inspect(call()), outcome, 1.0)
    assert passes(gate.inspect(call())) is again
