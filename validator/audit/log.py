"""Records in, JSON lines in a file that only its owner may read out; a line that cannot be kept is an error."""

import json
import os
import stat
import threading
from pathlib import Path

from validator.audit.redact import redact
from validator.model.errors import Problem, ValidatorError
from validator.model.record import Record


class AuditError(ValidatorError):
    """The audit log cannot be opened or written."""


class AuditLog:
    """An append-only file of JSON lines, safe to share between threads."""

    def __init__(self, file: Path) -> None:
        """Open or create the file for its owner alone; raises AuditError."""
        self._file = file
        self._lock = threading.Lock()
        self._failed = False
        try:
            self._descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            mode = os.fstat(self._descriptor).st_mode
            if stat.S_ISREG(mode) and stat.S_IMODE(mode) != 0o600:
                os.fchmod(self._descriptor, 0o600)
        except OSError as error:
            raise self._error(f"cannot be opened: {error.strerror or error}") from error

    def check(self) -> None:
        """Raise AuditError unless a record could be kept now, as far as that can be told without one."""
        with self._lock:
            self._check_place()
            if self._failed:
                # Readers skip empty lines, so one more shows whether there is room again.
                self._write(b"\n")

    def append(self, record: Record) -> None:
        """Write one record as one line; raises AuditError when it is not certain to be kept."""
        line = json.dumps(redact(record), separators=(",", ":"), allow_nan=False).encode() + b"\n"
        with self._lock:
            self._check_place()
            self._write(b"\n" + line if self._failed else line)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _check_place(self) -> None:
        """Make sure that what is written can be found under the file's name."""
        try:
            there, open_file = self._file.stat(), os.fstat(self._descriptor)
        except OSError as error:
            raise self._error(f"is gone: {error.strerror or error}") from error
        if not os.path.samestat(there, open_file):
            raise self._error("was replaced by another file")

    def _write(self, content: bytes) -> None:
        # A failed write may leave half a line, so the next one begins on a line of its own.
        self._failed = True
        try:
            written = os.write(self._descriptor, content)
        except OSError as error:
            raise self._error(f"cannot be written: {error.strerror or error}") from error
        if written < len(content):
            raise self._error("cannot be written: the line was cut short")
        self._failed = False

    def _error(self, reason: str) -> AuditError:
        return AuditError(Problem(str(self._file), reason, "make room or restore the file, then start again"))
