"""The head of the chain in a file of its own: read, written and locked by whoever appends."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from validator.audit.chain import Head, same, seal_head
from validator.model.errors import AuditError, Problem

# One write within a sector: whoever reads finds the old head or the new one, never half of each.
_SIZE: Final = 256
_MOST: Final = 10**18
_ADVICE = "restore it from a copy; `validator audit verify` tells what is left"


class HeadFile:
    """The head of one audit; who holds it may append."""

    def __init__(self, file: Path, key: bytes) -> None:
        """Open the file, which is there from the beginning on; raises AuditError."""
        self._file = file
        self._key = key
        try:
            self._descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise AuditError(Problem(str(file), "the head of the audit is gone", _ADVICE)) from error
        except OSError as error:
            reason = f"the head of the audit cannot be opened: {error.strerror}"
            raise AuditError(Problem(str(file), reason, "make it writable for this user")) from error

    @contextmanager
    def held(self) -> Iterator[Head]:
        """Keep every other process from appending, and give the head; raises AuditError."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            moved = not os.path.samestat(self._file.stat(), os.fstat(self._descriptor))
        except OSError as error:
            raise AuditError(Problem(str(self._file), f"is gone: {error.strerror}", _ADVICE)) from error
        try:
            if moved:
                raise AuditError(Problem(str(self._file), "was replaced by another file", _ADVICE))
            yield _parse(self._file, self._key, self._content())
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def write(self, head: Head) -> None:
        """Move the head, while it is held; raises AuditError."""
        try:
            os.pwrite(self._descriptor, head_text(self._key, head), 0)
        except OSError as error:
            raise AuditError(Problem(str(self._file), f"cannot be written: {error.strerror}", "make room")) from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _content(self) -> bytes:
        try:
            return os.pread(self._descriptor, _SIZE + 1, 0)
        except OSError as error:
            raise AuditError(Problem(str(self._file), f"cannot be read: {error.strerror}", _ADVICE)) from error


def head_text(key: bytes, head: Head) -> bytes:
    """The whole file of a head: always of one size, so that it is written in one piece."""
    seal = seal_head(key, head)
    text = json.dumps({"sequence": head.sequence, "mac": head.mac, "size": head.size, "seal": seal})
    return text.encode().ljust(_SIZE - 1) + b"\n"


def read_head(file: Path, key: bytes) -> Head:
    """Read the head of an audit that is only looked at; raises AuditError."""
    try:
        with file.open("rb") as stream:
            return _parse(file, key, stream.read(_SIZE + 1))
    except OSError as error:
        reason = f"the head of the audit cannot be read: {error.strerror}"
        raise AuditError(Problem(str(file), reason, _ADVICE)) from error


def _parse(file: Path, key: bytes, content: bytes) -> Head:
    head, seal = _read(content)
    if head is None:
        raise AuditError(Problem(str(file), "is not the head of an audit", _ADVICE))
    if not same(seal, seal_head(key, head)):
        raise AuditError(Problem(str(file), "was changed, or was not written with this key", _ADVICE))
    return head


def _read(content: bytes) -> tuple[Head | None, str]:
    """What a file says that may hold anything: a head with its seal, or None."""
    try:
        # More than this nobody has written, and what is so short can neither be deep nor hold a huge number.
        found = json.loads(content) if len(content) <= _SIZE else None
    except (ValueError, RecursionError):
        return None, ""
    match found:
        case {"sequence": int(sequence), "mac": str(mac), "size": int(size), "seal": str(seal)}:
            whole = all(type(each) is int and 0 <= each < _MOST for each in (sequence, size))
            return (Head(sequence, mac, size) if whole else None), seal
        case _:
            return None, ""
