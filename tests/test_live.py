"""An edited policy holds from the next call on, a broken one changes nothing, and counters live on."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from validator.audit.log import AuditLog
from validator.live import LiveGate, find_by_grant, find_by_policy, make_base
from validator.model.call import Call
from validator.policy.grant import GrantFile

Write: TypeAlias = Callable[..., Path]
LIMIT = {"limits": [{"counter": "c", "window": "day", "max": 3}]}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a policy that says something of the tool `t`."""

    def write(tool: Any = None, name: str = "policy.json", **rest: Any) -> Path:
        file = tmp_path / name
        tools = {} if tool is None else {"t": tool}
        file.write_text(json.dumps({"version": "1", "default": "deny", "tools": tools, **rest}))
        return file

    return write


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def grants(tmp_path: Path) -> GrantFile:
    return GrantFile(tmp_path / "grants.json")


@pytest.fixture
def live(tmp_path: Path, told: list[str], audit: Path) -> Callable[..., LiveGate]:
    def live(find: Any) -> LiveGate:
        base = replace(make_base("me", "here", AuditLog(audit)), clock=lambda: 86400.0)
        return LiveGate(base, find if callable(find) else lambda: find, told.append)

    return live


def rule(gate: LiveGate, tool: str = "t", **arguments: str) -> str:
    return gate.inspect(Call(tool, arguments)).decision.rule


def test_an_edit_holds_from_the_next_call_on_and_counters_live_on(live: Any, write: Write, told: list[str]) -> None:
    gate = live(write(LIMIT))
    assert [rule(gate), rule(gate)] == ["(allowed)"] * 2
    write(LIMIT, hide=["u"])
    assert [rule(gate), rule(gate), rule(gate, "u")] == ["(allowed)", "/tools/t/limits/c", "(hidden)"]
    assert gate.hidden("u")
    assert len(told) == 1


@pytest.mark.parametrize("broken", ["{", "", '{"version": "1"}', '{"version": "1", "default": "allow", "x": 1}', None])
def test_a_broken_edit_keeps_the_last_good_policy_and_says_so(
    live: Any, write: Write, told: list[str], audit: Path, broken: str | None
) -> None:
    file = write({})
    gate = live(file)
    file.unlink() if broken is None else file.write_text(broken)
    assert [rule(gate), rule(gate), rule(gate, "u")] == ["(allowed)", "(allowed)", "(default deny)"]
    assert len(told) == 1
    assert told[0].startswith("the policy does not load, and the last good one stays in force: ")
    (record,) = [each for each in map(json.loads, audit.read_text().splitlines()) if each["rule"] == "(policy reload)"]
    assert record["message"].startswith(told[0][:400])
    write(None)
    assert rule(gate) == "(default deny)"


def test_a_change_of_the_settings_file_is_an_edit(live: Any, write: Write, tmp_path: Path, told: list[str]) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("settings: {allowed_hosts: a.example}\n")
    gate = live(write({}, code={"settings_file": "site.yaml"}))
    before = gate.gate.stamp
    site.write_text("settings: {allowed_hosts: b.example}\n")
    assert rule(gate) == "(allowed)"
    assert gate.gate.stamp != before
    site.write_text("settings: {allowed_host: b.example}\n")
    assert rule(gate) == "(allowed)"
    assert len(told) == 2


def test_a_call_is_settled_under_the_policy_that_let_it_pass(live: Any, write: Write, audit: Path) -> None:
    gate = live(write({}))
    admission = gate.inspect(Call("t", {}))
    write(None)
    assert rule(gate) == "(default deny)"
    gate.settle(admission, "ok", 1.0)
    assert [json.loads(line)["event"] for line in audit.read_text().splitlines()][-1] == "settled"


def test_a_grant_calls_under_its_policy(live: Any, write: Write, grants: GrantFile) -> None:
    grants.create("me", "here", str(write({})), 1.0)
    gate = live(find_by_grant(grants, "me"))
    assert [rule(gate), rule(gate, "u")] == ["(allowed)", "(default deny)"]


def test_a_grant_without_a_policy_may_call_nothing(live: Any, write: Write, grants: GrantFile) -> None:
    grants.create("me", "here", "", 1.0)
    gate = live(find_by_grant(grants, "me"))
    assert rule(gate) == "(no policy)"
    grants.bind("me", str(write({})))
    assert rule(gate) == "(allowed)"
    grants.bind("me", "")
    assert rule(gate) == "(no policy)"


def test_a_revoked_grant_may_call_nothing_from_the_next_call_on(live: Any, write: Write, grants: GrantFile) -> None:
    grants.create("me", "here", str(write({})), 1.0)
    gate = live(find_by_grant(grants, "me"))
    assert rule(gate) == "(allowed)"
    grants.revoke("me")
    assert rule(gate) == "(no grant)"


def test_a_policy_of_its_own_does_not_outlive_the_grant(live: Any, write: Write, grants: GrantFile) -> None:
    grants.create("me", "here", "", 1.0)
    gate = live(find_by_policy(write({}), grants, "me"))
    assert rule(gate) == "(allowed)"
    grants.revoke("me")
    assert rule(gate) == "(no grant)"
    grants.create("me", "here", "", 2.0)
    assert rule(gate) == "(allowed)"


def test_a_grant_that_is_made_and_revoked_later_ends_as_well(live: Any, write: Write, grants: GrantFile) -> None:
    gate = live(find_by_policy(write({}), grants, "me"))
    assert rule(gate) == "(allowed)"
    grants.create("me", "here", "", 1.0)
    grants.revoke("me")
    assert rule(gate) == "(no grant)"


@pytest.mark.parametrize("content", [None, "", "{"])
def test_under_a_policy_of_its_own_a_grant_that_cannot_be_found_any_more_has_ended(
    live: Any, write: Write, grants: GrantFile, tmp_path: Path, content: str | None
) -> None:
    grants.create("me", "here", "", 1.0)
    gate = live(find_by_policy(write({}), grants, "me"))
    file = tmp_path / "grants.json"
    file.unlink() if content is None else file.write_text(content)
    assert rule(gate) == "(no grant)"


def test_grants_that_cannot_be_read_deny(live: Any, write: Write, grants: GrantFile, tmp_path: Path) -> None:
    grants.create("me", "here", str(write({})), 1.0)
    gate = live(find_by_grant(grants, "me"))
    (tmp_path / "grants.json").write_text("{")
    assert rule(gate) == "(no grant)"


def test_a_grant_that_moves_to_a_broken_policy_may_call_nothing(
    live: Any, write: Write, grants: GrantFile, tmp_path: Path
) -> None:
    grants.create("me", "here", str(write({})), 1.0)
    gate = live(find_by_grant(grants, "me"))
    (tmp_path / "other.json").write_text("{")
    grants.bind("me", str(tmp_path / "other.json"))
    assert rule(gate) == "(no policy)"
    write({}, name="other.json")
    assert rule(gate) == "(allowed)"


def test_a_fault_while_looking_for_the_policy_denies(live: Any, write: Write) -> None:
    file = write({})
    places = iter([file])
    gate = live(lambda: next(places))
    assert rule(gate) == "(internal error)"


def test_a_file_that_was_judged_when_it_was_written_may_be_run(live: Any, write: Write) -> None:
    file = write(None, code={}, tools={"write_file": {}, "run_python_file": {}, "run_python_code": {}})
    gate = live(file)
    written = {"file_path": "a.py", "content": "print(1)", "overwrite": True}
    gate.settle(gate.inspect(Call("write_file", written)), "ok", 1.0)
    ran = gate.inspect(Call("run_python_file", {"file_path": "a.py"}))
    assert ran.decision.rule == "(allowed)"
    never = gate.inspect(Call("run_python_file", {"file_path": "b.py"})).decision
    assert never.rule == "(unreadable call)"
    assert never.verdict is not None
    assert never.verdict.capabilities == ("unresolved.code",)


def test_a_file_is_judged_again_when_it_is_run(live: Any, write: Write) -> None:
    tools = {"write_file": {}, "run_python_file": {}}
    gate = live(write(None, tools=tools))
    written = {"file_path": "a.py", "content": "import os; os.system('ls')", "overwrite": True}
    gate.settle(gate.inspect(Call("write_file", written)), "ok", 1.0)
    write(None, tools=tools, code={"profile": "strict", "on_review": "refuse"})
    assert rule(gate, "run_python_file", file_path="a.py") == "(verdict)"


@pytest.mark.parametrize("before", [None, "", "settings: [", "settings: {allowed_host: a.example}", "\0"])
def test_mending_a_file_that_a_broken_policy_names_is_an_edit(
    live: Any, write: Write, tmp_path: Path, told: list[str], before: str | None
) -> None:
    site = tmp_path / "site.yaml"
    gate = live(write({}))
    if before:
        site.write_text(before)
    write({}, code={"settings_file": "site.yaml"}, hide=["u"])
    assert [rule(gate), rule(gate, "u")] == ["(allowed)", "(default deny)"]
    site.write_text("settings: {allowed_hosts: a.example}\n")
    assert [rule(gate), rule(gate, "u")] == ["(allowed)", "(hidden)"]
    assert [line.partition(",")[0] for line in told] == ["the policy does not load", "the policy was changed"]


def test_a_policy_that_moves_to_a_broken_one_follows_the_files_of_that(
    live: Any, write: Write, tmp_path: Path, told: list[str]
) -> None:
    places = [write({}), write({}, name="other.json", code={"settings_file": "site.yaml"})]
    gate = live(lambda: places[0])
    places.reverse()
    assert [rule(gate), rule(gate)] == ["(no policy)"] * 2
    (tmp_path / "site.yaml").write_text("settings: {}\n")
    assert rule(gate) == "(allowed)"
    assert len(told) == 2
