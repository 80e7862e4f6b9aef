"""What holds when threads share a gate: no limit is passed, no file is taken for judged that is not, verdicts agree."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from validator import judge
from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.verify import verify_audit
from validator.gate import Admission, Gate
from validator.intake.tools import load_tools
from validator.live import LiveGate, make_base
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action
from validator.model.fact import Fact, Kind
from validator.model.verdict import Outcome, Verdict
from validator.policy.load import load_policy
from validator.policy.memory import MemoryStore
from validator.policy.sqlite_quota import SqliteStore

NOON = 1_700_000_000.0 // 3600 * 3600
THREADS = 8
Build: TypeAlias = Callable[..., Gate]


def judge_word(argument: Argument) -> Verdict:
    """What says `change` writes the file `a.py` besides."""
    change = Fact(Kind.CALL, "fs.write", "builtins.open", {"path": "a.py"})
    facts = (change,) if "change" in str(argument.content) else ()
    return Verdict(Outcome.ALLOW, 0, (), facts, (), argument.digest(), "balanced")


@pytest.fixture(autouse=True)
def restless() -> Iterator[None]:
    """Let threads take turns as often as they can, so that a missing lock is seen."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """A gate for the tools of an interpreter, with limits for running code."""
    stores = {"memory": MemoryStore, "sqlite": lambda: SqliteStore(tmp_path / "counters.db", busy=60.0)}
    opened: list[Any] = []

    def build(store: str = "memory", *limits: dict[str, Any], **rest: Any) -> Gate:
        file = tmp_path / "policy.json"
        tools = {"run_python_code": {"limits": limits}, "write_file": {}, "run_python_file": {}}
        file.write_text(json.dumps({"version": "1", "default": "deny", "code": {}, "tools": tools}))
        opened.append(stores[store]())
        gate = Gate(load_policy(file), judge_word, load_tools(), opened[-1], clock=lambda: NOON)
        return replace(gate, server="mcp-python-interpreter", **rest)

    yield build
    for store in opened:
        store.close()


def run_code(gate: Gate | LiveGate, code: str = "1") -> Admission:
    return gate.inspect(Call("run_python_code", {"code": code}))


def write(gate: Gate, path: str = "a.py", content: str = "1") -> None:
    call = Call("write_file", {"file_path": path, "content": content, "overwrite": True})
    gate.settle(gate.inspect(call), "ok", 1.0)


def run_file(gate: Gate, path: str = "a.py") -> Admission:
    return gate.inspect(Call("run_python_file", {"file_path": path}))


def at_once(work: Callable[[int], Any], times: int = THREADS) -> list[Any]:
    """Do the same in threads that start together."""
    barrier = threading.Barrier(THREADS)

    def started(number: int) -> Any:
        if number < THREADS:
            barrier.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(started, range(times)))


@pytest.mark.parametrize(("store", "calls"), [("memory", 3000), ("sqlite", 300)])
def test_threads_together_get_what_a_limit_allows_and_no_more(build: Build, store: str, calls: int) -> None:
    gate = build(store, {"counter": "c", "window": "hour", "max": calls // 2})
    admitted = at_once(lambda _: run_code(gate), calls)
    assert sum(each.decision.action is Action.FORWARD for each in admitted) == calls // 2


def test_every_decision_of_every_thread_is_in_the_audit(build: Build, tmp_path: Path) -> None:
    audit = AuditLog(tmp_path / "audit.db")
    gate = build(audit=audit)
    at_once(lambda _: run_code(gate), 120)
    audit.close()
    report = verify_audit(find_place(tmp_path / "audit.db"))
    assert (report.records, report.faults) == (120, [])


def test_no_more_calls_run_at_once_than_may(build: Build) -> None:
    gate = build("memory", {"counter": "c", "window": "hour", "max": 3, "kind": "running"})
    running, most, lock = 0, 0, threading.Lock()

    def come_and_go(number: int) -> bool:
        nonlocal running, most
        admission = run_code(gate)
        if admission.decision.action is not Action.FORWARD:
            return False
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
        gate.settle(admission, ("ok", "cancelled", "lost", "not run")[number % 4], 1.0)
        gate.finish(admission)
        return True

    assert any(at_once(come_and_go, 400))
    assert most <= 3
    # Every place has come back.
    assert [run_code(gate).decision.action is Action.FORWARD for _ in range(4)] == [True] * 3 + [False]


def test_a_change_that_goes_through_while_the_file_is_judged_keeps_it_from_running(build: Build) -> None:
    gate = build()
    write(gate)

    def interrupted(argument: Argument) -> Verdict:
        other = threading.Thread(target=lambda: gate.settle(run_code(gate, "change"), "ok", 1.0))
        other.start()
        other.join(timeout=30)
        return judge_word(argument)

    refused = run_file(replace(gate, judge=interrupted)).decision
    assert (refused.action, refused.rule) == (Action.REFUSE, "(unreadable call)")
    assert "may have been changed while the call was looked at" in refused.message


def test_threads_that_write_files_of_their_own_do_not_disturb_each_other(build: Build) -> None:
    gate = build()

    def write_and_run(number: int) -> list[Action]:
        actions = []
        for turn in range(20):
            write(gate, f"{number}.py", f"{number} {turn}")
            admission = run_file(gate, f"{number}.py")
            gate.settle(admission, "ok", 1.0)
            actions.append(admission.decision.action)
        return actions

    assert {action for actions in at_once(write_and_run) for action in actions} == {Action.FORWARD}


def test_of_threads_that_write_one_file_at_once_the_last_answer_decides_nothing(build: Build) -> None:
    gate = build()
    open_calls = at_once(
        lambda number: gate.inspect(
            Call("write_file", {"file_path": "a.py", "content": str(number), "overwrite": True})
        )
    )
    at_once(lambda number: gate.settle(open_calls[number], "ok", 1.0))
    assert run_file(gate).decision.action is Action.REFUSE


def test_a_policy_that_is_edited_under_way_lets_no_call_pass_that_neither_allows(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"

    def policy(*tools: str) -> str:
        return json.dumps({"version": "1", "default": "deny", "tools": {tool: {} for tool in ("t", *tools)}})

    file.write_text(policy())
    gate = LiveGate(make_base("me", "here", None), lambda: file, lambda _: None)

    def call_or_edit(number: int) -> list[str]:
        if number == 0:
            for turn in range(20):
                beside = tmp_path / "beside.json"
                beside.write_text(policy(f"other{turn}"))
                beside.replace(file)
            return []
        return [gate.inspect(Call(tool, {})).decision.rule for tool in ("t", "never") * 20]

    assert {rule for rules in at_once(call_or_edit) for rule in rules} == {"(allowed)", "(default deny)"}
    assert gate.inspect(Call("other19", {})).decision.rule == "(allowed)"


def test_an_edit_is_loaded_once_however_many_threads_see_it(tmp_path: Path) -> None:
    file, told = tmp_path / "policy.json", list[str]()
    file.write_text(json.dumps({"version": "1", "default": "deny", "tools": {}}))
    gate = LiveGate(make_base("me", "here", None), lambda: file, told.append)
    file.write_text(json.dumps({"version": "1", "default": "deny", "tools": {"t": {}}}))
    assert {each.decision.rule for each in at_once(lambda _: gate.inspect(Call("t", {})))} == {"(allowed)"}
    assert len(told) == 1


def test_verdicts_do_not_depend_on_what_other_threads_judge() -> None:
    lines = (Path(__file__).parents[1] / "corpus" / "bypasses.jsonl").read_text().splitlines()[:40]
    codes = [json.loads(line)["code"] for line in lines]
    alone = [judge(code) for code in codes]
    together = at_once(lambda number: judge(codes[number % len(codes)]), 2 * len(codes))
    assert together == alone * 2
