"""What limits of a policy take from which counters, seen through the gate."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.quota.charges import NOON
from validator.gate import Admission, Gate
from validator.intake.tools import load_tools
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.errors import PolicyError
from validator.model.fact import Fact, Kind
from validator.model.verdict import Outcome, Verdict
from validator.policy.load import load_policy
from validator.policy.sqlite_quota import SqliteStore

Build: TypeAlias = Callable[..., Gate]
LIMIT = {"counter": "c", "window": "minute", "max": 1}


def judge(argument: Argument) -> Verdict:
    """The score stands in the code, which uses the network if it says so."""
    text = str(argument.content)
    facts = (Fact(Kind.CALL, "network.connect", "httpx.get"),) if "net" in text else ()
    names = tuple(fact.capability for fact in facts)
    return Verdict(Outcome.ALLOW, int(text.split()[0]), (), facts, names, argument.digest(), "balanced")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A gate whose policy lists two tools with these limits."""

    def build(*limits: dict[str, Any], **rest: Any) -> Gate:
        file = tmp_path / "policy.json"
        tools = {
            name: {"code": {"argument": "args.code", "session": "args.s"}, "limits": limits} for name in ("t", "u")
        }
        file.write_text(json.dumps({"version": "1", "default": "deny", "tools": tools, **rest}))
        return Gate(load_policy(file), judge, load_tools(), clock=lambda: NOON)

    return build


def ask(gate: Gate, code: str = "0", tool: str = "t", **arguments: Any) -> Decision:
    return gate.inspect(Call(tool, {"code": code, **arguments})).decision


def passing(gate: Gate, *calls: tuple[str, str]) -> list[bool]:
    return [ask(gate, code, tool).action is Action.FORWARD for code, tool in calls]


@pytest.mark.parametrize("kind", ["calendar", "sliding", "running"])
def test_a_refusal_names_the_limit_and_the_seconds_to_wait(build: Build, kind: str) -> None:
    gate = build({**LIMIT, "kind": kind})
    assert ask(gate).action is Action.FORWARD
    refused = ask(gate)
    assert (refused.rule, refused.action) == ("/tools/t/limits/c", Action.REFUSE)
    assert refused.retry_after == {"calendar": 60, "sliding": 61, "running": 1}[kind]
    told = {"calendar": "1 per minute", "sliding": "1 in any minute", "running": "1 at a time"}[kind]
    assert told in refused.message


@pytest.mark.parametrize("outcome", ["ok", "tool error", "protocol error", "lost", "not run"])
def test_a_call_that_has_ended_runs_no_more(build: Build, outcome: str) -> None:
    gate = build({**LIMIT, "kind": "running"})
    gate.settle(gate.inspect(Call("t", {"code": "0"})), outcome, 1.0)
    assert ask(gate).action is Action.FORWARD


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def cancel(gate: Gate, **arguments: Any) -> Admission:
    admission = gate.inspect(Call("t", {"code": "0", **arguments}))
    assert admission.decision.action is Action.FORWARD
    gate.settle(admission, "cancelled", 1.0)
    return admission


def test_a_cancelled_call_may_run_on_until_the_server_says_that_it_has_ended(build: Build) -> None:
    gate = build({**LIMIT, "kind": "running", "window": "hour"})
    admission = cancel(gate)
    assert ask(gate).action is Action.REFUSE
    gate.finish(admission)
    gate.finish(admission)
    assert passing(gate, ("0", "t"), ("0", "t")) == [True, False]


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(None, 600), (5, 600), (1800, 1800), ("1800", 600), (True, 600), (1e300, 86400)]
)
def test_a_cancelled_call_counts_as_running_for_a_bounded_time(build: Build, timeout: object, seconds: int) -> None:
    clock = Clock()
    gate = replace(build({**LIMIT, "kind": "running", "window": "day"}), clock=clock)
    cancel(gate, timeout=timeout)
    clock.now += seconds - 1
    assert ask(gate).action is Action.REFUSE
    clock.now += 1
    assert ask(gate).action is Action.FORWARD


def test_to_cancel_is_no_way_around_a_limit_that_counts_calls(build: Build) -> None:
    gate = build(LIMIT)
    gate.finish(cancel(gate))
    assert ask(gate).action is Action.REFUSE


def test_a_limit_counts_only_calls_of_which_its_conditions_may_hold(build: Build) -> None:
    network = {"path": "code.capabilities", "op": "contains", "value": "network"}
    gate = build({**LIMIT, "max": 3}, {**LIMIT, "counter": "net", "when": [network]})
    calls = [("0 net", "t"), ("0 net", "t"), ("0", "t"), ("0", "t"), ("0", "t")]
    assert passing(gate, *calls) == [True, False, True, True, False]


def test_points_are_taken_from_a_budget_all_or_none(build: Build) -> None:
    gate = build({**LIMIT, "max": 2}, {**LIMIT, "counter": "risk", "max": 50, "increment_from": "code.score"})
    assert passing(gate, ("40", "t"), ("20", "t"), ("10", "t"), ("0", "t")) == [True, False, True, False]


@pytest.mark.parametrize("amount", [-1, 1.5, "3", None, True, []])
def test_what_is_no_amount_refuses_the_call(build: Build, amount: object) -> None:
    gate = build({**LIMIT, "max": 5, "increment_from": "args.n"})
    refused = ask(gate, n=amount)
    assert (refused.action, refused.rule) == (Action.REFUSE, "/tools/t/limits/c")
    assert "whole number" in refused.message


@pytest.mark.parametrize(
    ("scope", "changed", "shared"),
    [
        ("grant", {"grant": "b"}, False),
        ("grant", {"server": "b"}, False),
        ("session", {"grant": "b"}, False),
        ("tool", {"grant": "b"}, True),
        ("tool", {"server": "b"}, False),
        ("server", {"grant": "b"}, True),
        ("server", {"server": "b"}, False),
        ("global", {"grant": "b", "server": "b"}, True),
    ],
)
def test_a_scope_says_who_shares_a_counter(build: Build, scope: str, changed: dict[str, str], shared: bool) -> None:
    gate = build({**LIMIT, "scope": scope})
    assert ask(gate).action is Action.FORWARD
    assert (ask(replace(gate, **changed)).action is Action.REFUSE) is shared


@pytest.mark.parametrize("scope", ["grant", "session", "tool", "server", "global"])
def test_only_the_scopes_of_tool_and_session_tell_those_apart(build: Build, scope: str) -> None:
    gate = build({**LIMIT, "scope": scope})
    assert ask(gate, s="x").action is Action.FORWARD
    assert (ask(gate, tool="u", s="x").action is Action.REFUSE) is (scope != "tool")
    assert (ask(gate, s="y").action is Action.REFUSE) is (scope != "session")


def test_a_store_that_is_down_denies_and_says_so(build: Build, tmp_path: Path) -> None:
    gate = replace(build(LIMIT), store=SqliteStore(tmp_path / "counters.db"))
    (tmp_path / "counters.db").unlink()
    refused = ask(gate)
    assert refused.action is Action.REFUSE
    assert "the store of counters is gone" in refused.message


def test_a_store_that_is_down_lets_calls_through_only_if_the_policy_says_so(build: Build, tmp_path: Path) -> None:
    gate = replace(build(LIMIT, fail_mode="open"), store=SqliteStore(tmp_path / "counters.db"))
    assert ask(gate).action is Action.FORWARD
    assert ask(gate).action is Action.REFUSE
    (tmp_path / "counters.db").unlink()
    admission = gate.inspect(Call("t", {"code": "0"}))
    assert admission.decision.action is Action.FORWARD
    gate.settle(admission, "lost", 1.0)
    assert [warning.place.rpartition("#")[2] for warning in gate.policy.warnings] == ["/fail_mode"]


@pytest.mark.parametrize(
    ("limit", "rest"),
    [
        ({"kind": "slidding"}, {}),
        ({"when": [{"path": "code.capabilitys", "op": "contains", "value": "x"}]}, {}),
        ({"increment": -1}, {}),
        ({"max": 10**16}, {}),
        ({}, {"fail_mode": "close"}),
    ],
)
def test_a_slip_of_the_pen_in_a_limit_is_an_error(build: Build, limit: dict[str, Any], rest: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        build({**LIMIT, **limit}, **rest)
