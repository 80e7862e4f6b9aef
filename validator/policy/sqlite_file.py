"""A SQLite file that only its owner may write: opened with its tables, used in transactions of one writer at a time."""

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from validator.model.errors import Problem
from validator.policy.quota import QuotaError

BUSY: Final = 5.0  # seconds to wait for other writers
_ADVICE: Final = {
    "SQLITE_BUSY": "another program holds the file: end it",
    "SQLITE_LOCKED": "another program holds the file: end it",
    "SQLITE_READONLY": "let the proxy's user write to the file and its folder",
    "SQLITE_PERM": "let the proxy's user write to the file and its folder",
    "SQLITE_CANTOPEN": "let the proxy's user write to the file and its folder",
    "SQLITE_FULL": "make room on the disk",
    "SQLITE_IOERR": "look after the disk: is it full or broken?",
    "SQLITE_NOTADB": "name another file, or remove this one: all counters then begin from zero",
    "SQLITE_CORRUPT": "remove the file: all counters then begin from zero",
}


class SqliteFile:
    """One connection, safe to share between threads."""

    def __init__(self, file: Path, tables: Sequence[str], busy: float) -> None:
        """Open or create the file; raises QuotaError."""
        self._file = file
        self._busy = busy
        self._lock = threading.Lock()
        self._identity = self._create()
        with self._telling():
            self._connection = sqlite3.connect(file, timeout=busy, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(tables)
            except sqlite3.Error:
                self._connection.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One writer's turn; an error leaves the file as it was. Raises QuotaError."""
        if not self._lock.acquire(timeout=self._busy):
            raise self._error("is busy", _ADVICE["SQLITE_BUSY"])
        try:
            self._check_place()
            with self._telling(), self._turn():
                yield self._connection
        finally:
            self._lock.release()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _create(self) -> tuple[int, int]:
        """The identity of the file, which is made for its owner alone where there is none."""
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                status = os.fstat(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            advice = "name a file in a folder that exists and that the proxy's user may write to"
            raise self._error(f"cannot be opened: {error.strerror or error}", advice) from error
        if not stat.S_ISREG(status.st_mode):
            raise self._error("is not a file", "name another one")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise self._error("may be written by others, who could reset its counters", f"chmod 600 {self._file}")
        return status.st_dev, status.st_ino

    def _prepare(self, tables: Sequence[str]) -> None:
        # What is committed outlives the process at once, and the machine soon: a write need not wait for the disk.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._turn():
            for statement in tables:
                self._connection.execute(statement)

    def _check_place(self) -> None:
        """A file that was moved or replaced counts for nobody else any more."""
        try:
            status = self._file.stat()
        except OSError as error:
            raise self._error(f"is gone: {error.strerror}", "put it back, or start the proxy anew") from error
        if (status.st_dev, status.st_ino) != self._identity:
            raise self._error("has been replaced", "put the old one back, or start the proxy anew")

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say what to do about an error of SQLite."""
        try:
            yield
        except sqlite3.Error as error:
            name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
            raise self._error(f"cannot be used: {error}", _ADVICE.get(name, "look after the file")) from error

    def _error(self, reason: str, advice: str) -> QuotaError:
        return QuotaError(Problem(str(self._file), f"the store of counters {reason}", advice))
