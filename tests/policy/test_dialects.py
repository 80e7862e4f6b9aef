"""The dialects, clause by clause: every row names the clause that it proves, the policy, the call, and what follows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.policy.evaluate import charges, decide, refuse_shortage
from validator.policy.load import load_policy
from validator.policy.memory import MemoryStore
from validator.policy.quota import Shortage
from validator.policy.scene import Scene
from validator.policy.terms import Policy

Row: TypeAlias = tuple[str, dict[str, Any], dict[str, Any], str]
Decide: TypeAlias = Callable[..., Decision]

ALLOWED: Final = "(allowed)"
EXISTS: Final = "/tools/t/rules/r"


def rule(path: str, op: str, value: Any, **rest: Any) -> dict[str, Any]:
    """A rule of dialect A with one condition."""
    return {"name": "r", "conditions": [{"path": path, "op": op, "value": value}], **rest}


def rules(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"tools": {"t": {"rules": [*listed]}}}


def operator_rows(clause: str, op: str, *pairs: tuple[Any, Any, bool]) -> list[Row]:
    """One row for each found value, value of the policy, and whether the condition holds, in dialects A and C."""
    result: list[Row] = []
    for found, value, holds in pairs:
        condition = {"path": "args.a", "op": op, "value": value}
        result.append((clause, rules(rule("args.a", op, value)), {"a": found}, ALLOWED if holds else EXISTS))
        hosted = {"tools": {"t": {"deny_if": [{"conditions": [condition]}]}}}
        result.append((clause, hosted, {"a": found}, f"/tools/t/deny_if/args.a-{op}" if holds else ALLOWED))
    return result


EQ: Final = "A: eq/neq: both numeric are compared as numbers, else as text"
ORDER: Final = "A: lt lte gt gte: both sides must be numbers"
REGEX: Final = "A: regex: RE2, unanchored, only on text"
CONTAINS: Final = "A: contains: substring, or element of a list"
MISSING: Final = "A: a missing path makes every operator false except exists"
OPERATORS: Final[list[Row]] = [
    *operator_rows(EQ, "eq", (5, 5, True), (5, 5.0, True), ("5", 5, True), (5, "5", True), ("5.0", 5, False)),
    *operator_rows(EQ, "eq", ("a", "a", True), ("a", "A", False), (True, "true", True), ([1], [1], True)),
    *operator_rows(EQ, "neq", ("a", "b", True), ("a", "a", False), (5, "5", False), (5, 6, True)),
    *operator_rows("C: in", "in", ("a", ["a", "b"], True), ("c", ["a", "b"], False), (1, ["1"], True), ("a", [], False)),
    *operator_rows("C: not_in", "not_in", ("a", ["a"], False), ("c", ["a"], True), (1, ["1"], False), ("a", [], True)),
    *operator_rows(ORDER, "lt", (4, 5, True), (5, 5, False), ("4", 5, False), (None, 5, False)),
    *operator_rows(ORDER, "lte", (5, 5, True), (5.1, 5, False), ([], 5, False)),
    *operator_rows(ORDER, "gt", (6, 5, True), (5, 5, False), (True, 0, False)),
    *operator_rows(ORDER, "gte", (5, 5, True), (4.9, 5, False), ("6", 5, False)),
    *operator_rows(REGEX, "regex", ("xaby", "ab", True), ("xaby", "^ab", False), (12, "1", False), (["ab"], "ab", False)),
    *operator_rows(CONTAINS, "contains", ("abc", "b", True), ("abc", "d", False), (["a", "b"], "b", True)),
    *operator_rows(CONTAINS, "contains", (["ab"], "a", False), ([5], "5", True), ({"b": 1}, "b", False), (5, 5, False)),
    *operator_rows(
        "A: exists: (present and not null) == value", "exists",
        ("", True, True), ("", False, False), (None, True, False), (None, False, True), (0, True, True), ([], True, True),
    ),
]  # fmt: skip

VALUES: Final = {
    "eq": "x", "neq": "x", "in": ["x"], "not_in": ["x"], "lt": 5, "lte": 5, "gt": -5, "gte": -5, "regex": "", "contains": "",
}  # fmt: skip
PATHS: Final[list[Row]] = [
    *((MISSING, rules(rule("args.a", op, value)), {}, EXISTS) for op, value in VALUES.items()),
    (MISSING, rules(rule("args.a", "eq", False)), {}, EXISTS),
    (MISSING, rules(rule("args.a", "exists", False)), {}, ALLOWED),
    (MISSING, rules(rule("args.a", "exists", True)), {}, EXISTS),
    ("A: path: args.a.b", rules(rule("args.a.b", "eq", 1)), {"a": {"b": 1}}, ALLOWED),
    ("A: path: args.a.b", rules(rule("args.a.b", "eq", 1)), {"a": {"b": 2}}, EXISTS),
    ("A: path: args.a.b", rules(rule("args.a.b", "eq", 1)), {"a.b": 1}, EXISTS),
    ("A: path: dots only, no index", rules(rule("args.a.0", "eq", 1)), {"a": [1]}, EXISTS),
    ("A: path: dots only, no index", rules(rule("args.a[0]", "eq", 1)), {"a": [1]}, EXISTS),
    ("A: path: a key that is a number", rules(rule("args.a.0", "eq", 1)), {"a": {"0": 1}}, ALLOWED),
    ("A: path: through null", rules(rule("args.a.b", "exists", False)), {"a": None}, ALLOWED),
]

YES: Final = rule("args.a", "exists", False)
NO: Final = rule("args.a", "exists", True)
STAR: Final = {"*": {"rules": [NO]}}
ORDERING: Final[list[Row]] = [
    ("A: order: hidden first", {**rules(NO), "hide": ["t"]}, {}, "(hidden)"),
    ("A: order: hidden before default deny", {"hide": ["t"]}, {}, "(hidden)"),
    ('C: "*" hides all', {**rules(YES), "hide": ["*"]}, {}, "(hidden)"),
    ("C: hide names another tool", {**rules(YES), "hide": ["u"]}, {}, ALLOWED),
    ("A: default deny", {"default": "deny", "tools": {}}, {}, "(default deny)"),
    ("A: default allow", {"default": "allow", "tools": {}}, {}, ALLOWED),
    ('A: "*" never rescues an unlisted tool', {"default": "deny", "tools": {"*": {"rules": [YES]}}}, {}, "(default deny)"),
    ('A: "*" rules hold for an unlisted tool that is allowed', {"default": "allow", "tools": STAR}, {}, "/tools/*/rules/r"),
    ('A: "*" rules hold for a listed tool', {"tools": {"t": {"rules": [YES]}, **STAR}}, {}, "/tools/*/rules/r"),
    ('A: the rules of the tool come before those of "*"', {"tools": {"t": {"rules": [NO]}, **STAR}}, {}, EXISTS),
    ('A: "*" rules hold beside {}', {"tools": {"t": {}, **STAR}}, {}, "/tools/*/rules/r"),
    ("A: {} is allowed", {"tools": {"t": {}}}, {}, ALLOWED),
    ("A: no rules at all", rules(), {}, ALLOWED),
    ("A: all conditions must hold", rules({**YES, "conditions": [*YES["conditions"], *NO["conditions"]]}), {}, EXISTS),
    ("A: all conditions must hold", rules({**YES, "conditions": YES["conditions"] * 2}), {}, ALLOWED),
    ("A: every rule must pass", rules(YES, {**NO, "name": "second"}), {}, "/tools/t/rules/second"),
    ("A: the first rule that fails decides", rules(NO, {**NO, "name": "second"}), {}, EXISTS),
    ("A: action absent = evaluate", rules(YES), {}, ALLOWED),
    ("A: action evaluate", rules({**YES, "action": "evaluate"}), {}, ALLOWED),
    ("A: action deny", rules({"name": "r", "action": "deny"}), {}, EXISTS),
    ('A: action deny under "*"', {"tools": {"t": {}, "*": {"rules": [{"name": "r", "action": "deny"}]}}}, {}, "/tools/*/rules/r"),
    ("A: rules of one name are told apart", rules(YES, NO), {}, "/tools/t/rules/r-2"),
    ("A: rules of another tool do not matter", {"tools": {"t": {}, "u": {"rules": [NO]}}}, {}, ALLOWED),
    ("A and C in two tools", {"tools": {"t": {"require": [{"conditions": NO["conditions"]}]}, "u": {"rules": [NO]}}}, {},
     "/tools/t/require/args.a-exists"),
    ("A with our `code` beside the rules", {"tools": {"t": {"rules": [YES], "code": {"argument": "args.c"}}}}, {}, ALLOWED),
    ("A: description is optional", {**rules(YES), "description": "text"}, {}, ALLOWED),
]  # fmt: skip

ASK: Final = {"name": "r", "action": "require_approval"}
APPROVALS: Final[list[Row]] = [
    ("B: require_approval without a trigger", rules(ASK), {}, "ask /tools/t/rules/r"),
    ("B: conditions are the trigger", rules({**YES, **ASK}), {}, "ask /tools/t/rules/r"),
    ("B: conditions are the trigger", rules({**NO, **ASK}), {}, ALLOWED),
    ("B: a missing path does not trigger", rules({**rule("args.n", "gt", 5), **ASK}), {}, ALLOWED),
    ("B: a trigger by value", rules({**rule("args.n", "gt", 5), **ASK}), {"n": 6}, "ask /tools/t/rules/r"),
    ("B: a trigger by value", rules({**rule("args.n", "gt", 5), **ASK}), {"n": 5}, ALLOWED),
    ("B: deny beats approval", rules(ASK, {**NO, "name": "second"}), {}, "/tools/t/rules/second"),
    ('B: require_approval under "*"', {"tools": {"t": {}, "*": {"rules": [ASK]}}}, {}, "ask /tools/*/rules/r"),
    ("B: approval_timeout", rules({**ASK, "approval_timeout": "30m"}), {}, "ask /tools/t/rules/r"),
    ("aliases: action require_approval", {"tools": {"t": {"action": "require_approval"}}}, {}, "ask /tools/t/action"),
    ("aliases: action deny", {"tools": {"t": {"action": "deny"}}}, {}, "/tools/t/action"),
    ("aliases: action allow", {"tools": {"t": {"action": "allow"}}}, {}, ALLOWED),
]


def hosted(**parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"tools": {"t": {key: [{"conditions": each["conditions"]} for each in part] for key, part in parts.items()}}}


HOSTED: Final[list[Row]] = [
    ("C: {} under default deny = allowed", {"default": "deny", "tools": {"t": {}}}, {}, ALLOWED),
    ("C: require passes only if all conditions hold", hosted(require=[YES]), {}, ALLOWED),
    ("C: require passes only if all conditions hold", hosted(require=[NO]), {}, "/tools/t/require/args.a-exists"),
    ("C: require: every one of them", hosted(require=[YES, NO]), {}, "/tools/t/require/args.a-exists-2"),
    ("C: require: neq on a missing argument denies", hosted(require=[rule("args.a", "neq", "x")]), {},
     "/tools/t/require/args.a-neq"),
    ("C: deny_if denies if all conditions hold", hosted(deny_if=[YES]), {}, "/tools/t/deny_if/args.a-exists"),
    ("C: deny_if denies if all conditions hold", hosted(deny_if=[NO]), {}, ALLOWED),
    ("C: deny_if: any one of them", hosted(deny_if=[NO, YES]), {}, "/tools/t/deny_if/args.a-exists-2"),
    ("C: deny_if: neq on a missing argument does not deny", hosted(deny_if=[rule("args.a", "neq", "x")]), {}, ALLOWED),
    ("C: deny_if: all of its conditions", hosted(deny_if=[{"conditions": [*YES["conditions"], *NO["conditions"]]}]), {}, ALLOWED),
    ("C: require before deny_if", hosted(require=[NO], deny_if=[YES]), {}, "/tools/t/require/args.a-exists"),
    ("C: rule names are JSON pointers", {"tools": {"t": {"deny_if": [{"conditions": [{"path": "args.amount", "op": "gt", "value": 1}]}]}}},
     {"amount": 2}, "/tools/t/deny_if/args.amount-gt"),
    ("C: default allow lets unlisted tools pass", {"default": "allow"}, {}, ALLOWED),
]  # fmt: skip

ROWS: Final = [*OPERATORS, *PATHS, *ORDERING, *APPROVALS, *HOSTED]


@pytest.fixture
def load_whole(tmp_path: Path) -> Callable[[dict[str, Any]], Policy]:
    def load(policy: dict[str, Any]) -> Policy:
        file = tmp_path / "policy.json"
        file.write_text(json.dumps({"version": "1", "default": "deny", **policy}))
        return load_policy(file)

    return load


Whole: TypeAlias = Callable[[dict[str, Any]], Policy]


@pytest.mark.parametrize(("clause", "policy", "arguments", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_a_call_is_decided_as_the_clause_says(
    load_whole: Whole, clause: str, policy: dict[str, Any], arguments: dict[str, Any], expected: str
) -> None:
    decision = decide(load_whole(policy), Scene(Call("t", arguments)))
    decided = f"ask {decision.rule}" if decision.action is Action.ASK else decision.rule
    assert decided == expected
    assert (decision.action is Action.FORWARD) is (expected == ALLOWED)


def test_the_table_of_clauses_is_long_enough() -> None:
    assert len({json.dumps(row) for row in ROWS}) + len(COUNTED) >= 150


RATE: Final = {"name": "r", "rate_limit": "2/minute"}
OWN: Final = {"counter": "c", "window": "hour"}
KEPT: Final = rule("state.t.c", "lte", 2, state=OWN)
SPENT: Final = rule("state.t.c", "lte", 10, state={**OWN, "increment_from": "args.n"})
READER: Final = {"u": {"rules": [rule("state.t.c", "lt", 1)]}}
KEEPER: Final = {"t": {"rules": [rule("state.t.c", "lte", 9, state=OWN)]}}
Calls: TypeAlias = list[tuple[str, dict[str, Any]]]
COUNTED: Final[list[tuple[str, dict[str, Any], Calls, int]]] = [
    ("A: rate_limit N/minute", {"t": {"rules": [RATE]}}, [("t", {})] * 4, 2),
    ("A: rate_limit N/hour", {"t": {"rules": [{"name": "r", "rate_limit": "1/hour"}]}}, [("t", {})] * 3, 1),
    ("A: rate_limit N/day", {"t": {"rules": [{"name": "r", "rate_limit": "3/day"}]}}, [("t", {})] * 4, 3),
    ("A: rate_limit counts each tool for itself", {"t": {"rules": [RATE]}, "u": {"rules": [RATE]}},
     [("t", {}), ("t", {}), ("u", {}), ("u", {})], 4),
    ('A: rate_limit under "*" counts all tools together', {"t": {}, "u": {}, "*": {"rules": [RATE]}},
     [("t", {}), ("u", {}), ("t", {})], 2),
    ("A: two windows on one tool", {"t": {"rules": [RATE, {"name": "s", "rate_limit": "1/day"}]}}, [("t", {})] * 3, 1),
    ("A: state with lte N", {"t": {"rules": [KEPT]}}, [("t", {})] * 4, 2),
    ("A: state with lt N", {"t": {"rules": [rule("state.t.c", "lt", 2, state=OWN)]}}, [("t", {})] * 4, 1),
    ("A: state with a fraction", {"t": {"rules": [rule("state.t.c", "lte", 2.5, state=OWN)]}}, [("t", {})] * 4, 2),
    ("A: state with lt and a fraction", {"t": {"rules": [rule("state.t.c", "lt", 2.5, state=OWN)]}}, [("t", {})] * 4, 2),
    ("A: increment", {"t": {"rules": [rule("state.t.c", "lte", 5, state={**OWN, "increment": 2})]}}, [("t", {})] * 4, 2),
    ("A: increment_from", {"t": {"rules": [SPENT]}}, [("t", {"n": 6}), ("t", {"n": 5}), ("t", {"n": 4})], 2),
    ("A: increment_from that is missing denies", {"t": {"rules": [SPENT]}}, [("t", {})], 0),
    ("A: increments below zero are refused", {"t": {"rules": [SPENT]}}, [("t", {"n": -1}), ("t", {"n": 10})], 1),
    ("A: a counter of another tool", {**KEEPER, **READER}, [("u", {}), ("t", {}), ("u", {})], 2),
    ("A: asking for a counter does not count", {**KEEPER, **READER}, [("u", {}), ("u", {}), ("u", {})], 3),
    ("A: a counter and an argument in one rule",
     {"t": {"rules": [{**KEPT, "conditions": [*KEPT["conditions"], *rule("args.a", "eq", 1)["conditions"]]}]}},
     [("t", {"a": 2}), ("t", {"a": 1}), ("t", {"a": 1}), ("t", {"a": 1})], 2),
    ("A: a counter that only others bound", {"t": {"rules": [rule("args.a", "exists", False, state=OWN)]}, **READER},
     [("t", {}), ("u", {}), ("t", {})], 2),
    ("C: limits", {"t": {"limits": [{"counter": "c", "window": "minute", "max": 1}]}}, [("t", {})] * 2, 1),
    ("C: limits: max 0", {"t": {"limits": [{"counter": "c", "window": "minute", "max": 0}]}}, [("t", {})], 0),
    ("C: limits: scope grant is shared by tools of one counter",
     {name: {"limits": [{"counter": "c", "window": "day", "max": 1, "scope": "grant"}]} for name in "tu"},
     [("t", {}), ("u", {})], 1),
    ("C: several limits: all or none",
     {"t": {"limits": [{"counter": "c", "window": "day", "max": 5}, {"counter": "d", "window": "day", "max": 1}]}},
     [("t", {})] * 3, 1),
    ("aliases: rate_limit", {"t": {"rate_limit": {"max": 1, "window": 60}}}, [("t", {})] * 2, 1),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "tools", "calls", "passing"), COUNTED, ids=[row[0] for row in COUNTED])
def test_calls_are_counted_as_the_clause_says(
    load_whole: Whole, clause: str, tools: dict[str, Any], calls: Calls, passing: int
) -> None:
    policy, store = load_whole({"tools": tools}), MemoryStore()
    assert sum(passes(policy, store, Call(*call)) for call in calls) == passing


def passes(policy: Policy, store: MemoryStore, call: Call) -> bool:
    scene = Scene(call)
    if decide(policy, scene).action is not Action.FORWARD:
        return False
    due = charges(policy, scene)
    return not isinstance(due, Decision) and not isinstance(store.reserve(due, 0.0), Shortage)


def test_counters_of_all_tools_are_limits_of_all_tools(load_whole: Whole) -> None:
    policy = load_whole(
        {"tools": {"t": {}}, "all_tools": {"limits": [{"counter": "calls-per-minute", "window": "minute", "max": 0}]}}
    )
    due = charges(policy, Scene(Call("t", {})))
    assert not isinstance(due, Decision)
    reserved = MemoryStore().reserve(due, 0.0)
    assert isinstance(reserved, Shortage)
    assert refuse_shortage(policy, Scene(Call("t", {})), reserved).rule == "/all_tools/limits/calls-per-minute"


def test_what_a_rule_says_on_denial_is_told(load_whole: Whole) -> None:
    for told in ({**NO, "on_deny": "not so"}, {"name": "r", "action": "deny", "on_deny": "not so"}):
        assert decide(load_whole(rules(told)), Scene(Call("t", {}))).message.startswith("not so; ")


def test_a_rule_without_conditions_says_that_it_always_denies(load_whole: Whole) -> None:
    decision = decide(load_whole(rules({"name": "r", "action": "deny"})), Scene(Call("t", {})))
    assert decision.message == "always denied"


@pytest.mark.parametrize(("told", "seconds"), [({}, 600.0), ({"approval_timeout": "30m"}, 1800.0)])
def test_a_request_for_approval_ends_after_its_timeout(load_whole: Whole, told: dict[str, Any], seconds: float) -> None:
    assert decide(load_whole(rules({**ASK, **told})), Scene(Call("t", {}))).timeout == seconds


def test_yaml_of_dialect_a_is_read(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(
        'version: "1"\ndescription: x\ndefault: allow\nhide: [u]\ntools:\n  t:\n    rules:\n'
        '      - {name: r, rate_limit: 2/minute}\n  "*":\n    rules:\n      - {name: all, rate_limit: 60/hour}\n'
    )
    policy = load_policy(file)
    assert [limit.name for limit in policy.tools["t"].limits] == ["/tools/t/rules/r"]
    assert [limit.counter for limit in policy.every_tool.limits] == ["_global._rate_hour"]


def test_a_counter_that_nobody_bounds_is_warned_of(load_whole: Whole) -> None:
    policy = load_whole(rules(rule("args.a", "exists", False, state=OWN)))
    assert [problem.place.partition("#")[2] for problem in policy.warnings] == ["/tools/t/rules/0/state"]
