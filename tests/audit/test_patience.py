"""What becomes of a call may be recorded with the next decision, and is recorded soon in any case."""

import time
from pathlib import Path

from tests.audit.records import make_record
from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.read import read_calls
from validator.audit.verify import verify_audit

EVER = 1_000.0


def outcomes(target: Path) -> list[object]:
    return [call["outcome"] for call in read_calls(find_place(target))]


def settle(log: AuditLog, number: int) -> None:
    log.settle(number, time=2.0, outcome="ok", milliseconds=1.0)


def test_an_end_that_can_wait_is_kept_with_the_next_decision(target: Path) -> None:
    log = AuditLog(target, patience=EVER)
    settle(log, log.append(make_record()))
    assert outcomes(target) == ["open"]
    log.append(make_record())
    assert outcomes(target) == ["ok", "open"]
    log.close()


def test_an_end_is_kept_soon_even_when_nothing_follows(target: Path) -> None:
    log = AuditLog(target, patience=0.01)
    settle(log, log.append(make_record()))
    last = time.monotonic() + 20
    while outcomes(target) != ["ok"]:
        assert time.monotonic() < last
    log.close()


def test_what_waits_is_kept_when_the_audit_is_closed(target: Path) -> None:
    log = AuditLog(target, patience=EVER)
    for _ in range(3):
        settle(log, log.append(make_record()))
    log.close()
    assert outcomes(target) == ["ok", "ok", "ok"]
    assert verify_audit(find_place(target)).faults == []


def test_ends_that_wait_keep_their_order(target: Path) -> None:
    log = AuditLog(target, patience=EVER)
    first, second = log.append(make_record()), log.append(make_record())
    settle(log, second)
    settle(log, first)
    log.close()
    assert verify_audit(find_place(target)).records == 4
