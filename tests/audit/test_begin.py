"""An audit begins once: one that was emptied is not begun again in silence."""

import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.audit.records import make_record
from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.read import read_calls
from validator.audit.verify import verify_audit
from validator.cli import make_app
from validator.model.errors import AuditError


def empty(target: Path, *, head: str) -> None:
    """Do what somebody does who wants to be rid of an audit and cannot move its key."""
    for each in target.parent.glob(f"{target.name}*"):
        if not each.name.endswith((".key", ".head")):
            each.unlink()
    beside = target.with_name(f"{target.name}.head")
    beside.unlink() if head == "gone" else beside.write_bytes(b"")


def begin(target: Path) -> int:
    result = CliRunner().invoke(make_app(["audit", "check"]), ["audit", "begin", str(target)])
    return result.exit_code if not isinstance(result.exception, AuditError) else 2


@pytest.mark.parametrize("head", ["gone", "empty"])
@pytest.mark.parametrize("recorded", [True, False])
def test_an_emptied_audit_is_refused_until_a_person_begins_it_anew(target: Path, head: str, recorded: bool) -> None:
    log = AuditLog(target)
    if recorded:
        log.append(make_record())
    log.close()
    empty(target, head=head)
    for _ in range(2):
        with pytest.raises(AuditError, match=r"there was an audit.*restore .* validator audit begin"):
            AuditLog(target)
    assert verify_audit(find_place(target)).faults if recorded else True
    assert begin(target) == 0
    log = AuditLog(target)
    assert log.append(make_record(message="first")) == 2
    log.close()
    assert [call["message"] for call in read_calls(find_place(target))] == ["first"]
    assert verify_audit(find_place(target)).faults == []


def test_an_audit_with_records_is_not_begun_again(target: Path, log: AuditLog) -> None:
    log.append(make_record())
    assert begin(target) == 2
    assert log.append(make_record()) == 2


def test_an_audit_that_was_begun_and_never_used_goes_on(target: Path, log: AuditLog) -> None:
    again = AuditLog(target)
    assert (again.append(make_record()), log.append(make_record())) == (1, 2)
    again.close()


def test_a_start_that_was_killed_before_the_key_was_kept_is_begun_again(target: Path, log: AuditLog) -> None:
    target.with_name(f"{target.name}.key").unlink()
    again = AuditLog(target)
    assert again.append(make_record()) == 1
    again.close()
    assert verify_audit(find_place(target)).faults == []


def test_all_who_begin_at_once_begin_the_same_audit(target: Path) -> None:
    numbers: list[int] = []

    def start() -> None:
        log = AuditLog(target)
        numbers.append(log.append(make_record()))
        log.close()

    threads = [threading.Thread(target=start) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 13))
    assert verify_audit(find_place(target)).faults == []
