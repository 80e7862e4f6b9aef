"""The path of a key file in, the key out; kept for its owner alone."""

import os
import re
import secrets
import stat
from pathlib import Path

from validator.model.errors import AuditError, Problem

_KEY = re.compile(r"[0-9a-f]{64}\n?")
_ADVICE = "restore it from a copy, or begin a new audit with a new name"


def read_key(file: Path) -> bytes:
    """Read a key that is there; raises AuditError."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text("ascii", "replace")
    except OSError as error:
        raise AuditError(Problem(str(file), f"the key cannot be read: {error.strerror}", _ADVICE)) from error
    if mode & 0o077:
        raise AuditError(Problem(str(file), f"the key can be used by others (mode {mode:04o})", f"chmod 600 {file}"))
    if not _KEY.fullmatch(text):
        raise AuditError(Problem(str(file), "is not a key: 64 hexadecimal digits are expected", _ADVICE))
    return bytes.fromhex(text)


def keep_key(file: Path, key: bytes) -> None:
    """Put a new key in place, unless there is one already; raises OSError."""
    aside = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        # Written aside and then linked: whoever looks finds a whole key or none.
        _write(aside, key.hex() + "\n")
        os.link(aside, file)
    except FileExistsError:
        pass
    finally:
        aside.unlink(missing_ok=True)


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
