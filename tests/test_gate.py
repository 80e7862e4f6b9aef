"""What the gate lets through, what it refuses, and what it keeps a record of."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from validator.audit.log import AuditLog
from validator.gate import Admission, Gate
from validator.intake.tools import load_tools
from validator.live import LiveGate, make_base
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action
from validator.model.errors import PolicyError
from validator.model.fact import Fact, Kind
from validator.model.verdict import Outcome, Verdict
from validator.policy.load import load_policy
from validator.policy.memory import MemoryStore

SHIPPED = Path(__file__).parents[1] / "rules" / "policies"
SECRET = "print('a secret')"
Build: TypeAlias = Callable[..., Gate]


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0 // 60 * 60

    def __call__(self) -> float:
        return self.now


def judge(argument: Argument) -> Verdict:
    """A judge of one word: what says `harm` is denied, what says `crash` breaks it."""
    text = str(argument.content)
    if "crash" in text:
        raise RecursionError(text)
    outcome, score = (Outcome.DENY, 90) if "harm" in text else (Outcome.ALLOW, 10)
    facts = (Fact(Kind.CALL, "env.write", "os.putenv", {"key": "K", "value": SECRET}),)
    return Verdict(outcome, score, (), facts, ("env.write",), argument.digest(), "balanced")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def build(tmp_path: Path, clock: Clock, file: Path) -> Build:
    """Build a gate from what a policy says of `run_python_code`, and what else it says."""

    def build(tool: dict[str, Any] | None = None, **rest: Any) -> Gate:
        policy = tmp_path / "policy.json"
        tools = {"run_python_code": tool} if tool is not None else {}
        policy.write_text(json.dumps({"version": "1", "default": "deny", "tools": tools, **rest}))
        return Gate(load_policy(policy), judge, load_tools(), MemoryStore(), AuditLog(file), clock, "me", "here")

    return build


def call(code: Any = "1", tool: str = "run_python_code", **arguments: Any) -> Call:
    return Call(tool, {"code": code, **arguments}, request="7")


def open_gate(file: Path, clock: Clock, server: str = "here") -> LiveGate:
    base = replace(make_base("me", server, None), clock=clock)
    return LiveGate(base, lambda: file, lambda _: None)


def limit(maximum: int, **rest: Any) -> dict[str, Any]:
    return {"limits": [{"counter": "c", "window": "minute", "max": maximum, **rest}]}


def rule_of(admission: Admission) -> str:
    return admission.decision.rule


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text().splitlines() if line]


def test_the_seed_policy_passes_ten_calls_a_minute_and_nothing_else(clock: Clock) -> None:
    gate = Gate(load_policy(SHIPPED / "seed.json"), judge, load_tools(), MemoryStore(), None, clock)
    admissions = [gate.inspect(call("harm")) for _ in range(11)]
    assert [rule_of(each) for each in admissions[:10]] == ["(allowed)"] * 10
    refused = admissions[10].decision
    assert refused.rule == "/tools/run_python_code/limits/run_python_code_rate"
    assert refused.retry_after == 60
    assert refused.message == "'run_python_code_rate' allows 10 per minute, and 10 are used"
    assert rule_of(gate.inspect(call(tool="write_file"))) == "(default deny)"
    clock.now += 60
    assert rule_of(gate.inspect(call())) == "(allowed)"


@pytest.mark.parametrize(
    ("code", "policy", "rule"),
    [
        ("1", {"code": {}}, "(allowed)"),
        ("harm", {"code": {}}, "(verdict)"),
        ("harm", {}, "(allowed)"),
        ("crash", {"code": {}}, "(internal error)"),
        ("crash", {}, "(internal error)"),
        (5, {}, "(unreadable call)"),
        (None, {}, "(unreadable call)"),
    ],
)
def test_only_code_that_could_be_judged_is_forwarded(build: Build, code: Any, policy: Any, rule: str) -> None:
    admission = build({}, **policy).inspect(call(code))
    assert rule_of(admission) == rule
    assert (admission.decision.action is Action.FORWARD) is (rule == "(allowed)")


def test_the_verdict_is_kept_even_where_it_refuses_nothing(build: Build) -> None:
    verdict = build({}).inspect(call("harm")).decision.verdict
    assert verdict is not None
    assert verdict.outcome is Outcome.DENY


def test_a_crash_is_named_without_the_text_of_the_argument(build: Build, file: Path) -> None:
    message = build({}).inspect(call("crash " + SECRET)).decision.message
    assert message.startswith("internal error: RecursionError at test_gate.py:")
    assert SECRET not in message + file.read_text()


def test_all_code_of_a_call_is_judged_and_the_worst_counts(build: Build) -> None:
    admission = build({}, code={}).inspect(call("1", python_code="harm"))
    assert admission.decision.verdict is not None
    assert (rule_of(admission), len(admission.decision.verdict.facts)) == ("(verdict)", 2)


@pytest.mark.parametrize(
    ("policy", "rule"),
    [({}, "(allowed)"), ({"code": {}}, "(unreadable call)"), ({"code": {"on_unseen": "allow"}}, "(allowed)")],
)
def test_code_out_of_sight_is_refused_under_a_code_block(build: Build, policy: Any, rule: str) -> None:
    gate = build(None, tools={"run_python_file": {}}, **policy)
    assert rule_of(gate.inspect(Call("run_python_file", {"file_path": "a.py"}))) == rule


def test_the_policy_can_say_where_a_tool_carries_code(build: Build) -> None:
    gate = build(None, tools={"go": {"code": {"argument": "args.deep.text", "session": "args.session"}}})
    assert rule_of(gate.inspect(Call("go", {"deep": {"text": "harm"}}))) == "(verdict)"
    assert rule_of(gate.inspect(Call("go", {"deep": {}}))) == "(unreadable call)"
    assert gate.inspect(Call("go", {"deep": {"text": "1"}, "session": "s"})).call.session == "s"


@pytest.mark.parametrize("refused", ["harm", 5, "crash"])
def test_a_refused_call_uses_no_quota(build: Build, refused: Any) -> None:
    gate = build(limit(1), code={})
    gate.inspect(call(refused))
    assert rule_of(gate.inspect(call())) == "(allowed)"


def test_a_limit_can_count_the_risk(build: Build) -> None:
    gate = build(limit(25, increment_from="code.score"))
    assert [rule_of(gate.inspect(call())) for _ in range(3)] == ["(allowed)"] * 2 + ["/tools/run_python_code/limits/c"]


@pytest.mark.parametrize(
    ("outcome", "rule"),
    [
        ("ok", "/tools/run_python_code/limits/c"),
        ("tool error", "/tools/run_python_code/limits/c"),
        ("protocol error", "/tools/run_python_code/limits/c"),
        ("lost", "/tools/run_python_code/limits/c"),
        ("cancelled", "/tools/run_python_code/limits/c"),
        ("not run", "(allowed)"),
    ],
)
def test_only_a_call_that_surely_did_not_run_gets_its_quota_back(build: Build, outcome: str, rule: str) -> None:
    gate = build(limit(1))
    gate.settle(gate.inspect(call()), outcome, 1.0)
    assert rule_of(gate.inspect(call())) == rule


def test_settling_a_refused_call_changes_nothing(build: Build, file: Path) -> None:
    gate = build({}, code={})
    gate.settle(gate.inspect(call("harm")), "lost", 1.0)
    assert len(lines(file)) == 1


def test_every_decision_leaves_a_record_and_so_does_its_end(build: Build, file: Path) -> None:
    gate = build({}, code={})
    gate.settle(gate.inspect(call()), "ok", 12.5)
    gate.inspect(call("harm"))
    gate.refuse("no params", tool="t", request="9")
    kept = [(each["event"], each.get("rule", ""), each.get("outcome", "")) for each in lines(file)]
    assert kept == [
        ("decided", "(allowed)", ""),
        ("settled", "", "ok"),
        ("decided", "(verdict)", ""),
        ("decided", "(unreadable call)", ""),
    ]


def test_a_record_tells_who_called_what_but_never_the_argument(build: Build, file: Path) -> None:
    gate = build({}, code={})
    gate.settle(gate.inspect(call(SECRET, session_id="s")), "ok", 12.5)
    kept, settled = lines(file)
    assert (kept["grant"], kept["server"], kept["tool"]) == ("me", "here", "run_python_code")
    assert (kept["keys"], kept["policy"]) == (["code", "session_id"], gate.policy.digest)
    assert (kept["time"], settled["milliseconds"]) == (gate.clock(), 12.5)
    assert kept["digest"] == Argument(SECRET).digest()
    assert "secret" not in file.read_text()


def test_the_gate_knows_who_calls_whatever_the_call_says(build: Build) -> None:
    admission = build({}).inspect(Call("run_python_code", {"code": "1"}, grant="root", server="elsewhere"))
    assert (admission.call.grant, admission.call.server) == ("me", "here")


def test_an_audit_that_cannot_be_kept_denies_and_uses_no_quota(build: Build, file: Path) -> None:
    gate = build(limit(1))
    aside = file.rename(file.with_suffix(".aside"))
    refused = gate.inspect(call()).decision
    assert refused.rule == "(internal error)"
    assert (
        refused.message == "the audit log is gone: No such file or directory, and nothing is forwarded without a record"
    )
    aside.rename(file)
    assert rule_of(gate.inspect(call())) == "(allowed)"


def test_a_call_that_has_run_is_settled_even_when_the_audit_is_lost(build: Build, file: Path) -> None:
    gate = build(limit(1))
    admission = gate.inspect(call())
    file.unlink()
    gate.settle(admission, "lost", 1.0)
    assert gate.refuse("no params", tool="t", request="9").decision.action is Action.REFUSE
    assert rule_of(gate.inspect(call())) == "(internal error)"


@pytest.mark.parametrize(("hide", "hidden"), [([], False), (["t"], True), (["*"], True), (["x"], False)])
def test_a_hidden_tool_is_known_as_such(build: Build, hide: list[str], hidden: bool) -> None:
    assert build({}, hide=hide).hidden("t") is hidden


def test_a_gate_opens_with_the_rules_that_ship(clock: Clock) -> None:
    gate = open_gate(SHIPPED / "mcp-python-interpreter.json", clock, "mcp-python-interpreter")
    assert rule_of(gate.inspect(call("print(6 * 7)"))) == "(allowed)"
    assert gate.inspect(call("import os\nos.system('ls')")).decision.action is Action.REFUSE


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ({"code": {"profile": "lax"}}, "#/code/profile: there is no profile 'lax' (one of: balanced"),
        (
            {"tools": {"go": {"deny_if": [{"conditions": [{"path": "code.score", "op": "gt", "value": 1}]}]}}},
            "#/tools/go/deny_if/code.score-gt: asks about code, and 'go' is not known to carry any",
        ),
    ],
)
def test_a_gate_that_could_not_judge_does_not_open(tmp_path: Path, clock: Clock, policy: Any, problem: str) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"version": "1", "default": "deny", **policy}))
    with pytest.raises(PolicyError) as caught:
        open_gate(file, clock)
    assert problem in str(caught.value)


def test_the_settings_file_of_a_policy_holds_beside_its_settings(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "site.yaml").write_text(
        "settings: {allowed_hosts: a.example}\n"
        "suppress:\n  - {rule: shell-command, command: uptime, reason: r}\n  - {rule: gone, path: x, reason: r}\n"
    )
    code = {"settings": {"allowed_hosts": "b.example"}, "settings_file": "site.yaml"}
    (tmp_path / "policy.json").write_text(json.dumps({"version": "1", "default": "deny", "code": code}))
    gate = open_gate(tmp_path / "policy.json", clock)
    verdict = gate.gate.judge(Argument("import os, requests\nrequests.get('https://a.example')\nos.system('uptime')"))
    assert {"shell-command", "connection-to-unlisted-host"}.isdisjoint(finding.rule for finding in verdict.findings)
    assert [each.finding.rule for each in verdict.ignored] == ["shell-command"]
    assert ["site.yaml:4" in str(warning) for warning in gate.gate.policy.warnings] == [True]


def test_a_setting_that_no_rule_asks_for_is_told(tmp_path: Path, clock: Clock) -> None:
    policy = {"version": "1", "default": "allow", "code": {"settings": {"allowed_host": "a.example"}}}
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    with pytest.raises(PolicyError, match="#/code/settings/allowed_host: there is no setting 'allowed_host'"):
        open_gate(tmp_path / "policy.json", clock)


@pytest.mark.parametrize("rest", [{}, {"code": {"on_review": "allow", "deny_at": 100}}])
@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("getattr(m, n)(c)", "/tools/run_python_code/deny_if/code.capabilities-contains"),
        ("exec(input())", "/tools/run_python_code/deny_if/code.capabilities-contains"),
        ("def (", "/tools/run_python_code/deny_if/code.capabilities-contains"),
        ("print(1 + 1)", "(allowed)"),
    ],
)
def test_a_rule_about_code_counts_what_cannot_be_worked_out_with_or_without_a_code_block(
    tmp_path: Path, clock: Clock, rest: Any, code: str, rule: str
) -> None:
    shell = {"conditions": [{"path": "code.capabilities", "op": "contains", "value": "process.shell"}]}
    policy = {"version": "1", "default": "deny", "tools": {"run_python_code": {"deny_if": [shell]}}, **rest}
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    assert rule_of(open_gate(tmp_path / "policy.json", clock).inspect(call(code))) == rule
