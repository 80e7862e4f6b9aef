"""The path of an SQLite file in, a store of entries in it out."""

import os
import sqlite3
import stat
from pathlib import Path
from typing import Final

from validator.audit.table import Database, TableStore
from validator.model.errors import AuditError, Problem

# Long enough for others to finish a write, short enough that a call is not kept waiting.
_PATIENCE: Final = 2.0


def open_sqlite(file: Path, *, read_only: bool = False) -> TableStore:
    """Open a database for its owner alone, created unless it is only read; raises AuditError."""
    identity = _identity(file, read_only)

    def connect() -> sqlite3.Connection:
        address = f"{file.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, timeout=_PATIENCE, check_same_thread=False
        )
        if not read_only:
            # With a log of its own a commit costs one flush, and readers do not wait for writers.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        return connection

    def check() -> None:
        found = file.stat()
        if (found.st_dev, found.st_ino) != identity:
            raise OSError(f"{file.name} was replaced by another file")

    # A text that is no UTF-8 makes sqlite3 raise OperationalError, a file that is no database DatabaseError.
    failures = (sqlite3.Error, sqlite3.Warning)
    return TableStore(Database(str(file), connect, "?", ("BEGIN IMMEDIATE",), failures, check), read_only=read_only)


def _identity(file: Path, read_only: bool) -> tuple[int, int]:
    """The device and number of the file, which is created here: SQLite would let others read it."""
    try:
        flags = os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT
        descriptor = os.open(file, flags | os.O_CLOEXEC, 0o600)
        try:
            found = os.fstat(descriptor)
            if not read_only and stat.S_IMODE(found.st_mode) != 0o600:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        advice = "choose a file that this user can write" if not read_only else "name the audit that the proxy writes"
        raise AuditError(Problem(str(file), f"cannot be opened: {error.strerror or error}", advice)) from error
    return found.st_dev, found.st_ino
