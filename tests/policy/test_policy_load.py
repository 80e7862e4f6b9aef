"""What a policy file may say, and what it is told when it says something else."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from validator.model.errors import PolicyError
from validator.policy.load import load_policy
from validator.policy.terms import Limit, Policy, Scope

Load: TypeAlias = Callable[..., Policy]
SHIPPED = Path(__file__).parents[2] / "rules" / "policies"
HEAD = '{"version": "1", "default": "deny"'
RULE = {"conditions": [{"path": "args.a", "op": "eq", "value": 1}]}
LIMIT = {"counter": "c", "window": "minute", "max": 1}


def problems_of(file: Path) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(file)
    return [str(problem).removeprefix(str(file)) for problem in caught.value.problems]


def test_the_seed_policy_means_ten_calls_a_minute() -> None:
    policy = load_policy(SHIPPED / "seed.json")
    name = "/tools/run_python_code/limits/run_python_code_rate"
    assert policy.tools["run_python_code"].limits == (Limit(name, "run_python_code_rate", 60, 10, Scope.GRANT),)
    assert policy.code is None
    assert not policy.allow_unlisted


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.json")), ids=lambda file: file.name)
def test_every_policy_that_ships_loads_without_warnings(file: Path) -> None:
    assert load_policy(file).warnings == ()


def test_the_digest_is_that_of_the_file() -> None:
    file = SHIPPED / "seed.json"
    assert load_policy(file).digest == hashlib.sha256(file.read_bytes()).hexdigest()


def test_yaml_says_the_same_as_json(tmp_path: Path, load: Load) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text('version: "1"\ndefault: deny\ntools:\n  t:\n    limits: [{counter: c, window: minute, max: 1}]\n')
    assert load_policy(file).tools == load({"limits": [LIMIT]}).tools


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("p.json", HEAD + ', "default": "allow"}', "the key 'default' stands twice"),
        ("p.json", HEAD + ', "tools": {"t": {"limits": [NaN]}}}', "NaN is not JSON"),
        ("p.json", '{"version": ', "1:13: not JSON"),
        ("p.json", "[" * 100_000, "nested too deeply"),
        ("p.json", "[]", "valid dictionary"),
        (
            "p.yaml",
            'version: "1"\ndefault: deny\ndefault: allow\n',
            "3:1: not plain YAML: the key 'default' stands twice",
        ),
        ("p.yaml", "version: [\n", "not plain YAML"),
        ("p.yaml", "a: &a {b: 1}\nc: {<<: *a}\n", "an alias says the same twice"),
        ("p.yaml", "!!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("p.toml", "version = 1", "neither JSON nor YAML"),
    ],
)
def test_a_text_that_two_readers_could_read_differently_is_refused(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert reason in " ".join(problems_of(file))


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_bytes(b"\xff{}")
    assert "codec can't decode" in problems_of(file)[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in problems_of(tmp_path / "none.json")[0]


@pytest.mark.parametrize(
    ("tool", "problem"),
    [
        ({"limit": []}, "/tools/t/limit: unknown key (did you mean 'limits'?)"),
        ({"limits": [{**LIMIT, "windw": 1}]}, "/tools/t/limits/0/windw: unknown key (did you mean 'window'?)"),
        ({"limits": [{**LIMIT, "window": "week"}]}, "/limits/0/window: is 'week' (write 'minute', 'hour' or 'day')"),
        ({"limits": [{**LIMIT, "max": -1}]}, "/limits/0/max: Input should be greater than or equal to 0"),
        ({"limits": [{**LIMIT, "max": "5"}]}, "/limits/0/max: Input should be a valid integer"),
        ({"limits": [{**LIMIT, "increment": -1}]}, "/limits/0/increment: Input should be greater"),
        ({"limits": [{**LIMIT, "increment_from": "code.hots"}]}, "/increment_from: 'code' has no 'hots'"),
        ({"limits": [LIMIT, {**LIMIT, "max": 2}]}, "the counter 'c' is limited twice"),
        ({"deny_if": [{"conditions": []}]}, "/deny_if/0/conditions: List should have at least 1 item"),
        ({"deny_if": [{"on_deny": "x"}]}, "/deny_if/0/conditions: is required"),
        ({"code": {"argument": "code"}}, "/tools/t/code/argument/0: 'code' is not a path into the arguments"),
        ({"code": {"argument": []}}, "/tools/t/code/argument: List should have at least 1 item"),
        ({"approve_if": [{**RULE, "timeout": "soon"}]}, "/approve_if/0/timeout: String should match pattern"),
        ({"rate_limit": {"max": 1, "window": "minute"}}, "/rate_limit/window: Input should be a valid integer"),
    ],
)
def test_what_a_tool_may_not_say_is_named_with_its_place(load: Load, tool: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load(tool)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ({"path": "args", "op": "eq", "value": 1}, "path: 'args' is not a path"),
        ({"path": "args..a", "op": "eq", "value": 1}, "path: 'args..a' is not a path"),
        ({"path": "argz.a", "op": "eq", "value": 1}, "path: nothing is called 'argz'"),
        ({"path": "state.t.c", "op": "lt", "value": 1}, "path: `state` is read in `rules` only"),
        ({"path": "code.hosts.x", "op": "eq", "value": 1}, "path: 'code' has no 'hosts.x'"),
        ({"path": "args.a", "op": "equals", "value": 1}, "op: is 'equals'"),
        ({"path": "args.a", "op": "lt", "value": "5"}, "value: `lt` compares numbers"),
        ({"path": "args.a", "op": "gte", "value": True}, "value: `gte` compares numbers"),
        ({"path": "args.a", "op": "in", "value": "x"}, "value: `in` needs a list"),
        ({"path": "args.a", "op": "exists", "value": 1}, "value: `exists` asks a yes-or-no question"),
        ({"path": "args.a", "op": "regex", "value": 1}, "value: `regex` needs a text"),
        ({"path": "args.a", "op": "regex", "value": "(?=a)"}, "value: not an RE2 pattern: invalid perl operator"),
        ({"path": "args.a", "op": "eq"}, "value: is required"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(load: Load, condition: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load({"deny_if": [{"conditions": [condition]}]})
    assert f"/tools/t/deny_if/0/conditions/0/{problem}" in str(caught.value)


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ({"version": 1}, "#/version: is 1 (write '1')"),
        ({"default": "ask"}, "#/default: is 'ask'"),
        ({"all_tools": {"code": {}}}, "#/all_tools/code: unknown key"),
        ({"code": {"review_at": 80, "deny_at": 20}}, "#/code/review_at: is above `deny_at`"),
        ({"code": {"on_review": "refuse", "ask": "client"}}, "#/code/ask: nobody is asked about a review"),
        ({"code": {"deny_at": 101}}, "#/code/deny_at: Input should be less than or equal to 100"),
        ({"code": {"settings": {"workspace": 5}}}, "#/code/settings/workspace: Input should be a valid list"),
        ({"tools": {"*": {}}}, "#/tools/*: `*` is not a tool"),
        ({"tools": {"a/b": {"x": 1}}}, "#/tools/a~1b/x: unknown key"),
        ({"hidden": []}, "#/hidden: unknown key (did you mean 'hide'?)"),
    ],
)
def test_what_the_file_may_not_say_is_named_with_its_place(load: Load, rest: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load(**rest)
    assert problem in str(caught.value)


@pytest.mark.parametrize("missing", ["version", "default"])
def test_a_file_without_version_or_default_is_refused(tmp_path: Path, missing: str) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps({key: value for key, value in json.loads(HEAD + "}").items() if key != missing}))
    assert problems_of(file) == [f"#/{missing}: is required (add {missing!r})"]


def test_all_problems_of_a_file_are_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text('{"version": "2", "hid": [], "tools": {"t": {"limits": [{}]}}}')
    places = [problem.split(":")[0] for problem in problems_of(file)]
    assert sorted(places) == [
        "#/default",
        "#/hid",
        "#/tools/t/limits/0/counter",
        "#/tools/t/limits/0/max",
        "#/tools/t/limits/0/window",
        "#/version",
    ]


def test_rules_are_named_by_what_they_compare(load: Load) -> None:
    tool = load({"deny_if": [RULE, RULE, {"conditions": RULE["conditions"] * 2}], "limits": [LIMIT]}).tools["t"]
    assert [*(rule.name for rule in tool.deny_if), *(limit.name for limit in tool.limits)] == [
        "/tools/t/deny_if/args.a-eq",
        "/tools/t/deny_if/args.a-eq-2",
        "/tools/t/deny_if/args.a-eq+args.a-eq",
        "/tools/t/limits/c",
    ]


def test_aliases_of_the_prose_are_read_with_a_warning(load: Load) -> None:
    policy = load({"rate_limit": {"max": 3, "window": 30}, "action": "deny", "reason": "not today"})
    tool = policy.tools["t"]
    assert tool.limits == (Limit("/tools/t/rate_limit", "t_rate_limit", 30, 3, on_deny="not today"),)
    assert tool.denied == "not today"
    assert [problem.place.partition("#")[2] for problem in policy.warnings] == [
        "/tools/t/rate_limit",
        "/tools/t/action",
        "/tools/t/reason",
    ]


def test_a_counter_of_all_tools_is_not_counted_again_by_a_tool(load: Load) -> None:
    with pytest.raises(PolicyError, match="limited twice"):
        load({"limits": [LIMIT]}, all_tools={"limits": [LIMIT]})
