"""Counters in a SQLite file: a store that survives a restart and is shared by the proxies of one machine.

Every reservation is one short transaction of one writer. It outlives a killed process; the last ones before a power
cut may be forgotten. A file that is locked, read-only, corrupt, full or gone is an error, and so a denial.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from validator.policy.quota import Charge, Counter, QuotaError, Reservation, Shortage, Slot
from validator.policy.sqlite_file import BUSY, SqliteFile
from validator.policy.unsettled import Unsettled
from validator.policy.window import Held, end_of, hopeless, milliseconds, take

_FORGET_EVERY: Final = 60_000  # milliseconds
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS quota_held (counter TEXT NOT NULL, step INTEGER NOT NULL,"
    " amount INTEGER NOT NULL CHECK (amount >= 0), ends INTEGER NOT NULL, PRIMARY KEY (counter, step)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS quota_ends ON quota_held (ends)",
    "CREATE TABLE IF NOT EXISTS quota_clock (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " latest INTEGER NOT NULL, forgotten INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO quota_clock VALUES (1, 0, 0)",
)
_TAKE: Final = (
    "INSERT INTO quota_held VALUES (?, ?, ?, ?)"
    " ON CONFLICT (counter, step) DO UPDATE SET amount = amount + excluded.amount"
)
_GIVE_BACK: Final = "UPDATE quota_held SET amount = max(amount - ?, 0) WHERE counter = ? AND step = ?"


class SqliteStore:
    """Counters in one file, safe to share between threads; other processes open the same file."""

    def __init__(self, file: Path, busy: float = BUSY) -> None:
        """Open or create the file; raises QuotaError, as every use of a file that cannot answer does."""
        self._file = SqliteFile(file, _TABLES, busy)
        self._unsettled = Unsettled()

    def reserve(self, charges: Sequence[Charge], now: float) -> Reservation | Shortage:
        """Take every charge in the windows of this moment, or none of them."""
        short = hopeless(charges)
        if short is not None:
            return short
        taken = self._take(charges, now) if charges else {}
        return taken if isinstance(taken, Shortage) else self._unsettled.open(taken.items())

    def commit(self, reservation: Reservation) -> None:
        """Make a reservation final: the call has ended."""
        self._give_back(self._unsettled.commit(reservation))

    def roll_back(self, reservation: Reservation) -> None:
        """Give back what was taken, to the windows it was taken from; once at most."""
        self._give_back(self._unsettled.roll_back(reservation))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _take(self, charges: Sequence[Charge], now: float) -> dict[Slot, int] | Shortage:
        with self._file.transaction() as connection:
            latest, forgotten = connection.execute("SELECT latest, forgotten FROM quota_clock").fetchone()
            moment = max(latest, milliseconds(now))
            names = {charge.counter: str(charge.counter) for charge in charges}
            taken = take(charges, _held(connection, names), moment, now)
            if isinstance(taken, Shortage):
                return taken
            rows = [(names[slot.counter], slot.step, amount, end_of(slot)) for slot, amount in taken.items()]
            connection.executemany(_TAKE, rows)
            if moment >= forgotten + _FORGET_EVERY:
                connection.execute("DELETE FROM quota_held WHERE ends <= ?", (moment,))
                forgotten = moment
            connection.execute("UPDATE quota_clock SET latest = ?, forgotten = ?", (moment, forgotten))
        return taken

    def _give_back(self, taken: Sequence[tuple[Slot, int]]) -> None:
        if not taken:
            return
        try:
            with self._file.transaction() as connection:
                connection.executemany(_GIVE_BACK, [(n, str(slot.counter), slot.step) for slot, n in taken])
        except QuotaError:
            # It stays taken until its window ends: fewer calls, never more.
            return


def _held(connection: sqlite3.Connection, names: Mapping[Counter, str]) -> dict[Counter, Held]:
    rows: dict[str, dict[int, int]] = {name: {} for name in names.values()}
    query = f"SELECT counter, step, amount FROM quota_held WHERE counter IN ({', '.join('?' * len(rows))})"
    for name, step, amount in connection.execute(query, tuple(rows)):
        rows[name][step] = amount
    return {counter: rows[name] for counter, name in names.items()}
