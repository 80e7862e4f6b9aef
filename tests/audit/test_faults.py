"""Whatever goes wrong while a record is kept: nobody is told that it was, and a call that needs it is refused."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.audit.records import make_fact, make_record
from validator.audit.chain import Head
from validator.audit.headfile import HeadFile, head_text
from validator.audit.journal import Journal
from validator.audit.lines import LineStore
from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.read import read_calls
from validator.audit.redact import redact
from validator.audit.verify import verify_audit
from validator.live import make_base
from validator.model.call import Call
from validator.model.errors import AuditError
from validator.policy.terms import Policy

KEY = b"k" * 32
FAULTS = [
    MemoryError(),
    RuntimeError("the driver has lost its mind"),
    OSError(5, "Input/output error"),
    RecursionError(),
]


class Store(LineStore):
    """Lines of a file whose first two writes fail; a write says that it has begun, and waits until `go` is set."""

    faults: Sequence[BaseException] = ()
    go: threading.Event | None = None
    begun: threading.Event

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Wait, and then fail."""
        if self.go is not None:
            self.begun.set()
            self.go.wait()
        if self.faults:
            fault, *self.faults = self.faults
            raise fault
        with super().transaction():
            yield


def journal(folder: Path) -> tuple[Journal, Store]:
    store = Store(folder / "audit.jsonl")
    (folder / "audit.jsonl.head").write_bytes(head_text(KEY, Head()))
    return Journal(store, HeadFile(folder / "audit.jsonl.head", KEY), KEY), store


@pytest.mark.parametrize("fault", [*FAULTS, KeyboardInterrupt()], ids=repr)
def test_a_record_that_waits_while_another_fails_is_never_acknowledged(tmp_path: Path, fault: BaseException) -> None:
    kept, store = journal(tmp_path)
    store.begun, store.go, store.faults = threading.Event(), threading.Event(), [fault] * 2
    said: list[object] = []

    def append() -> None:
        try:
            said.append(kept.append({"event": "x"}))
        except BaseException as error:
            said.append(error)

    threads = [threading.Thread(target=append) for _ in range(6)]
    threads[0].start()
    store.begun.wait()
    for thread in threads[1:]:
        thread.start()
    while len(kept._waiting) < 5:
        os.sched_yield()
    store.go.set()
    for thread in threads:
        thread.join()
    assert [each for each in said if isinstance(each, int)] == []
    assert sum(isinstance(each, AuditError) for each in said) == 4
    assert kept.append({"event": "x"}) == 1


@pytest.mark.parametrize("place", ["head", "lines"])
def test_a_descriptor_that_is_gone_is_an_error_for_a_person(tmp_path: Path, place: str) -> None:
    kept, store = journal(tmp_path)
    os.close(store._descriptor if place == "lines" else kept._head._descriptor)
    with pytest.raises(AuditError, match="Bad file descriptor"):
        kept.append({"event": "x"})


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_an_audit_that_fails_in_any_way_refuses_the_call(tmp_path: Path, fault: BaseException) -> None:
    store = Store(tmp_path / "audit.jsonl")
    audit = AuditLog(replace(find_place(tmp_path / "audit.jsonl"), open=lambda _: store))
    gate = replace(make_base("me", "here", audit), closed=None, policy=Policy("", allow_unlisted=True))
    passed = gate.inspect(Call("t", {}))
    store.faults = [fault] * 4
    refused = gate.inspect(Call("t", {}))
    gate.settle(passed, "ok", 1.0)
    assert [each.decision.rule for each in (passed, refused)] == ["(allowed)", "(internal error)"]
    assert store.faults == [fault]
    audit.close()


@pytest.mark.parametrize("number", [10**5000, -(10**5000), 1 << 20_000], ids=["huge", "below", "bits"])
def test_a_number_that_json_could_not_hold_is_told_by_its_size(tmp_path: Path, number: int) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append(make_record(make_fact(port=number, signal=(number, 5))))
    log.close()
    (call,) = read_calls(find_place(tmp_path / "audit.jsonl"))
    assert str(call["facts"]).count("a number of ") == 2
    assert redact(make_record(make_fact(port=1 << 40)))["facts"] != []


def head(sequence: str) -> str:
    """A head that says this, sealed with nothing."""
    return f'{{"sequence": {sequence}, "mac": "{"0" * 64}", "size": 0, "seal": "{"0" * 64}"}}'


HEADS = {
    "endless": head("Infinity"),
    "below nothing and endless": head("-Infinity"),
    "no number": head("NaN"),
    "as good as endless": head("1e999"),
    "huge": head("9" * 15),
    "of 5000 digits": head("9" * 5000),
    "negative": head("-1"),
    "a negative size": '{"sequence": 1, "mac": "0", "size": -5, "seal": "0"}',
    "a fraction": head("1.5"),
    "true": head("true"),
    "a text": head('"1"'),
    "null": head("null"),
    "a list": head("[1]"),
    "half a pair": '{"sequence": 1, "mac": "\\ud800", "size": 0, "seal": "\\ud800"}',
    "a seal of numbers": '{"sequence": 1, "mac": 5, "size": 0, "seal": 5}',
    "deep": "[" * 200_000,
    "deep objects": '{"a":' * 100_000,
    "a list at the top": "[]",
    "a number at the top": "7",
    "zeros": "\0" * 256,
    "no text": "\udcff\udcfe" * 100,
    "more behind it": head("0") + " " * 300 + "x",
}


@pytest.mark.parametrize("kind", HEADS)
def test_junk_in_the_head_is_told_as_tampering_and_nothing_is_appended(target: Path, log: AuditLog, kind: str) -> None:
    log.append(make_record())
    target.with_name(f"{target.name}.head").write_bytes(HEADS[kind].encode("utf-8", "surrogateescape"))
    report = verify_audit(find_place(target))
    assert [fault.place for fault in report.faults] == [f"{target}.head"]
    assert report.records == 1
    for append in (partial(log.append, make_record()), partial(AuditLog, target)):
        with pytest.raises(AuditError, match=r"is not the head of an audit|was changed"):
            append()


def test_a_head_that_is_no_file_is_told(target: Path, log: AuditLog) -> None:
    log.append(make_record())
    head = target.with_name(f"{target.name}.head")
    head.unlink()
    head.mkdir()
    assert [fault.place for fault in verify_audit(find_place(target)).faults] == [str(head)]


def test_a_head_says_only_what_was_sealed(tmp_path: Path) -> None:
    (tmp_path / "head").write_bytes(head_text(KEY, Head()))
    file = HeadFile(tmp_path / "head", KEY)
    with file.held() as head:
        file.write(Head(7, "a" * 64, 99))
    with file.held() as moved:
        assert (head, moved) == (Head(), Head(7, "a" * 64, 99))
    file.close()
