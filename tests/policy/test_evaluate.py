"""In which order a policy decides, what it names, and what it tells the agent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from validator.model.decision import Action, Decision
from validator.model.fact import Fact, Kind, Span
from validator.model.finding import Confidence, Finding, Severity
from validator.model.known import UNKNOWN
from validator.model.verdict import Outcome
from validator.policy.evaluate import charges, decide
from validator.policy.quota import Charge, Counter
from validator.policy.scene import Scene
from validator.policy.terms import Policy

Load: TypeAlias = Callable[..., Policy]
Judged: TypeAlias = Callable[..., Scene]
SHELL = Fact(Kind.CALL, "process.shell", "os.system", {"command": "ls"}, Span(4, 1, 4, 2))
DOOR = Fact(Kind.UNRESOLVED, "unresolved.attribute", "os.{…}")
UNREADABLE = Fact(Kind.UNREADABLE, "unreadable.syntax", "")


def rule(path: str, op: str, value: Any, **rest: Any) -> dict[str, Any]:
    return {"conditions": [{"path": path, "op": op, "value": value}], **rest}


YES = rule("args.a", "exists", False)
NO = rule("args.a", "exists", True)
DENIED = {"outcome": Outcome.DENY, "score": 90}
REVIEW = {"outcome": Outcome.REVIEW, "score": 40}


@pytest.mark.parametrize(
    ("tool", "rest", "verdict", "expected"),
    [
        ({"require": [NO]}, {"hide": ["t"]}, {}, "(hidden)"),
        ({}, {"hide": ["*"]}, {}, "(hidden)"),
        (None, {}, {}, "(default deny)"),
        (None, {"all_tools": {"require": [YES]}}, {}, "(default deny)"),
        (None, {"default": "allow"}, {}, "(allowed)"),
        (None, {"default": "allow", "all_tools": {"deny_if": [YES]}}, {}, "/all_tools/deny_if/args.a-exists"),
        ({}, {}, {}, "(allowed)"),
        ({"action": "deny", "require": [NO]}, {}, {}, "/tools/t/action"),
        ({"require": [NO], "deny_if": [YES]}, {}, {}, "/tools/t/require/args.a-exists"),
        ({"require": [YES], "deny_if": [NO]}, {}, {}, "(allowed)"),
        ({"deny_if": [YES]}, {"all_tools": {"require": [NO]}}, {}, "/all_tools/require/args.a-exists"),
        ({"deny_if": [YES], "approve_if": [YES]}, {"code": {}}, DENIED, "/tools/t/deny_if/args.a-exists"),
        ({"approve_if": [YES]}, {"code": {}}, DENIED, "(verdict)"),
        ({"approve_if": [YES]}, {"code": {}}, REVIEW, "/tools/t/approve_if/args.a-exists"),
        ({"approve_if": [YES]}, {}, {}, "/tools/t/approve_if/args.a-exists"),
        ({"action": "require_approval"}, {}, {}, "/tools/t/action"),
        ({}, {"code": {}}, REVIEW, "(verdict)"),
        ({}, {"code": {"on_review": "allow"}}, REVIEW, "(allowed)"),
        ({}, {"code": {"on_review": "allow"}}, DENIED, "(verdict)"),
        ({}, {}, DENIED, "(allowed)"),
        ({"code": {"argument": "args.c"}}, {}, DENIED, "(verdict)"),
    ],
)
def test_the_first_of_the_order_decides(
    load: Load, judged: Judged, tool: Any, rest: Any, verdict: Any, expected: str
) -> None:
    decision = decide(load(tool, **rest), judged(**verdict))
    assert decision.rule == expected
    assert (decision.action is Action.FORWARD) is (expected == "(allowed)")


@pytest.mark.parametrize(
    ("code", "outcome", "score", "expected"),
    [
        ({}, Outcome.ALLOW, 0, Outcome.ALLOW),
        ({"deny_at": 50}, Outcome.REVIEW, 50, Outcome.DENY),
        ({"deny_at": 95}, Outcome.DENY, 90, Outcome.REVIEW),
        ({"deny_at": 95, "review_at": 91}, Outcome.DENY, 90, Outcome.ALLOW),
        ({"review_at": 10}, Outcome.ALLOW, 10, Outcome.REVIEW),
        ({"review_at": 91}, Outcome.DENY, 90, Outcome.DENY),
    ],
)
def test_the_thresholds_of_the_policy_replace_those_of_the_profile(
    load: Load, judged: Judged, code: Any, outcome: Outcome, score: int, expected: Outcome
) -> None:
    decision = decide(load({}, code=code), judged(outcome=outcome, score=score))
    assert decision.verdict is not None
    assert decision.verdict.outcome is expected


@pytest.mark.parametrize(
    ("rule_asks", "code_asks", "client"),
    [({"ask": "client"}, {"ask": "client"}, True), ({}, {"ask": "client"}, False), ({"ask": "client"}, {}, False)],
)
def test_the_client_is_asked_only_where_nobody_wants_another_person(
    load: Load, judged: Judged, rule_asks: Any, code_asks: Any, client: bool
) -> None:
    decision = decide(load({"approve_if": [{**YES, **rule_asks}]}, code=code_asks), judged(**REVIEW))
    assert (decision.action, len(decision.asked), decision.ask_client) == (Action.ASK, 2, client)


def test_no_threshold_lets_unreadable_code_pass(load: Load, judged: Judged) -> None:
    policy = load({}, code={"deny_at": 100, "review_at": 100})
    assert decide(policy, judged(UNREADABLE, outcome=Outcome.DENY, score=99)).rule == "(verdict)"


@pytest.mark.parametrize(
    ("key", "condition", "fact", "refused"),
    [
        ("deny_if", rule("code.commands", "contains", "rm"), replace(SHELL, roles={"command": UNKNOWN}), True),
        ("deny_if", rule("code.commands", "contains", "rm"), SHELL, False),
        ("deny_if", rule("code.commands", "contains", "rm"), DOOR, True),
        ("deny_if", rule("code.capabilities", "contains", "process.shell"), DOOR, True),
        ("deny_if", rule("code.capabilities", "contains", "process.shell"), UNREADABLE, True),
        ("deny_if", rule("code.capabilities", "regex", "^process"), DOOR, True),
        ("deny_if", rule("code.capabilities", "contains", "fs"), SHELL, False),
        ("deny_if", rule("code.score", "gt", 50), DOOR, False),
        ("approve_if", rule("code.imports", "contains", "ctypes"), DOOR, True),
        ("require", rule("code.capabilities", "not_in", ["process.shell"]), DOOR, True),
        ("require", rule("code.capabilities", "not_in", ["fs"]), SHELL, False),
        ("require", rule("code.commands", "in", ["ls"]), SHELL, False),
        ("require", rule("code.commands", "in", ["ls"]), replace(SHELL, roles={"command": UNKNOWN}), True),
        ("require", rule("code.commands", "in", ["ls"]), DOOR, True),
    ],
)
def test_what_is_not_known_is_never_taken_for_safe(
    load: Load, judged: Judged, key: str, condition: Any, fact: Fact, refused: bool
) -> None:
    decision = decide(load({key: [condition]}), judged(fact))
    assert (decision.action is not Action.FORWARD) is refused


@pytest.mark.parametrize(
    ("increment_from", "value", "amount"),
    [("code.score", None, 40), ("args.n", 7, 7), ("args.n", 2.0, 2), ("args.n", 0, 0)],
)
def test_a_call_is_charged_what_its_limit_says(
    load: Load, judged: Judged, increment_from: str, value: Any, amount: int
) -> None:
    limit = {"counter": "c", "window": "hour", "max": 200, "increment_from": increment_from}
    due = charges(load({"limits": [limit]}), judged(score=40, n=value))
    assert due == (Charge("/tools/t/limits/c", Counter("c", ("grant", "default", "default"), 3600), 200, amount),)


@pytest.mark.parametrize("value", [-1, 1.5, "3", True, None, [1], float("inf"), float("nan")])
def test_a_call_that_cannot_be_charged_is_refused(load: Load, judged: Judged, value: Any) -> None:
    limit = {"counter": "c", "window": "hour", "max": 200, "increment_from": "args.n"}
    due = charges(load({"limits": [limit]}), judged(n=value))
    assert isinstance(due, Decision)
    assert (due.action, due.rule) == (Action.REFUSE, "/tools/t/limits/c")


def test_a_call_without_code_cannot_be_charged_by_its_score(load: Load, judged: Judged) -> None:
    limit = {"counter": "c", "window": "hour", "max": 200, "increment_from": "code.score"}
    assert isinstance(charges(load({"limits": [limit]}), replace(judged(), verdict=None)), Decision)


@pytest.mark.parametrize(
    ("scope", "owner"),
    [
        ("grant", ("grant", "s", "g")),
        ("session", ("session", "s", "g", "one")),
        ("tool", ("tool", "s", "t")),
        ("server", ("server", "s")),
        ("global", ("global",)),
    ],
)
def test_a_scope_says_who_shares_a_counter(load: Load, judged: Judged, scope: str, owner: tuple[str, ...]) -> None:
    scene = judged()
    scene = replace(scene, call=replace(scene.call, grant="g", server="s", session="one"))
    due = charges(load({"limits": [{"counter": "c", "window": "day", "max": 1, "scope": scope}]}), scene)
    assert not isinstance(due, Decision)
    assert [charge.counter.owner for charge in due] == [owner]


@pytest.mark.parametrize(
    ("tool", "rest", "text"),
    [
        (None, {"tools": {"other": {}, "off": {"action": "deny"}}}, "allowed tools: other"),
        (None, {}, "no tool is allowed"),
        ({}, {"hide": ["t"]}, "there is no tool called 't'"),
        ({"require": [rule("args.n", "lte", 60)]}, {}, "required: args.n lte 60"),
        ({"require": [{**NO, "on_deny": "say a"}]}, {}, "say a; required: args.a exists True"),
        ({"deny_if": [YES]}, {}, "denied when args.a exists False"),
        ({"deny_if": [rule("code.capabilities", "contains", "process")]}, {}, "; process.shell in line 4"),
        ({"require": [rule("code.commands", "in", ["pwd"])]}, {}, "; ls in line 4"),
        ({"approve_if": [YES]}, {}, "a person would have to approve this call"),
    ],
)
def test_a_refusal_says_what_where_and_why(load: Load, judged: Judged, tool: Any, rest: Any, text: str) -> None:
    assert text in decide(load(tool, **rest), judged(SHELL)).message


def test_a_refused_verdict_names_the_worst_findings_and_what_to_write_instead(load: Load, judged: Judged) -> None:
    scene = judged(outcome=Outcome.DENY, score=90)
    assert scene.verdict is not None
    findings = [
        Finding(f"rule-{weight}", Severity.HIGH, Confidence.HIGH, weight, "does harm", "do good", SHELL)
        for weight in (10, 60, 20, 30)
    ]
    scene = replace(scene, verdict=replace(scene.verdict, findings=tuple(findings)))
    assert decide(load({}, code={}), scene).message == (
        "the code is denied (score 90 of 100); line 4: does harm (rule-60) [do good]; "
        "line 4: does harm (rule-30) [do good]; line 4: does harm (rule-20) [do good]; and 1 more"
    )


def test_a_rule_that_holds_because_nobody_can_tell_says_so(load: Load, judged: Judged) -> None:
    policy = load({"deny_if": [rule("code.capabilities", "contains", "process.shell")]})
    message = decide(policy, judged(DOOR)).message
    assert message.endswith("it might be what cannot be worked out: unresolved.attribute in line 1")
