"""The path of a key file in, the key out; made on first use, for its owner alone."""

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


def make_key(file: Path) -> bytes:
    """Read the key, or make one if there is none; raises AuditError."""
    aside = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        if not file.exists():
            # Written aside and then linked: two that start at once get the same key, and nobody half of one.
            _write(aside, secrets.token_hex(32) + "\n")
            try:
                os.link(aside, file)
            except FileExistsError:
                pass
            finally:
                aside.unlink()
    except OSError as error:
        raise AuditError(
            Problem(str(file), f"the key cannot be made: {error.strerror}", "choose a folder that can be written")
        ) from error
    return read_key(file)


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
