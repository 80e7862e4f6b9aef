"""Only what may take long leaves the loop: code to judge, and whatever has to be kept on a disk first."""

import asyncio
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.proxy.conftest import call
from validator.audit.log import AuditLog
from validator.gate import Gate
from validator.live import make_base
from validator.policy.load import load_policy
from validator.policy.sqlite_quota import SqliteStore
from validator.proxy.judging import SHORT, decide
from validator.proxy.session import Session

ASKED = {"conditions": [{"path": "args.text", "op": "exists", "value": True}]}
TOOLS = {"echo": {}, "run": {"code": {"argument": "args.code"}}, "ask": {"approve_if": [ASKED]}}
POLICY = {"version": "1", "default": "deny", "code": {}, "tools": TOOLS}


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A gate that keeps nothing on a disk."""
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(POLICY))
    return replace(make_base("me", "here", None), closed=None, policy=load_policy(file))


def stays(gate: Gate, line: bytes) -> bool:
    """Whether a message is judged in the thread of the loop."""
    threads: list[int] = []

    def clock() -> float:
        threads.append(threading.get_ident())
        return 0.0

    asyncio.run(decide(Session(replace(gate, clock=clock), clock), line))
    return set(threads) == {threading.get_ident()}


def test_a_call_that_carries_no_code_and_leaves_no_trace_is_judged_at_once(gate: Gate) -> None:
    assert stays(gate, call(1, "echo", text="a"))


def test_code_is_judged_away_from_the_loop(gate: Gate) -> None:
    assert not stays(gate, call(1, "run", code="1"))


def test_what_a_person_may_be_asked_is_decided_away_from_the_loop(gate: Gate) -> None:
    assert gate.takes_long("ask")
    assert not gate.takes_long("echo")


def test_what_has_to_be_kept_is_judged_away_from_the_loop(gate: Gate, tmp_path: Path) -> None:
    log, store = AuditLog(tmp_path / "audit.db"), SqliteStore(tmp_path / "counters.db")
    for kept in (replace(gate, audit=log), replace(gate, store=store)):
        assert not stays(kept, call(1, "echo", text="a"))
    log.close()
    store.close()


def test_a_long_line_is_judged_all_the_same(gate: Gate) -> None:
    assert stays(gate, call(1, "echo", text="a" * SHORT))
