"""Whatever is done to an audit without its key is found, in every kind of file, and where it was done is told."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.audit.records import make_record
from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.verify import verify_audit
from validator.model.decision import Action
from validator.model.errors import AuditError

Lines: TypeAlias = list[bytes]
Rows: TypeAlias = list[tuple[int, str, str]]


def _part(line: bytes, key: str) -> bytes:
    return str(json.loads(line)[key]).encode()


def _renumber(lines: Lines) -> Lines:
    """What somebody does who has understood the numbers and lacks the key."""
    return [
        line.replace(b'"sequence":%d,' % json.loads(line)["sequence"], b'"sequence":%d,' % number)
        for number, line in enumerate(lines, 1)
    ]


def _swap_macs(lines: Lines) -> Lines:
    one, other = _part(lines[3], "mac"), _part(lines[4], "mac")
    return [*lines[:3], lines[3].replace(one, other), lines[4].replace(other, one), *lines[5:]]


# Ten lines each: calls that were forwarded and refused, and what became of them.
TAMPERING: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "a refusal turned into a pass": (
        lambda x: [*x[:2], x[2].replace(b'"refuse"', b'"forward"'), *x[3:]],
        "3 was changed",
    ),
    "one character of a message": (lambda x: [x[0].replace(b"message 0", b"message 1"), *x[1:]], "1 was changed"),
    "one bit of a seal": (lambda x: [*x[:9], x[9][:-4] + bytes([x[9][-4] ^ 1]) + x[9][-3:]], "10 was changed|damaged"),
    "the time of a record": (lambda x: [*x[:5], x[5].replace(b'"time":1.5', b'"time":1.6'), *x[6:]], "6 was changed"),
    "two seals exchanged": (_swap_macs, "4 was changed"),
    "a blank put into a record": (lambda x: [x[0], x[1].replace(b'"event":', b'"event": '), *x[2:]], "2 was changed"),
    "a key given twice": (lambda x: [x[0][:1] + b'"decision":"forward",' + x[0][1:], *x[1:]], "1 was changed"),
    "a number with a leading zero": (lambda x: [x[0].replace(b'"sequence":1', b'"sequence":01'), *x[1:]], "damaged"),
    "the first record removed": (lambda x: x[1:], "record 2 stands where record 1 belongs"),
    "one in the middle removed": (lambda x: [*x[:4], *x[5:]], "record 6 stands where record 5 belongs: 5 removed"),
    "many in the middle removed": (lambda x: [*x[:2], *x[6:]], "record 7 stands where record 3 belongs: 3 to 6"),
    "one removed and the rest renumbered": (lambda x: _renumber([*x[:4], *x[5:]]), "5 was changed"),
    "the last record cut off": (lambda x: x[:-1], "records 10 to 10 were cut off"),
    "all but the first cut off": (lambda x: x[:1], "records 2 to 10 were cut off"),
    "everything cut off": (lambda _: [], "records 1 to 10 were cut off"),
    "the last record cut in half": (lambda x: [*x[:-1], x[-1][:50]], "records 10 to 10 were cut off"),
    "two neighbours exchanged": (lambda x: [*x[:3], x[4], x[3], *x[5:]], "record 5 stands where record 4 belongs"),
    "all in the opposite order": (lambda x: x[::-1], "record 10 stands where record 1 belongs"),
    "one moved to the end": (lambda x: [*x[:2], *x[3:], x[2]], "record 4 stands where record 3 belongs"),
    "two exchanged and renumbered": (lambda x: _renumber([*x[:3], x[4], x[3], *x[5:]]), "4 was changed"),
    "one put in twice": (lambda x: [*x[:4], x[3], *x[4:]], "record 4 stands where record 5 belongs"),
    "one put in twice at the end": (lambda x: [*x, x[-1]], "record 10 stands where record 11 belongs"),
    "a copy added under the next number": (lambda x: _renumber([*x, x[-1]]), "11 was changed"),
    "one put in and the rest renumbered": (lambda x: _renumber([*x[:2], x[0], *x[2:]]), "3 was changed"),
    "an empty line put in": (lambda x: [*x[:2], b"\n", *x[2:]], "damaged or put in"),
    "a line without a seal put in": (lambda x: [*x[:2], b'{"event":"decided"}\n', *x[2:]], "damaged or put in"),
    "a record without a seal at the end": (lambda x: [*x, b'{"event":"decided"}\n'], "damaged or put in"),
    "line ends of another kind": (lambda x: [line.replace(b"\n", b"\r\n") for line in x], "damaged or put in"),
    "zeros over a record": (lambda x: [*x[:6], b"\0" * (len(x[6]) - 1) + b"\n", *x[7:]], "damaged"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return _begin(tmp_path / "audit.jsonl")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return _begin(tmp_path / "audit.db")


def _begin(target: Path) -> Path:
    """Ten records: three calls that pass and are settled, and four that do not."""
    log = AuditLog(target)
    for number in range(3):
        of = log.append(make_record(message=f"message {number}"))
        log.settle(of, time=2.0, outcome="ok", milliseconds=1.0)
        log.append(make_record(action=Action.REFUSE))
    log.append(make_record(action=Action.REFUSE))
    log.close()
    return target


def _faults(target: Path) -> str:
    return "\n".join(f"{fault.place}: {fault.reason}" for fault in verify_audit(find_place(target)).faults)


def test_what_nobody_has_touched_is_sound(file: Path, database: Path) -> None:
    assert (_faults(file), _faults(database)) == ("", "")
    assert verify_audit(find_place(file)).records == 10


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_with_a_file_is_found(file: Path, kind: str) -> None:
    tamper, reason = TAMPERING[kind]
    before = file.read_bytes()
    file.write_bytes(b"".join(tamper(before.splitlines(keepends=True))))
    assert file.read_bytes() != before
    found = _faults(file)
    assert any(each in found for each in reason.split("|")), found


def test_every_changed_byte_is_found(file: Path) -> None:
    content = file.read_bytes()
    step = 37
    for place in range(0, len(content), step):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert _faults(file), content[max(0, place - 20) : place + 20]


STATEMENTS = {
    "a body": ("UPDATE audit_entries SET body = replace(body, 'refuse', 'forward') WHERE sequence = 3", "3 was changed"),
    "a seal": ("UPDATE audit_entries SET mac = (SELECT mac FROM audit_entries WHERE sequence = 1) WHERE sequence = 2", "2 was changed"),
    "a number": ("UPDATE audit_entries SET sequence = 99 WHERE sequence = 5", "record 6 stands where record 5 belongs"),
    "a negative number": ("UPDATE audit_entries SET sequence = -1 WHERE sequence = 1", "record -1 stands where"),
    "the first": ("DELETE FROM audit_entries WHERE sequence = 1", "record 2 stands where record 1 belongs"),
    "the middle": ("DELETE FROM audit_entries WHERE sequence BETWEEN 4 AND 6", "4 to 6 removed"),
    "the last": ("DELETE FROM audit_entries WHERE sequence > 8", "records 9 to 10 were cut off"),
    "all": ("DELETE FROM audit_entries", "records 1 to 10 were cut off"),
    "one more": ("INSERT INTO audit_entries SELECT 11, body, mac FROM audit_entries WHERE sequence = 10", "11 was changed"),
    "another type": ("UPDATE audit_entries SET body = CAST(body AS BLOB) WHERE sequence = 7", "is not an entry"),
    "the order": ("UPDATE audit_entries SET sequence = sequence - 9 WHERE sequence IN (4, 5); UPDATE audit_entries SET sequence = -sequence WHERE sequence < 0", "4 was changed"),
}  # fmt: skip


@pytest.mark.parametrize("kind", STATEMENTS)
def test_tampering_with_a_database_is_found(database: Path, kind: str) -> None:
    statement, reason = STATEMENTS[kind]
    connection = sqlite3.connect(database)
    connection.executescript(statement)
    connection.close()
    assert reason in _faults(database)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is not the head of an audit"),
        (b'{"sequence": 8, "mac": "0", "size": 1, "seal": "0"}', "was changed, or was not written with this key"),
    ],
)
def test_tampering_with_the_head_is_found(file: Path, content: bytes | None, reason: str) -> None:
    head = file.with_name("audit.jsonl.head")
    head.unlink() if content is None else head.write_bytes(content)
    assert reason in _faults(file)


def test_the_head_of_another_audit_is_found(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = _begin(tmp_path / "other" / "audit.jsonl")
    shutil.copy(other.with_name("audit.jsonl.head"), tmp_path)
    assert "was not written with this key" in _faults(file)


def test_a_record_that_was_sealed_with_another_key_is_found(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = _begin(tmp_path / "other" / "audit.jsonl")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:4], other.read_bytes().splitlines(keepends=True)[4], *lines[5:]]))
    assert "5 was changed, or was not written with this key" in _faults(file)


def test_a_record_of_another_past_is_found(file: Path, tmp_path: Path) -> None:
    """Somebody who has put an old copy back once has two sets of records under the same numbers and the same key."""
    other = tmp_path / "other"
    other.mkdir()
    for each in tmp_path.glob("audit.jsonl*"):
        shutil.copy(each, other)
    for target, message in ((file, "one"), (other / "audit.jsonl", "two")):
        log = AuditLog(target)
        for number in range(3):
            log.append(make_record(message=f"{message} {number}"))
        log.close()
    lines, others = (path.read_bytes().splitlines(keepends=True) for path in (file, other / "audit.jsonl"))
    assert (_faults(file), _faults(other / "audit.jsonl")) == ("", "")
    file.write_bytes(b"".join([*lines[:11], others[11], *lines[12:]]))
    assert "12 was changed, or was not written with this key, or does not follow" in _faults(file)


def test_an_older_copy_of_an_audit_is_found_by_its_head(tmp_path: Path) -> None:
    for name in ("audit.jsonl", "audit.db"):
        target = _begin(tmp_path / name)
        old = target.read_bytes()
        log = AuditLog(target)
        log.append(make_record())
        log.close()
        target.write_bytes(old)
        assert "records 11 to 11 were cut off" in _faults(target)
        with pytest.raises(AuditError, match=r"was cut off"):
            AuditLog(target)


def test_what_follows_the_head_must_follow_the_chain(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(file.read_bytes().splitlines(keepends=True)[-1])
    with pytest.raises(AuditError, match="record 10 stands where record 11 belongs"):
        AuditLog(file)


def test_an_unfinished_last_record_is_told_and_repaired(file: Path) -> None:
    whole = file.read_bytes()
    with file.open("ab") as stream:
        stream.write(whole.splitlines()[-1][:70])
    report = verify_audit(find_place(file))
    assert (report.faults, [note.partition(": ")[2] for note in report.notes]) == (
        [],
        ["an unfinished record, never acknowledged; the next start takes it away"],
    )
    AuditLog(file).close()
    assert (_faults(file), json.loads(file.read_bytes().splitlines()[-1])["event"]) == ("", "repaired")
    assert file.read_bytes().startswith(whole)
