"""What the audit keeps, what it never keeps, and what it does when it cannot keep anything."""

import json
import os
import resource
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.audit.records import lines, make_fact, make_record
from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.read import last_calls, read_calls
from validator.audit.redact import redact
from validator.audit.verify import verify_audit
from validator.model.decision import Action
from validator.model.errors import AuditError


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond this size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def not_root() -> Iterator[None]:
    """Root may write everything, so whoever is root is somebody else for a while."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines.jsonl"


@pytest.fixture
def lined(file: Path) -> Iterator[AuditLog]:
    log = AuditLog(file)
    yield log
    log.close()


def calls(target: Path) -> list[Any]:
    return list(read_calls(find_place(target)))


def faults(target: Path) -> list[str]:
    return [f"{fault.place}: {fault.reason}" for fault in verify_audit(find_place(target)).faults]


def test_every_record_is_one_line(file: Path, lined: AuditLog) -> None:
    lined.append(make_record(message="two\nlines \ud800"))
    lined.append(make_record())
    assert [(each["sequence"], each["message"]) for each in lines(file)] == [(1, "two\nlines \ud800"), (2, "")]


def test_a_call_is_written_when_it_is_decided_and_completed_when_it_is_settled(target: Path, log: AuditLog) -> None:
    number = log.append(make_record(message="first"))
    assert [(each["message"], each["outcome"]) for each in calls(target)] == [("first", "open")]
    log.append(make_record(action=Action.REFUSE))
    log.settle(number, time=2.5, outcome="ok", milliseconds=12.0)
    told = [(each["outcome"], each["milliseconds"], each.get("settled")) for each in calls(target)]
    assert told == [("ok", 12.0, 2.5), ("", 0.0, None)]
    assert faults(target) == []


def test_the_last_calls_are_the_last(target: Path, log: AuditLog) -> None:
    for number in range(9):
        log.append(make_record(message=str(number)))
    assert [call["message"] for call in last_calls(find_place(target), 2)] == ["7", "8"]


def test_an_old_audit_is_continued(target: Path, log: AuditLog) -> None:
    assert log.append(make_record()) == 1
    again = AuditLog(target)
    assert again.append(make_record()) == 2
    assert log.append(make_record()) == 3
    again.close()
    assert faults(target) == []


def test_threads_may_share_an_audit(target: Path, log: AuditLog) -> None:
    numbers: list[int] = []
    threads = [
        threading.Thread(target=lambda: numbers.extend(log.append(make_record()) for _ in range(20))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 161))
    assert (len(calls(target)), faults(target)) == (160, [])


@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_only_its_owner_can_read_an_audit_or_its_key(target: Path, before: int | None) -> None:
    if before is not None:
        target.touch()
        target.chmod(before)
    log = AuditLog(target)
    log.append(make_record())
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in target.parent.iterdir()}
    log.close()
    assert set(modes.values()) == {0o600}
    assert {target.name, f"{target.name}.key", f"{target.name}.head"} <= set(modes)


@pytest.mark.parametrize("role", ["value", "data", "code", "headers", "json", "password"])
def test_what_may_hold_a_secret_is_withheld(role: str) -> None:
    kept = json.dumps(redact(make_record(make_fact(**{role: "hunter2"}))))
    assert "hunter2" not in kept
    assert f'"{role}": "(withheld)"' in kept


@pytest.mark.parametrize("role", ["host", "path", "command", "key", "url", "module"])
def test_what_tells_the_deed_is_kept(role: str) -> None:
    assert f'"{role}": "told"' in json.dumps(redact(make_record(make_fact(**{role: "told"}))))


def test_the_text_of_the_code_is_kept_only_when_asked_for(tmp_path: Path) -> None:
    for keep, name in ((False, "without.jsonl"), (True, "with.jsonl")):
        log = AuditLog(tmp_path / name, keep_code=keep)
        log.append(make_record(code=("print(1)\n",)))
        log.close()
    assert "print(1)" not in (tmp_path / "without.jsonl").read_text()
    assert lines(tmp_path / "with.jsonl")[0]["code"] == ["print(1)\n"]


@pytest.mark.parametrize(
    ("code", "secret"),
    [
        ('password = "hunter2!"', "hunter2"),
        ("db_passwd: str = 'hunter2!'", "hunter2"),
        ("connect(api_key='k-123456')", "k-123456"),
        ('{"client_secret": "s-123456"}', "s-123456"),
        ("os.environ['AWS_SECRET_ACCESS_KEY'] = 'wJalrXUtnFEMI'", "wJalrXUtnFEMI"),
        ("x = 'ghp_0123456789abcdefghijABCDEFGHIJ012345'", "ghp_0123456789"),
        ("x = 'AKIAIOSFODNN7EXAMPLE'", "AKIAIOSFODNN7"),
        ("x = 'sk-proj-abcdefghij0123456789abcd'", "sk-proj-abc"),
        ("x = 'xoxb-123456789012-abcdefabcdef'", "xoxb-1234"),
        ("h = {'Authorization': 'Bearer abc.def.ghi'}", "abc.def"),
        ("curl('https://me:hunter2@host/')", "hunter2"),
        ("k = '''-----BEGIN RSA PRIVATE KEY-----\nMIIB\nAAA=\n-----END RSA PRIVATE KEY-----'''", "MIIB"),
        ("t = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'", "eyJzdWIi"),
    ],
)
def test_kept_code_holds_no_secret(code: str, secret: str) -> None:
    kept = json.dumps(redact(make_record(code=(f"a = 1\n{code}\nb = 2\n",))))
    assert secret not in kept
    assert "(withheld)" in kept
    assert "a = 1" in kept
    assert "b = 2" in kept


def test_a_record_has_a_bounded_size() -> None:
    many = [make_fact(path="p" * 10_000) for _ in range(5_000)]
    kept = json.dumps(redact(make_record(*many, code=("x" * 1_000_000,))))
    assert "p" * 401 not in kept
    assert "(10000 characters)" in kept
    assert len(kept) < 800_000


def test_numbers_that_json_does_not_have_are_texts(file: Path, lined: AuditLog) -> None:
    lined.append(make_record(make_fact(port=float("nan"), signal=(float("inf"),))))
    assert lines(file)[0]["facts"][0]["roles"] == {"port": "nan", "signal": ["inf"]}


@pytest.mark.parametrize("replaced", [False, True])
def test_an_audit_that_is_deleted_or_replaced_is_an_error(target: Path, log: AuditLog, replaced: bool) -> None:
    log.append(make_record())
    target.rename(target.with_suffix(".aside"))
    if replaced:
        target.touch()
    with pytest.raises(AuditError, match=r"replaced by another file" if replaced else r"is gone: No such file"):
        log.append(make_record())


@pytest.mark.parametrize("replaced", [False, True])
def test_a_head_that_is_deleted_or_replaced_is_an_error(target: Path, log: AuditLog, replaced: bool) -> None:
    head = target.with_name(f"{target.name}.head")
    content = head.read_bytes()
    head.unlink()
    if replaced:
        head.write_bytes(content)
    with pytest.raises(AuditError, match=r"replaced by another file" if replaced else r"head: is gone: No such file"):
        log.append(make_record())


def test_a_folder_that_vanishes_is_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    for name in ("audit.jsonl", "audit.db"):
        target = tmp_path / "folder" / name
        target.parent.mkdir(exist_ok=True)
        log = AuditLog(target)
        log.append(make_record())
        aside = target.parent.rename(tmp_path / "aside")
        with pytest.raises(AuditError, match="is gone: No such file"):
            log.append(make_record())
        aside.rename(target.parent)
        assert log.append(make_record()) == 2
        log.close()
        assert faults(target) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    for name in ("audit.jsonl", "audit.db"):
        with pytest.raises(AuditError, match="cannot be opened: No such file"):
            AuditLog(tmp_path / "none" / name)


def test_a_full_disk_is_an_error_until_there_is_room(target: Path, log: AuditLog) -> None:
    log.append(make_record())
    with full_disk(target.stat().st_size), pytest.raises(AuditError, match=r"cannot be (written|used): .+"):
        log.append(make_record(make_fact(path="p" * 300), message="m" * 300))
    log.append(make_record(message="last"))
    assert [call["message"] for call in calls(target)] == ["", "last"]
    assert faults(target) == []


def test_a_line_that_was_cut_short_does_not_spoil_the_next(file: Path, lined: AuditLog) -> None:
    with full_disk(200), pytest.raises(AuditError, match="cut short"):
        lined.append(make_record())
    lined.append(make_record())
    assert [each["sequence"] for each in lines(file)] == [1]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    with not_root():
        for name in ("audit.jsonl", "audit.db"):
            with pytest.raises(AuditError, match="cannot be opened: Permission denied"):
                AuditLog(folder / name)


def test_an_audit_that_became_read_only_is_an_error(target: Path, log: AuditLog) -> None:
    log.append(make_record())
    target.chmod(0o400)
    with not_root(), pytest.raises(AuditError, match="cannot be opened: Permission denied"):
        AuditLog(target)


def test_a_locked_database_is_an_error_until_it_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validator.audit.sqlite._PATIENCE", 0.05)
    log = AuditLog(tmp_path / "audit.db")
    other = sqlite3.connect(tmp_path / "audit.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(AuditError, match="cannot be used: database is locked"):
        log.append(make_record())
    other.execute("ROLLBACK")
    other.close()
    assert log.append(make_record()) == 1
    log.close()


def test_what_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_text("this was never a database\n" * 100)
    with pytest.raises(AuditError, match="cannot be used: file is not a database"):
        AuditLog(tmp_path / "audit.db")


def test_a_database_that_is_damaged_is_an_error(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.db")
    for _ in range(50):
        log.append(make_record(message="m" * 300))
    log.close()
    content = bytearray((tmp_path / "audit.db").read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (tmp_path / "audit.db").write_bytes(content)
    with pytest.raises(AuditError, match=r"cannot be used: .*(malformed|not a database)"):
        AuditLog(tmp_path / "audit.db")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("key", None, "the key cannot be read: No such file"),
        ("key", "0" * 64, "was not written with this key"),
        ("key", "short", "is not a key: 64 hexadecimal digits"),
        ("head", None, "the head of the audit is gone"),
        ("head", "", "is not the head of an audit"),
        ("head", '{"sequence": 0, "mac": "", "size": 0, "seal": ""}', "was changed"),
    ],
)
def test_an_audit_is_not_continued_without_its_key_and_its_head(
    target: Path, log: AuditLog, name: str, content: str | None, reason: str
) -> None:
    log.append(make_record())
    beside = target.with_name(f"{target.name}.{name}")
    beside.unlink() if content is None else beside.write_text(content)
    with pytest.raises(AuditError, match=reason):
        AuditLog(target)


def test_a_key_that_others_can_read_is_refused(target: Path, log: AuditLog) -> None:
    log.append(make_record())
    target.with_name(f"{target.name}.key").chmod(0o644)
    with pytest.raises(AuditError, match=r"can be used by others \(mode 0644\) \(chmod 600"):
        AuditLog(target)


def test_a_database_on_a_server_keeps_an_audit(postgres: str, tmp_path: Path) -> None:
    place = find_place(postgres, key=tmp_path / "key", head=tmp_path / "head")
    elsewhere = find_place(postgres, key=tmp_path / "key", head=tmp_path / "other")
    log = AuditLog(place)
    (tmp_path / "other").write_bytes((tmp_path / "head").read_bytes())
    other = AuditLog(elsewhere)
    number = log.append(make_record(message="100 % of it"))
    other.append(make_record())
    log.settle(number, time=2.0, outcome="ok", milliseconds=1.0)
    log.close()
    other.close()
    assert [call["outcome"] for call in read_calls(place)] == ["ok", "open"]
    report = verify_audit(place)
    assert (report.records, report.faults) == (3, [])


def test_a_server_that_is_down_is_an_error_that_tells_no_password(tmp_path: Path) -> None:
    place = find_place("postgresql://me:hunter2@127.0.0.1:1/d", key=tmp_path / "key", head=tmp_path / "head")
    with pytest.raises(AuditError, match=r"^postgresql://127.0.0.1:1/d: cannot be used: .*refused") as caught:
        AuditLog(place)
    assert "hunter2" not in str(caught.value)
