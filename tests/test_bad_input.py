"""A database that is locked, read-only, corrupt, full or gone, and a clock that jumps back: denied, told, nothing lost."""

import json
import os
import re
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.read import read_calls
from validator.audit.verify import verify_audit
from validator.gate import Gate
from validator.live import make_base
from validator.model.call import Call
from validator.model.decision import Action
from validator.policy.approval_store import ApprovalStore
from validator.policy.load import load_policy
from validator.policy.memory import MemoryStore
from validator.policy.sqlite_quota import SqliteStore

NOON: Final = 1_700_000_000.0 // 86400 * 86400 + 43_200
MOST: Final = 4
Spoil: TypeAlias = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def locked(file: Path) -> Iterator[None]:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@contextmanager
def full(_file: Path) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def gone(file: Path) -> Iterator[None]:
    aside = file.parent.rename(file.parent.with_name("aside"))
    yield
    if file.parent.exists():
        file.parent.rename(file.parent.with_name("made meanwhile"))
    aside.rename(file.parent)


@contextmanager
def corrupt(file: Path) -> Iterator[None]:
    content = file.read_bytes()
    with file.open("r+b") as stream:
        stream.write(b"\xff" * len(content))
    yield
    with file.open("r+b") as stream:
        stream.write(content)


@contextmanager
def read_only(file: Path) -> Iterator[None]:
    """For somebody else, since root may write everything."""
    file.chmod(0o400)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)
        file.chmod(0o600)


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Gate]]:
    """A gate with everything that it keeps in folders of their own; each part is opened anew for each gate."""
    monkeypatch.setattr("validator.audit.sqlite._PATIENCE", 0.05)
    monkeypatch.setattr("validator.policy.approval_store.WAIT", 0.05)
    for name in ("audit", "counters", "approvals"):
        (tmp_path / name).mkdir(exist_ok=True)
    policy = {
        "tools": {
            "counted": {"limits": [{"counter": "c", "window": "day", "max": MOST}]},
            "asked": {"action": "require_approval"},
        }
    }
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"version": "1", "default": "deny", **policy}))
    with ExitStack() as stack:

        def gate(audit: str = "audit.jsonl", now: float = NOON) -> Gate:
            log, counters = AuditLog(tmp_path / "audit" / audit), SqliteStore(tmp_path / "counters" / "c.db", busy=0.05)
            stack.callback(log.close)
            stack.callback(counters.close)
            base = replace(make_base("me", "here", log), closed=None, store=counters, clock=lambda: now)
            return replace(base, policy=load_policy(file), approvals=lambda: opened(tmp_path, stack))

        yield gate


def opened(folder: Path, stack: ExitStack) -> ApprovalStore:
    store = ApprovalStore(f"sqlite:///{folder / 'approvals' / 'a.db'}")
    stack.callback(store.close)
    return store


def passes(gate: Gate, tool: str, **arguments: Any) -> bool:
    return gate.inspect(Call(tool, arguments)).decision.action is Action.FORWARD


AUDIT: Final[dict[str, tuple[str, Spoil, str]]] = {
    "lines, the disk is full": ("audit.jsonl", full, "cannot be written: File too large"),
    "lines, the folder vanishes": ("audit.jsonl", gone, "is gone: No such file"),
    "a database, the disk is full": ("audit.db", full, r"cannot be used: (disk I/O error|database or disk is full)"),
    "a database, the folder vanishes": ("audit.db", gone, "is gone: No such file"),
    "a database that is locked": ("audit.db", locked, "cannot be used: database is locked"),
}


@pytest.mark.parametrize("kind", AUDIT)
def test_an_audit_that_cannot_be_kept_denies_says_why_and_loses_nothing(
    gate: Callable[..., Gate], tmp_path: Path, kind: str
) -> None:
    name, spoil, said = AUDIT[kind]
    # A full disk would stop the counters first.
    asked, file = replace(gate(name), store=MemoryStore()), tmp_path / "audit" / name
    assert passes(asked, "counted")
    with spoil(file):
        refused = [asked.inspect(Call("counted", {})).decision for _ in range(3)]
    assert {(each.action, each.rule) for each in refused} == {(Action.REFUSE, "(internal error)")}
    for each in refused:
        assert_said(each.message, said)
        assert "nothing is forwarded without a record" in each.message
    # The refused calls have used nothing up, and every acknowledged record is there.
    assert [passes(asked, "counted") for _ in range(MOST)] == [True] * (MOST - 1) + [False]
    kept = [call["decision"] for call in read_calls(find_place(file))]
    assert (kept.count("forward"), verify_audit(find_place(file)).faults) == (MOST, [])


COUNTERS: Final[dict[str, tuple[Spoil, str]]] = {
    "locked": (locked, "database is locked"),
    "full": (full, "the store of counters cannot be used: "),
    "gone": (gone, "is gone|No such file|cannot be"),
}


@pytest.mark.parametrize("kind", COUNTERS)
def test_counters_that_cannot_be_kept_deny_say_why_and_lose_nothing(
    gate: Callable[..., Gate], tmp_path: Path, kind: str
) -> None:
    spoil, said = COUNTERS[kind]
    asked = gate()
    assert passes(asked, "counted")
    with spoil(tmp_path / "counters" / "c.db"):
        refused = asked.inspect(Call("counted", {})).decision
    assert (refused.action, refused.rule) == (Action.REFUSE, "(internal error)")
    assert_said(refused.message, said)
    assert [passes(asked, "counted") for _ in range(MOST)] == [True] * (MOST - 1) + [False]


APPROVALS: Final[dict[str, tuple[Spoil, str]]] = {
    "locked": (locked, "database is locked"),
    "read-only": (read_only, "Permission denied"),
    "corrupt": (corrupt, "file is not a database"),
}


@pytest.mark.parametrize("kind", APPROVALS)
def test_approvals_that_cannot_be_read_deny_say_why_and_lose_nothing(
    gate: Callable[..., Gate], tmp_path: Path, kind: str
) -> None:
    spoil, said = APPROVALS[kind]
    asked = gate()
    request = asked.inspect(Call("asked", {"a": 1})).decision.approval
    store = ApprovalStore(f"sqlite:///{tmp_path / 'approvals' / 'a.db'}")
    store.approve(request, "me", NOON)
    store.close()
    with spoil(tmp_path / "approvals" / "a.db"):
        refused = asked.inspect(Call("asked", {"a": 1})).decision
    assert (refused.action, refused.rule) == (Action.REFUSE, "(internal error)")
    assert_said(refused.message, f"approvals cannot be read or kept: .*{said}")
    assert [passes(asked, "asked", a=1) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("back", [1.0, 3_600.0, 86_400.0, 10 * 365 * 86_400.0])
def test_a_clock_that_jumps_back_hands_nothing_out_twice(
    gate: Callable[..., Gate], tmp_path: Path, back: float
) -> None:
    asked = gate()
    request = asked.inspect(Call("asked", {})).decision.approval
    store = ApprovalStore(f"sqlite:///{tmp_path / 'approvals' / 'a.db'}")
    store.approve(request, "me", NOON)
    store.close()
    assert passes(asked, "asked")
    assert [passes(asked, "counted") for _ in range(MOST)] == [True] * MOST
    again = gate(now=NOON - back)
    assert [passes(again, "counted"), passes(again, "asked")] == [False, False]
    assert verify_audit(find_place(tmp_path / "audit" / "audit.jsonl")).faults == []


def assert_said(message: str, pattern: str) -> None:
    assert re.search(pattern, message), message
