"""What a policy in the dialect of rules may not say, what no dialect may, and what it is told for it."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from validator.model.errors import PolicyError
from validator.policy.load import load_policy

GOOD: Final = {"path": "args.a", "op": "eq", "value": 1}
STATE: Final = {"counter": "c", "window": "hour"}
OWN: Final = {"path": "state.t.c", "op": "lte", "value": 5}


def problems(file: Path) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(file)
    return [str(problem).removeprefix(str(file)) for problem in caught.value.problems]


def written(folder: Path, policy: dict[str, Any], **rest: Any) -> Path:
    file = folder / "policy.json"
    file.write_text(json.dumps({"version": "1", "default": "deny", **policy, **rest}))
    return file


def rule(**parts: Any) -> dict[str, Any]:
    return {"name": "r", **parts}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"conditions": [GOOD]}], "/rules/0/name: is required"),
        ([rule(name="", conditions=[GOOD])], "/rules/0/name: String should have at least 1 character"),
        ([rule(name=5, conditions=[GOOD])], "/rules/0/name: Input should be a valid string (put it in quotes)"),
        ([rule(action="block")], "/rules/0/action: is 'block' (write 'evaluate', 'deny' or 'require_approval')"),
        ([rule(action="deny", conditions=[GOOD])], "/rules/0/conditions: a rule that denies has no conditions"),
        ([rule()], "/rules/0/conditions: a rule that evaluates has at least one condition"),
        ([rule(conditions=[])], "/rules/0/conditions: a rule that evaluates has at least one condition"),
        ([rule(conditions={})], "/rules/0/conditions: Input should be a valid list (put it in brackets)"),
        ([rule(conditions=[{**GOOD, "path": "argz.a"}])], "/conditions/0/path: nothing is called 'argz'"),
        ([rule(conditions=[{**GOOD, "path": "state.t"}])], "/conditions/0/path: 'state.t' names no counter"),
        ([rule(conditions=[{**GOOD, "op": "equals"}])], "/conditions/0/op: is 'equals' (write 'eq', 'neq'"),
        ([rule(conditions=[{**GOOD, "op": "in"}])], "/conditions/0/value: `in` needs a list"),
        ([rule(conditions=[{**GOOD, "op": "not_in"}])], "/conditions/0/value: `not_in` needs a list"),
        ([rule(conditions=[{**GOOD, "op": "lt", "value": "5"}])], "/conditions/0/value: `lt` compares numbers"),
        ([rule(conditions=[{**GOOD, "op": "exists"}])], "/conditions/0/value: `exists` asks a yes-or-no question"),
        ([rule(conditions=[{**GOOD, "op": "regex"}])], "/conditions/0/value: `regex` needs a text"),
        ([rule(conditions=[{**GOOD, "op": "regex", "value": "("}])], "/conditions/0/value: not an RE2 pattern"),
        ([rule(conditions=[{"path": "args.a", "op": "eq"}])], "/conditions/0/value: is required"),
        ([rule(conditions=[{**GOOD, "valeu": 1}])], "/conditions/0/valeu: unknown key (did you mean 'value'?)"),
        (
            [rule(conditions=[OWN], state={**STATE, "counter": ""})],
            "/rules/0/state/counter: String should have at least",
        ),
        ([rule(conditions=[OWN], state={**STATE, "window": "week"})], "/rules/0/state/window: is 'week'"),
        (
            [rule(conditions=[OWN], state={**STATE, "increment": -1})],
            "/rules/0/state/increment: Input should be greater",
        ),
        (
            [rule(conditions=[OWN], state={**STATE, "increment": 0})],
            "/rules/0/state/increment: Input should be greater",
        ),
        (
            [rule(conditions=[OWN], state={**STATE, "increment_from": "n"})],
            "/state/increment_from: 'n' is not a path into",
        ),
        ([rule(conditions=[OWN], state={**STATE, "widow": 1})], "/state/widow: unknown key (did you mean 'window'?)"),
        ([rule(conditions=[OWN])], "/conditions/0/path: no rule keeps the counter 'state.t.c'"),
        (
            [rule(conditions=[{**OWN, "op": "gt"}], state=STATE)],
            "/conditions/0/op: a counter can only be bounded from above",
        ),
        ([rule(conditions=[{**OWN, "value": -1}], state=STATE)], "/conditions/0/value: a counter is never below 0"),
        ([rule(action="deny", state=STATE)], "/rules/0/state: a rule that says 'deny' counts nothing"),
        ([rule(conditions=[OWN], state=STATE)] * 2, "/rules/1: the counter 't.c' is limited twice"),
        ([rule(rate_limit="5/hour")] * 2, "/rules/1: the counter 't._rate_hour' is limited twice"),
        ([rule(rate_limit="5/hour", conditions=[GOOD])], "/rules/0/conditions: cannot stand beside `rate_limit`"),
        ([rule(rate_limit="5/hour", state=STATE)], "/rules/0/state: cannot stand beside `rate_limit`"),
        ([rule(rate_limit="5/hour", action="deny")], "/rules/0/rate_limit: cannot stand in a rule that says 'deny'"),
        ([rule(rate_limit="5")], "/rules/0/rate_limit: '5' is not a rate"),
        ([rule(rate_limit="0/hour")], "/rules/0/rate_limit: '0/hour' is not a rate"),
        ([rule(rate_limit="-1/hour")], "/rules/0/rate_limit: '-1/hour' is not a rate"),
        ([rule(rate_limit="5/week")], "/rules/0/rate_limit: '5/week' is not a rate"),
        ([rule(rate_limit="٥/hour")], "/rules/0/rate_limit: '٥/hour' is not a rate"),
        ([rule(conditions=[GOOD], approval_timeout="5m")], "/rules/0/approval_timeout: nobody is asked by this rule"),
        ([rule(action="require_approval", approval_timeout="5")], "/approval_timeout: String should match pattern"),
        (
            [rule(action="require_approval", conditions=[OWN])],
            "/conditions/0: a counter is asked by rules that evaluate",
        ),
        ([5], "/rules/0: Input should be a valid dictionary"),
        ({}, "/tools/t/rules: Input should be a valid list"),
    ],
)
def test_what_a_rule_may_not_say_is_named_with_its_place(tmp_path: Path, rules: Any, expected: str) -> None:
    assert expected in "\n".join(problems(written(tmp_path, {"tools": {"t": {"rules": rules}}})))


@pytest.mark.parametrize("key", ["require", "deny_if", "approve_if", "limits", "rate_limit", "action", "reason"])
def test_a_tool_speaks_one_dialect(tmp_path: Path, key: str) -> None:
    found = problems(written(tmp_path, {"tools": {"t": {"rules": [rule(conditions=[GOOD])], key: []}}}))
    assert any(each.startswith(f"#/tools/t/{key}: is of another dialect") for each in found)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"hide": [""]}, "#/hide/0: is empty"),
        ({"hide": ["a", "a"]}, "#/hide/1: 'a' stands twice"),
        ({"hide": "a"}, "#/hide: Input should be a valid list"),
        ({"tools": {" ": {}}}, "#/tools/ : a tool has a name"),
        ({"tools": {"*": {"limits": []}}}, "#/tools/*: `*` is not a tool"),
        ({"tools": {"t": {"rate_limit": {"max": 1, "window": 60}, "limits": [{"counter": "t_rate_limit", "window": "minute", "max": 1}]}}},
         "is limited twice"),
        ({"tools": {"t": {"clamp": {"timeout": 5}}}}, "'timeout' is not a path into the arguments"),
    ],
)  # fmt: skip
def test_what_no_dialect_may_say_is_named_with_its_place(tmp_path: Path, policy: dict[str, Any], expected: str) -> None:
    assert expected in "\n".join(problems(written(tmp_path, policy)))


def test_a_missing_default_never_means_allow(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text('version: "1"\ntools:\n  t:\n    rules: [{name: r, rate_limit: 5/hour}]\n')
    assert problems(file) == ["#/default: is required (add 'default')"]


def test_problems_of_every_kind_are_told_at_once(tmp_path: Path) -> None:
    policy = {
        "hide": ["a", "a"],
        "tools": {
            "t": {"rules": [rule(conditions=[OWN, {**GOOD, "op": "regex", "value": "("}]), rule(rate_limit="x")]},
            "u": {"limits": [{"counter": "c", "window": "day", "max": 1}] * 2, "limit": 1},
        },
    }
    places = {each.split(": ")[0] for each in problems(written(tmp_path, policy, version="2"))}
    assert places == {
        "#/version",
        "#/hide/1",
        "#/tools/t/rules/0/conditions/0/path",
        "#/tools/t/rules/0/conditions/1/value",
        "#/tools/t/rules/1/rate_limit",
        "#/tools/u/limit",
        "#/tools/u/limits/1",
    }


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("p.json", " " * 10_000_000 + "{}", "is larger than 1048576 bytes"),
        ("p.yaml", "#" * 10_000_000, "is larger than 1048576 bytes"),
        ("p.yaml", "[" * 100, "nested more than 64 deep, in line 1"),
        ("p.yaml", "[" * 100_000, "nest"),  # from 6.0.4 on, PyYAML refuses it first
        ("p.yaml", "a: &a [x]\nb: [*a, *a]\n", "an alias says the same twice, once out of sight, in line 2"),
        ("p.json", '{"tools": 1e999}', "1e999 is more than a number can hold"),
        ("p.json", '{"tools": ' + "9" * 5000 + "}", "Exceeds the limit"),
        ("p.yaml", "---\na: 1\n---\nb: 2\n", "found another document"),
    ],
    ids=["huge JSON", "huge YAML", "brackets", "endless brackets", "alias", "number", "digits", "two documents"],
)
def test_a_text_that_would_stall_or_deceive_is_refused(tmp_path: Path, name: str, text: str, reason: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert reason in " ".join(problems(file))


def test_yaml_numbers_without_end_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    condition = "{path: args.a, op: lt, value: .inf}"
    file.write_text(f'version: "1"\ndefault: deny\ntools: {{t: {{deny_if: [{{conditions: [{condition}]}}]}}}}\n')
    assert "/conditions/0/value: holds a number without end" in problems(file)[0]
