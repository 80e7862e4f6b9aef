"""A store of entries: a table of a database, written in transactions that exclude each other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from validator.audit.chain import Entry, Head, Torn
from validator.model.errors import AuditError, Problem

_CREATE: Final = """CREATE TABLE IF NOT EXISTS audit_entries
    (sequence BIGINT PRIMARY KEY, body TEXT NOT NULL, mac TEXT NOT NULL)"""
_PAGE: Final = 500
_LOWEST: Final = -(1 << 63)


class Cursor(Protocol):
    """What came of a statement."""

    def fetchall(self) -> Sequence[Any]:
        """All its rows."""


class Connection(Protocol):
    """What sqlite3 and psycopg have in common."""

    def execute(self, statement: Any, values: Any = ..., /) -> Cursor:
        """Run one statement."""

    def close(self) -> None:
        """Let go of the database."""


@dataclass(frozen=True, slots=True)
class Database:
    """One kind of database: how to connect, what a value is marked by, what it raises, how to begin alone.

    `check` raises OSError when what is written could not be found again.
    """

    place: str
    connect: Callable[[], Connection]
    mark: str
    begin: Sequence[str]
    failures: tuple[type[Exception], ...]
    check: Callable[[], None] = lambda: None


class TableStore:
    """Appends to the table of one database, or only reads it; connects again after a failure."""

    def __init__(self, database: Database, *, read_only: bool = False) -> None:
        """Connect, and create the table if it is not there; raises AuditError."""
        self.place = database.place
        self._database = database
        self._connection: Connection | None = None
        if not read_only:
            self._run(_CREATE)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is written within, or nothing."""
        try:
            self._database.check()
        except OSError as error:
            raise self._error(f"is gone: {error.strerror or error}") from error
        kept = False
        try:
            for statement in self._database.begin:
                self._run(statement)
            yield
            self._run("COMMIT")
            kept = True
        finally:
            if not kept:
                # A connection that is closed takes its transaction back, whatever state either is in.
                self.close()

    def after(self, head: Head) -> list[Entry | Torn]:
        """What follows the head; raises AuditError when the table does not reach it."""
        found = self._select("sequence >= %s ORDER BY sequence", head.sequence)
        if head.sequence == 0:
            return found
        first = found[0] if found else None
        if isinstance(first, Entry) and (first.sequence, first.mac) == (head.sequence, head.mac):
            return found[1:]
        reason = f"was cut off or changed: record {head.sequence}, the last that was written, is not there"
        raise self._error(reason, "restore it from a copy; `validator audit verify` tells what is left")

    def write(self, end: Head, entries: Sequence[Entry]) -> Head:
        """Append entries behind the end of the chain."""
        for entry in entries:
            values = (entry.sequence, entry.body, entry.mac)
            self._run("INSERT INTO audit_entries (sequence, body, mac) VALUES (%s, %s, %s)", *values)
        return Head(entries[-1].sequence, entries[-1].mac) if entries else end

    def entries(self) -> Iterator[Entry | Torn]:
        """All there is, oldest first."""
        number = _LOWEST
        while page := self._rows(f"sequence > %s ORDER BY sequence LIMIT {_PAGE}", number):
            yield from self._found(page)
            number = page[-1][0]

    def last(self, count: int) -> list[Entry | Torn]:
        """The last few, oldest first."""
        return self._select("sequence > %s ORDER BY sequence DESC LIMIT %s", _LOWEST, count)[::-1]

    def empty(self) -> bool:
        """Whether the table has no entry."""
        return not self.last(1)

    def close(self) -> None:
        """Let go of the database."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _select(self, condition: str, *values: object) -> list[Entry | Torn]:
        return list(self._found(self._rows(condition, *values)))

    def _rows(self, condition: str, *values: object) -> Sequence[Any]:
        return self._run(f"SELECT sequence, body, mac FROM audit_entries WHERE {condition}", *values)

    def _found(self, rows: Iterable[Sequence[object]]) -> Iterator[Entry | Torn]:
        for sequence, body, mac in rows:
            place = f"{self.place} record {sequence}"
            if isinstance(sequence, int) and isinstance(body, str) and isinstance(mac, str):
                yield Entry(sequence, body, mac, place)
            else:
                yield Torn(place)

    def _run(self, statement: str, *values: object) -> Sequence[Any]:
        try:
            if self._connection is None:
                self._connection = self._database.connect()
            cursor = self._connection.execute(statement.replace("%s", self._database.mark), values)
            return cursor.fetchall() if statement.startswith("SELECT") else ()
        except self._database.failures as error:
            self.close()
            raise self._error(f"cannot be used: {str(error).strip() or type(error).__name__}") from error

    def _error(
        self, reason: str, advice: str = "make it reachable, unlocked and writable, then try again"
    ) -> AuditError:
        return AuditError(Problem(self.place, reason, advice))
