"""A word that nothing is called by is an error that names near ones; a tool of which nothing is judged is warned of."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from validator.model.call import Call
from validator.model.errors import PolicyError
from validator.trial import explain_call, open_trial

Write: TypeAlias = Callable[..., Path]
TOOL = "run_python_code"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(tools: Any, **rest: Any) -> Path:
        file = tmp_path / "policy.json"
        file.write_text(json.dumps({"version": "1", "default": "deny", "tools": tools, **rest}))
        return file

    return write


def asking(field: str, op: str, value: Any, key: str = "deny_if") -> dict[str, Any]:
    return {TOOL: {key: [{"conditions": [{"path": f"code.{field}", "op": op, "value": value}]}]}}


@pytest.mark.parametrize(
    ("field", "op", "value", "reason", "advice"),
    [
        ("capabilities", "contains", "proces.shell", "there is no capability 'proces.shell'", "did you mean 'process.shell'"),
        ("capabilities", "contains", "process.shel", "there is no capability 'process.shel'", "'process.shell'"),
        ("capabilities", "contains", "proces", "there is no capability 'proces'", "'process'"),
        ("capabilities", "contains", "network.connect.x", "there is no capability", "'network.connect'"),
        ("capabilities", "contains", "Process", "there is no capability 'Process'", "'process'"),
        ("capabilities", "contains", 5, "there is no capability 5", "rules/capabilities.yaml"),
        ("capabilities", "in", ["fs.read", "fs.wriet"], "there is no capability 'fs.wriet'", "'fs.write'"),
        ("capabilities", "not_in", ["shell"], "there is no capability 'shell'", ""),
        ("capabilities", "eq", ["fs"], "there is no capability 'fs'", ""),
        ("capabilities", "neq", ["fs.raed"], "there is no capability 'fs.raed'", "'fs.read'"),
        ("capabilities", "regex", "^proces\\.", "no capability matches '^proces\\\\.'", ""),
        ("findings", "contains", "shell-comand", "there is no rule 'shell-comand'", "did you mean 'shell-command'"),
        ("findings", "not_in", ["no-such-rule"], "there is no rule 'no-such-rule'", ""),
        ("findings", "regex", "^shel-", "no rule matches '^shel-'", ""),
        ("verdict", "eq", "denied", "there is no verdict 'denied'", "one of: allow, deny, review"),
        ("verdict", "in", ["deny", "revue"], "there is no verdict 'revue'", "one of: allow, deny, review"),
        ("verdict", "neq", True, "there is no verdict True", "one of: allow, deny, review"),
        ("verdict", "regex", "^denied$", "no verdict matches", "one of: allow, deny, review"),
        ("capabilites", "contains", "fs", "'code' has no 'capabilites'", "did you mean 'capabilities'? one of: "),
        ("score.x", "gt", 5, "'code' has no 'score.x'", "one of: "),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["deny_if", "require", "approve_if"])
def test_a_slip_of_the_pen_is_an_error_that_names_near_words(
    write: Write, field: str, op: str, value: Any, reason: str, advice: str, key: str
) -> None:
    with pytest.raises(PolicyError) as error:
        open_trial(write(asking(field, op, value, key)), 0.0)
    (problem,) = error.value.problems
    assert f"#/tools/{TOOL}/{key}/" in problem.place
    assert reason in problem.reason
    assert advice in problem.advice


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("capabilities", "contains", "process"),
        ("capabilities", "contains", "process.shell"),
        ("capabilities", "contains", "import"),
        ("capabilities", "contains", "unresolved"),
        ("capabilities", "in", ["fs", "import", "flow"]),
        ("capabilities", "eq", ["fs.read"]),
        ("capabilities", "eq", []),
        ("capabilities", "regex", "^process"),
        ("capabilities", "exists", True),
        ("findings", "contains", "shell-command"),
        ("findings", "contains", "not-on-the-list"),
        ("findings", "regex", "^shell-"),
        ("verdict", "eq", "deny"),
        ("verdict", "contains", "den"),
        ("verdict", "not_in", ["allow", "review"]),
        ("imports", "contains", "proces"),
        ("hosts", "in", ["nowhere.example"]),
    ],
)
def test_what_judgment_knows_may_be_asked(write: Write, field: str, op: str, value: Any) -> None:
    assert open_trial(write(asking(field, op, value)), 0.0).policy.warnings == ()


def test_slips_of_limits_and_of_all_tools_and_of_other_dialects_are_found(write: Write) -> None:
    slip = {"path": "code.capabilities", "op": "contains", "value": "netwrk"}
    limit = {"counter": "c", "window": "day", "max": 1, "when": [slip]}
    tools = {TOOL: {"limits": [limit]}, "execute_code": {"rules": [{"name": "r", "conditions": [slip]}]}}
    with pytest.raises(PolicyError) as error:
        open_trial(write(tools, all_tools={"approve_if": [{"conditions": [slip]}]}), 0.0)
    places = sorted(problem.place.partition("#")[2] for problem in error.value.problems)
    approve = "/all_tools/approve_if/code.capabilities-contains"
    assert places == [approve, "/tools/execute_code/rules/r", f"/tools/{TOOL}/limits/c"]


PLACE = 'name its code argument with {"code": {"argument": "args.code"}}'


@pytest.mark.parametrize(
    ("tools", "rest", "warned"),
    [
        ({"mine": {}}, {"code": {}}, ["/tools/mine"]),
        ({"mine": {}, TOOL: {}}, {"code": {}}, ["/tools/mine"]),
        ({"mine": {}}, {}, []),
        ({"mine": {"code": {"argument": "args.c"}}}, {"code": {}}, []),
        ({"mine": {"action": "deny"}}, {"code": {}}, ["/tools/mine/action"]),
        ({"mine": {}}, {"code": {}, "hide": ["mine"]}, []),
        ({TOOL: {}}, {"code": {}}, []),
        ({"a/b": {}}, {"code": {}}, ["/tools/a~1b"]),
        ({TOOL: {}}, {"code": {}, "default": "allow"}, ["/default"]),
        ({TOOL: {}}, {"default": "allow"}, []),
    ],
)
def test_a_tool_that_passes_unjudged_beside_a_code_block_is_warned_of(
    write: Write, tools: Any, rest: Any, warned: list[str]
) -> None:
    warnings = open_trial(write(tools, **rest), 0.0).policy.warnings
    assert [each.place.partition("#")[2] for each in warnings] == warned


def test_the_warning_names_the_tool_and_what_to_write(write: Write) -> None:
    (warning,) = open_trial(write({"mine": {}}, code={}), 0.0).policy.warnings
    assert (warning.reason, warning.advice) == ("tool 'mine': nothing in it is judged", PLACE)


@pytest.mark.parametrize(
    ("tool", "rest", "warned"),
    [("mine", {"code": {}}, True), ("mine", {}, False), (TOOL, {"code": {}}, False), ("placed", {"code": {}}, False)],
)
def test_an_explanation_says_that_nothing_is_judged(write: Write, tool: str, rest: Any, warned: bool) -> None:
    file = write({"mine": {}, TOOL: {}, "placed": {"code": {"argument": "args.c"}}}, **rest)
    steps = explain_call(open_trial(file, 0.0), Call(tool, {"c": "1", "code": "1"})).steps
    assert any(f"warning: tool {tool!r}: nothing in it is judged; {PLACE}" in step.because for step in steps) is warned
