"""The files of an audit without a record in, its key out, with the first head written; an emptied audit is refused.

The head is written before its key is put in place. So a key without a head says that there was an audit, and a process
that is killed in between leaves nothing that looks like one.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from validator.audit.chain import Head
from validator.audit.headfile import head_text
from validator.audit.keyfile import keep_key, read_key
from validator.model.errors import AuditError, Problem

_LOST: Final = "is empty and its head is gone, but its key is there: there was an audit, and its records are lost"


def begin(name: str, key: Path, head: Path, *, anew: bool = False) -> bytes:
    """Begin an audit, or go on with one that was begun; only `anew` after one that was emptied. Raises AuditError."""
    try:
        if not anew:
            # Looked at before the head is made, so that a refusal leaves nothing behind.
            _refuse_emptied(name, key, head)
        with _locked(head) as descriptor:
            if not anew:
                _refuse_emptied(name, key, head)
            if not key.exists():
                secret = secrets.token_bytes(32)
                _write(descriptor, secret)
                keep_key(key, secret)
            secret = read_key(key)
            if anew:
                _write(descriptor, secret)
            return secret
    except OSError as error:
        reason = f"the audit cannot be begun: {error.strerror or error}"
        raise AuditError(Problem(str(head), reason, "choose a folder that can be written")) from error


def _refuse_emptied(name: str, key: Path, head: Path) -> None:
    if key.exists() and (not head.exists() or head.stat().st_size == 0):
        advice = f"restore audit and head from a copy, or begin anew: validator audit begin {name}, or another name"
        raise AuditError(Problem(name, _LOST, advice))


@contextmanager
def _locked(head: Path) -> Iterator[int]:
    descriptor = os.open(head, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _write(descriptor: int, secret: bytes) -> None:
    os.pwrite(descriptor, head_text(secret, Head()), 0)
    os.fsync(descriptor)
