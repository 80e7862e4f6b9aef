"""What another policy would have decided on the calls of an audit, and what nobody can tell any more."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner

from validator.audit.log import AuditLog
from validator.cli import make_app
from validator.gate import Gate
from validator.intake.tools import load_tools
from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.verdict import Verdict
from validator.policy.load import load_policy
from validator.rulebook.load import load_rulebook

TOOL = "run_python_code"
BOOK = load_rulebook()
Replay: TypeAlias = Callable[..., list[tuple[str, str, str]]]


def judge(argument: Argument) -> Verdict:
    return judge_argument(argument, BOOK)


def write(file: Path, tool: dict[str, Any] | None, **rest: Any) -> Path:
    tools = {} if tool is None else {TOOL: tool}
    file.write_text(json.dumps({"version": "1", "default": "deny", "tools": tools, **rest}))
    return file


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    """Make calls under an old policy, and replay them under a new one."""

    def replay(
        calls: list[dict[str, Any]], new: Any, *, old: Any = ({},), outcome: str = "ok", step: float = 0.0
    ) -> list[tuple[str, str, str]]:
        now = [1_700_000_040.0]
        log = AuditLog(tmp_path / "audit.jsonl")
        policy = load_policy(write(tmp_path / "old.json", old[0], **(old[1] if len(old) > 1 else {})))
        gate = Gate(policy, judge, load_tools(), audit=log, clock=lambda: now[0])
        for arguments in calls:
            gate.settle(gate.inspect(Call(TOOL, arguments)), outcome, 1.0)
            now[0] += step
        log.close()
        policy_file = write(tmp_path / "new.json", new[0], **(new[1] if len(new) > 1 else {}))
        command = ["policy", "simulate", "--audit", str(tmp_path / "audit.jsonl"), "--policy", str(policy_file)]
        done = CliRunner().invoke(make_app(["policy", "check"]), [*command, "--all", "--format", "json"])
        assert done.exit_code == 0, (done.output, done.exception)
        shown = json.loads(done.stdout)["shown"]
        return [(each["before"]["decision"], each["after"]["decision"], each["after"]["rule"]) for each in shown]

    return replay


def condition(path: str, operator: str, value: Any) -> dict[str, Any]:
    return {"conditions": [{"path": path, "op": operator, "value": value}]}


SHELL = {"code": "import os\nos.system('ls')"}
HARMLESS = {"code": "print(1)"}
NO_SHELL = {"deny_if": [condition("code.capabilities", "contains", "process.shell")]}
AT_NOON = {"deny_if": [condition("args.when", "eq", "noon")]}
RULE = f"/tools/{TOOL}/"


@pytest.mark.parametrize(
    ("calls", "new", "after"),
    [
        ([SHELL, HARMLESS], ({},), [("forward", "(allowed)"), ("forward", "(allowed)")]),
        ([SHELL, HARMLESS], (NO_SHELL,), [("refuse", RULE + "deny_if/code.capabilities-contains"), ("forward", "(allowed)")]),
        ([SHELL, HARMLESS], ({}, {"code": {}}), [("refuse", "(verdict)"), ("forward", "(allowed)")]),
        ([SHELL], ({}, {"code": {"deny_at": 10, "review_at": 1}}), [("refuse", "(verdict)")]),
        ([HARMLESS], (None,), [("refuse", "(default deny)")]),
        ([HARMLESS], ({}, {"hide": [TOOL]}), [("refuse", "(hidden)")]),
        ([HARMLESS], ({"deny_if": [condition("code.lines", "gte", 1)]},), [("refuse", RULE + "deny_if/code.lines-gte")]),
        ([HARMLESS], ({"require": [condition("grant.name", "eq", "x")]},), [("refuse", RULE + "require/grant.name-eq")]),
        ([HARMLESS], ({"approve_if": [condition("code.score", "gte", 0)]},), [("ask", RULE + "approve_if/code.score-gte")]),
        # The values of arguments are gone; that one was not there is known.
        ([HARMLESS], (AT_NOON,), [("forward", "(allowed)")]),
        ([{**HARMLESS, "when": "noon"}], (AT_NOON,), [("unknown", RULE + "deny_if/args.when-eq")]),
        ([{**HARMLESS, "when": "noon"}], ({"deny_if": [*AT_NOON["deny_if"], condition("code.score", "gte", 0)]},), [("refuse", RULE + "deny_if/code.score-gte")]),
        ([{**HARMLESS, "when": 5}], ({"require": [condition("args.when", "lte", 9)]},), [("unknown", RULE + "require/args.when-lte")]),
        ([HARMLESS], ({"require": [condition("args.when", "lte", 9)]},), [("refuse", RULE + "require/args.when-lte")]),
        ([{**HARMLESS, "when": 5}], ({"approve_if": [condition("args.when", "lte", 9)]},), [("unknown", RULE + "approve_if/args.when-lte")]),
        ([HARMLESS], ({}, {"code": {"profile": "strict"}}), [("unknown", "")]),
    ],
)  # fmt: skip
def test_a_call_is_decided_as_the_new_policy_says(replay: Replay, calls: Any, new: Any, after: Any) -> None:
    assert [(decision, rule) for _, decision, rule in replay(calls, new)] == after


def limit(maximum: int, **rest: Any) -> tuple[dict[str, Any]]:
    return ({"limits": [{"counter": "c", "window": "minute", "max": maximum, **rest}]},)


@pytest.mark.parametrize(
    ("count", "new", "options", "after"),
    [
        (3, limit(2), {}, ["forward", "forward", "refuse"]),
        (3, limit(2), {"step": 60.0}, ["forward", "forward", "forward"]),
        (3, limit(2), {"outcome": "not run"}, ["forward", "forward", "forward"]),
        (3, limit(2), {"outcome": "lost"}, ["forward", "forward", "refuse"]),
        (2, limit(20, increment_from="code.lines", when=[]), {}, ["forward", "forward"]),
        (2, limit(9, increment_from="args.cost"), {}, ["unknown", "unknown"]),
        (
            2,
            (
                {
                    "limits": [
                        *limit(9, increment_from="args.cost")[0]["limits"],
                        {"counter": "d", "window": "hour", "max": 1},
                    ]
                },
            ),
            {},
            ["unknown", "unknown"],
        ),
        (2, limit(1, when=condition("args.cost", "gt", 3)["conditions"]), {}, ["forward", "unknown"]),
    ],
)
def test_limits_are_replayed(replay: Replay, count: int, new: Any, options: Any, after: list[str]) -> None:
    calls = [{**HARMLESS, "cost": 5}] * count
    assert [decision for _, decision, _ in replay(calls, new, **options)] == after


def test_a_call_that_was_refused_unheard_is_unknown(replay: Replay) -> None:
    assert replay([HARMLESS], ({},), old=(None,)) == [("refuse", "unknown", "")]


def test_a_call_that_could_not_be_read_stays_refused(replay: Replay) -> None:
    assert replay([{"code": 5}], ({},)) == [("refuse", "refuse", "(unreadable call)")]


def test_a_counter_that_may_be_used_up_leaves_later_calls_unknown(replay: Replay) -> None:
    tool = {"deny_if": AT_NOON["deny_if"], **limit(1)[0]}
    calls = [{**HARMLESS, "when": "noon"}, HARMLESS]
    assert [decision for _, decision, _ in replay(calls, (tool,))] == ["unknown", "unknown"]


def test_a_table_shows_what_changes_and_counts_the_rest(replay: Replay, tmp_path: Path) -> None:
    replay([SHELL, HARMLESS], (NO_SHELL,))
    command = ["simulate", "--audit", str(tmp_path / "audit.jsonl"), "--policy", str(tmp_path / "new.json")]
    shown = CliRunner().invoke(make_app(["policy", "check"]), ["policy", *command]).stdout.splitlines()
    assert shown[0].endswith(f"{TOOL}  forward (allowed) -> refuse {RULE}deny_if/code.capabilities-contains")
    assert shown[1:] == ["2 calls: 1 changed, 1 unchanged, 0 unknown"]


def test_what_the_audit_has_cut_is_unknown_and_never_safe(replay: Replay) -> None:
    path = "/data/" + "a" * 900
    new = {"deny_if": [condition("code.paths_read", "contains", path)]}
    calls = [{"code": f"open({path!r})"}, {"code": "open('/data/a')"}]
    assert [decision for _, decision, _ in replay(calls, (new,))] == ["refuse", "forward"]
