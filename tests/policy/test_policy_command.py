"""What `validator policy` answers, by its exit code and its words; explanations, exports and unit tests of policies."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from validator.cli import make_app
from validator.model.call import Call
from validator.model.errors import PolicyError
from validator.policy.cases import read_call, read_cases
from validator.policy.evaluate import decide
from validator.policy.export import export_policy
from validator.policy.load import load_policy
from validator.policy.published import schema_text
from validator.policy.scene import Scene
from validator.policy.schema import PolicyPart
from validator.trial import explain_call, open_trial, try_cases

ROOT: Final = Path(__file__).parents[2]
SHIPPED: Final = ROOT / "rules" / "policies"
SEED: Final = SHIPPED / "seed.json"
CAREFUL: Final = SHIPPED / "mcp-python-interpreter.json"
Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *arguments: CliRunner().invoke(make_app(["policy"]), ["policy", *map(str, arguments)])


def written(folder: Path, name: str, value: Any) -> Path:
    file = folder / name
    file.write_text(json.dumps(value))
    return file


def policy(folder: Path, **parts: Any) -> Path:
    return written(folder, "policy.json", {"version": "1", "default": "deny", **parts})


@pytest.mark.parametrize("file", sorted((SHIPPED / "tests").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_policy_that_ships_passes_its_own_tests(file: Path) -> None:
    cases = read_cases(file)
    assert cases.policy is not None
    gate = open_trial(cases.policy, 0.0, server=cases.server, grant=cases.grant)
    assert [*map(str, try_cases(gate, file, cases))] == []


def test_every_policy_that_ships_has_tests() -> None:
    assert {file.stem for file in SHIPPED.glob("*.json")} == {file.stem for file in (SHIPPED / "tests").glob("*.yaml")}


def test_the_published_schema_is_that_of_the_loader() -> None:
    assert (ROOT / "docs" / "policy.schema.json").read_text() == schema_text()


def test_the_schema_is_shown(run: Run) -> None:
    assert json.loads(run("schema").stdout)["$defs"].keys() >= {"LimitPart", "NamedRulePart"}


def test_a_sound_policy_is_valid(run: Run) -> None:
    done = run("validate", SEED)
    assert (done.exit_code, done.stdout) == (0, f"{SEED}: valid\n")


def test_a_policy_with_problems_is_not(run: Run, tmp_path: Path) -> None:
    done = run("validate", policy(tmp_path, hid=[], tools={"t": {"action": "ask"}}), "--format", "json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["valid"]) == (1, False)
    assert [problem["place"].partition("#")[2] for problem in told["problems"]] == ["/tools/t/action", "/hid"]


def test_warnings_leave_a_policy_valid(run: Run, tmp_path: Path) -> None:
    done = run("validate", policy(tmp_path, tools={"t": {"reason": "x"}}))
    assert done.exit_code == 0
    assert "warning: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["validate", "no-such-file.json"], "there is no such file"),
        (["test", "no-such-file.json"], "cannot be read: No such file"),
        (["explain", "no-such-file.json", "--policy", SEED], "cannot be read: No such file"),
    ],
)
def test_a_file_that_is_not_there_is_wrong_use(run: Run, arguments: list[str], reason: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, PolicyError)  # which the command line turns into exit code 2
    assert reason in str(error)


def test_an_export_says_for_which_product(run: Run) -> None:
    assert run("export", SEED).exit_code == 2


SHELL: Final = {"tool": "run_python_code", "arguments": {"code": "import os\nos.system('ls')"}}


def test_an_explanation_ends_with_the_rule_that_decides(run: Run, tmp_path: Path) -> None:
    done = run("explain", written(tmp_path, "call.json", SHELL), "--policy", CAREFUL)
    lines = done.stdout.splitlines()
    rule = "/tools/run_python_code/deny_if/code.capabilities-contains"
    assert done.exit_code == 1
    assert lines[-1] == f"refuse by {rule}"
    assert lines[-2].startswith(f"→ {rule}: refuses (code.capabilities contains process.shell holds: found ")
    assert not [line for line in lines[:-2] if line.startswith("→")]


def test_an_explanation_is_json_on_request(run: Run, tmp_path: Path) -> None:
    call = written(tmp_path, "call.json", {"tool": "run_python_code", "arguments": {"code": "print(1)"}})
    done = run("explain", call, "--policy", SEED, "--format", "json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["decision"], told["rule"]) == (0, "forward", "(allowed)")
    assert [step["rule"] for step in told["steps"] if step["decides"]] == ["(allowed)"]
    assert "/tools/run_python_code/limits/run_python_code_rate" in [step["rule"] for step in told["steps"]]


YES: Final = [{"path": "args.a", "op": "exists", "value": True}]
NO: Final = [{"path": "args.b", "op": "exists", "value": True}]


@pytest.mark.parametrize(
    ("parts", "rule", "says"),
    [
        ({"hide": ["t"]}, "(hidden)", "refuses"),
        ({}, "(default deny)", "refuses"),
        ({"tools": {"t": {"action": "deny"}}}, "/tools/t/action", "refuses"),
        ({"tools": {"t": {"require": [{"conditions": NO}]}}}, "/tools/t/require/args.b-exists", "refuses"),
        ({"tools": {"t": {"deny_if": [{"conditions": YES}]}}}, "/tools/t/deny_if/args.a-exists", "refuses"),
        ({"tools": {"t": {"approve_if": [{"conditions": YES}]}}}, "/tools/t/approve_if/args.a-exists", "asks"),
        ({"tools": {"t": {"limits": [{"counter": "c", "window": "day", "max": 1, "increment_from": "args.n"}]}}},
         "/tools/t/limits/c", "refuses"),
        ({"tools": {"t": {"code": {"argument": "args.code"}}}}, "(unreadable call)", "refuses"),
        ({"tools": {"t": {"clamp": {"args.a": 5}}}}, "(unreadable call)", "refuses"),
        ({"tools": {"t": {}}}, "(allowed)", "allows"),
    ],
)  # fmt: skip
def test_every_kind_of_decision_is_explained_by_one_step(
    tmp_path: Path, parts: dict[str, Any], rule: str, says: str
) -> None:
    gate = open_trial(policy(tmp_path, **parts), 0.0)
    call = Call("t", {"a": "x"})
    explanation = explain_call(gate, call)
    assert [(step.rule, step.says) for step in explanation.steps if step.decides] == [(rule, says)]
    assert explanation.decision.rule == rule == gate.inspect(call).decision.rule


@pytest.mark.parametrize("verdict", ["import os\nos.system('rm -rf /')", "print(1)"])
def test_a_verdict_that_decides_is_a_step(tmp_path: Path, verdict: str) -> None:
    gate = open_trial(policy(tmp_path, code={}, tools={"t": {"code": {"argument": "args.code"}}}), 0.0)
    explanation = explain_call(gate, Call("t", {"code": verdict}))
    assert [step.rule for step in explanation.steps if step.decides] == [explanation.decision.rule]


def test_a_call_may_be_written_as_mcp_sends_it(tmp_path: Path) -> None:
    params = {"name": "t", "arguments": {"a": 1}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    assert read_call(written(tmp_path, "call.json", message)) == Call("t", {"a": 1})


@pytest.mark.parametrize("call", [[], {}, {"tool": 5}, {"tool": "t", "args": {}}, {"method": "tools/call"}])
def test_what_is_no_call_is_refused(tmp_path: Path, call: Any) -> None:
    with pytest.raises(PolicyError, match="a call is tool, arguments"):
        read_call(written(tmp_path, "call.json", call))


@pytest.mark.parametrize(
    ("case", "difference"),
    [
        ({"expect": "forward"}, ""),
        ({"expect": "refuse"}, "expected refuse, but it is forward by (allowed)"),
        ({"expect": "forward", "rule": "(hidden)"}, "expected the rule (hidden), but (allowed) decided"),
        ({"expect": "forward", "message": "x"}, "expected a message with 'x'"),
        ({"expect": "refuse", "before": 2, "rule": "/tools/t/limits/c", "message": "2 are used"}, ""),
        ({"expect": "forward", "before": 1}, ""),
        ({"expect": "ask", "arguments": {"a": 1}}, ""),
    ],
)
def test_a_case_says_how_a_policy_differs(run: Run, tmp_path: Path, case: dict[str, Any], difference: str) -> None:
    limits = [{"counter": "c", "window": "minute", "max": 2}]
    file = policy(tmp_path, tools={"t": {"limits": limits, "approve_if": [{"conditions": YES}]}})
    cases = written(tmp_path, "cases.json", {"policy": file.name, "cases": [{"name": "n", "tool": "t", **case}]})
    done = run("test", cases)
    assert done.exit_code == int(bool(difference))
    assert difference in done.stdout
    assert f"{int(not difference)} of 1 cases pass" in done.stdout


@pytest.mark.parametrize(
    ("cases", "problem"),
    [
        ({"cases": []}, "#/cases: List should have at least 1 item"),
        ({"cases": [{"name": "n", "tool": "t", "expect": "pass"}]}, "#/cases/0/expect: Input should be 'forward'"),
        ({"cases": [{"name": "n", "tool": "t", "expect": "ask", "rules": ""}]}, "#/cases/0/rules: Extra inputs"),
    ],
)
def test_cases_that_cannot_be_read_are_told(tmp_path: Path, cases: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(problem)):
        read_cases(written(tmp_path, "cases.json", cases))


def test_cases_without_a_policy_ask_for_one(run: Run, tmp_path: Path) -> None:
    cases = written(tmp_path, "cases.json", {"cases": [{"name": "n", "tool": "t", "expect": "refuse"}]})
    assert "is missing" in str(run("test", cases).exception)
    assert run("test", cases, "--policy", SEED).exit_code == 0


def test_the_seed_policy_is_exported_as_it_is() -> None:
    exported = export_policy(load_policy(SEED))
    assert exported.document == json.loads(SEED.read_text())
    assert exported.lost == []


@pytest.mark.parametrize(
    ("parts", "tool", "lost"),
    [
        ({"require": [{"conditions": YES, "on_deny": "x"}]}, {"require": [{"conditions": YES, "on_deny": "x"}]}, []),
        ({"deny_if": [{"conditions": [{"path": "code.score", "op": "gt", "value": 1}]}]}, {}, ["/tools/t/deny_if/code.score-gt"]),
        ({"approve_if": [{"conditions": YES}]}, {"deny_if": [{"conditions": YES}]}, ["/tools/t/approve_if/args.a-exists"]),
        ({"limits": [{"counter": "c", "window": "day", "max": 1, "scope": "global"}]},
         {"limits": [{"counter": "c", "window": "day", "max": 1, "scope": "grant"}]}, ["/tools/t/limits/c"]),
        ({"limits": [{"counter": "c", "window": "day", "max": 1, "increment_from": "args.n"}]}, {}, ["/tools/t/limits/c"]),
        ({"limits": [{"counter": "c", "window": "day", "max": 1, "kind": "running"}]}, {}, ["/tools/t/limits/c"]),
        ({"action": "deny"}, {}, ["/tools/t"]),
        ({"clamp": {"args.n": 5}, "force": {"args.m": 1}, "code": {"argument": "args.c"}}, {},
         ["/tools/t/code", "/tools/t/clamp", "/tools/t/force"]),
        ({"rules": [{"name": "r", "conditions": YES}]}, {"require": [{"conditions": YES}]}, []),
        ({"rules": [{"name": "r", "rate_limit": "5/hour"}]},
         {"limits": [{"counter": "t._rate_hour", "window": "hour", "max": 5, "scope": "grant"}]}, ["/tools/t/rules/r"]),
    ],
)  # fmt: skip
def test_an_export_says_what_it_loses(
    tmp_path: Path, parts: dict[str, Any], tool: dict[str, Any], lost: list[str]
) -> None:
    exported = export_policy(load_policy(policy(tmp_path, tools={"t": parts})))
    assert exported.document["tools"] == {"t": tool}
    assert [line.partition(": ")[0] for line in exported.lost] == lost


def test_a_tool_that_is_always_denied_stays_so(tmp_path: Path) -> None:
    for part in ({"action": "deny"}, {"rules": [{"name": "r", "action": "deny"}]}):
        exported = export_policy(load_policy(policy(tmp_path, tools={"t": part}, default="allow"))).document
        again = load_policy(written(tmp_path, "exported.json", exported))
        assert decide(again, Scene(Call("t", {}))).rule == "(hidden)"


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.json")), ids=lambda file: file.stem)
def test_an_export_is_a_policy_again(tmp_path: Path, file: Path) -> None:
    exported = export_policy(load_policy(file)).document
    assert load_policy(written(tmp_path, "exported.json", exported)).warnings == ()


def test_everything_that_is_written_has_a_part_that_forbids_other_keys() -> None:
    parts = [part for part in _below(BaseModel) if part.__module__ == PolicyPart.__module__]
    assert len(parts) >= 10
    assert {part.__name__ for part in parts if part.model_config.get("extra") != "forbid"} == set()


def _below(kind: type[BaseModel]) -> list[type[BaseModel]]:
    return [each for part in kind.__subclasses__() for each in (part, *_below(part))]
