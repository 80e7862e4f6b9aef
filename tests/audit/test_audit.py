"""What the audit keeps, what it never keeps, and what it does when it cannot keep anything."""

import json
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from validator.audit.log import AuditError, AuditLog
from validator.audit.redact import redact
from validator.model.decision import Action, Decision
from validator.model.fact import Fact, Kind
from validator.model.finding import Confidence, Finding, Severity
from validator.model.known import Known
from validator.model.record import Record
from validator.model.verdict import Outcome, Verdict


def record(*facts: Fact, message: str = "") -> Record:
    findings = tuple(Finding("r", Severity.LOW, Confidence.LOW, 1, "m", "", fact) for fact in facts)
    verdict = Verdict(Outcome.ALLOW, 0, findings, facts, (), "d", "balanced")
    decision = Decision(Action.FORWARD, "(allowed)", message, verdict=verdict)
    return Record(1.5, "g", "s", "t", "7", ("code",), decision, "p")


def fact(**roles: Known) -> Fact:
    return Fact(Kind.CALL, "env.write", "os.putenv", roles)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond this size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def log(file: Path) -> Iterator[AuditLog]:
    log = AuditLog(file)
    yield log
    log.close()


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text().splitlines() if line]


def test_every_record_is_one_line(file: Path, log: AuditLog) -> None:
    log.append(record(message="two\nlines \ud800"))
    log.append(record())
    assert [line["message"] for line in lines(file)] == ["two\nlines \ud800", ""]


def test_an_old_log_is_continued(file: Path, log: AuditLog) -> None:
    log.append(record())
    again = AuditLog(file)
    again.append(record())
    again.close()
    assert len(lines(file)) == 2


@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_only_its_owner_can_read_the_log(file: Path, before: int | None) -> None:
    if before is not None:
        file.touch()
        file.chmod(before)
    AuditLog(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("role", ["value", "data", "code", "headers", "json", "password"])
def test_what_may_hold_a_secret_is_withheld(role: str) -> None:
    kept = json.dumps(redact(record(fact(**{role: "hunter2"}))))
    assert "hunter2" not in kept
    assert f'"{role}": "(withheld)"' in kept


@pytest.mark.parametrize("role", ["host", "path", "command", "key", "url", "module"])
def test_what_tells_the_deed_is_kept(role: str) -> None:
    assert f'"{role}": "told"' in json.dumps(redact(record(fact(**{role: "told"}))))


def test_a_record_has_a_bounded_size() -> None:
    many = [fact(path="p" * 10_000) for _ in range(5_000)]
    kept = json.dumps(redact(record(*many)))
    assert "p" * 401 not in kept
    assert "(10000 characters)" in kept
    assert len(kept) < 500_000


def test_numbers_that_json_does_not_have_are_texts(file: Path, log: AuditLog) -> None:
    log.append(record(fact(port=float("nan"), signal=(float("inf"),))))
    assert lines(file)[0]["facts"][0]["roles"] == {"port": "nan", "signal": ["inf"]}


@pytest.mark.parametrize("replaced", [False, True])
def test_a_log_that_is_deleted_or_replaced_is_an_error(file: Path, log: AuditLog, replaced: bool) -> None:
    file.unlink()
    if replaced:
        file.touch()
    with pytest.raises(AuditError, match=r"replaced by another file" if replaced else r"is gone: No such file"):
        log.append(record())
    with pytest.raises(AuditError):
        log.check()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="cannot be opened: No such file"):
        AuditLog(tmp_path / "none" / "audit.jsonl")


def test_a_full_disk_is_an_error_until_there_is_room(file: Path, log: AuditLog) -> None:
    log.append(record())
    with full_disk(file.stat().st_size):
        with pytest.raises(AuditError, match="cannot be written: File too large"):
            log.append(record())
        with pytest.raises(AuditError):
            log.check()
    log.check()
    log.append(record())
    assert len(lines(file)) == 2


def test_a_line_that_was_cut_short_does_not_spoil_the_next(file: Path, log: AuditLog) -> None:
    with full_disk(20), pytest.raises(AuditError, match="cut short"):
        log.append(record())
    log.append(record())
    assert json.loads(file.read_text().splitlines()[-1])["request"] == "7"
