"""Decisions, and what became of them, in; redacted records in an audit out; what cannot be kept is an error."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from validator.audit.place import Place, find_place, open_journal
from validator.audit.redact import redact
from validator.audit.telemetry import Telemetry, find_telemetry
from validator.model.record import Record

DECIDED: Final = "decided"
SETTLED: Final = "settled"


class AuditLog:
    """Keeps a record of every decision before it holds, and another of what became of a call that was forwarded.

    Threads and processes may share an audit. Without `keep_code` the text of the code is dropped here. `patience` is
    how many seconds a record of what became of a call may wait for a decision with which it is flushed.
    """

    def __init__(self, target: str | Path | Place, *, keep_code: bool = False, patience: float = 0.0) -> None:
        """Open or begin an audit; raises AuditError."""
        place = target if isinstance(target, Place) else find_place(target)
        self._journal = open_journal(place, patience)
        self._keep_code = keep_code
        self._telemetry: Telemetry | None = find_telemetry()

    def append(self, record: Record) -> int:
        """Keep a decision; returns its number, by which it is settled. Raises AuditError."""
        kept = record if self._keep_code else replace(record, code=())
        number = self._journal.append({"event": DECIDED, **redact(kept)})
        if self._telemetry is not None:
            self._telemetry.decided(number, record)
        return number

    def settle(self, number: int, *, time: float, outcome: str, milliseconds: float) -> None:
        """Keep what became of a call that was forwarded; raises AuditError, where there is no patience."""
        if self._telemetry is not None:
            self._telemetry.settled(number, outcome, milliseconds)
        self._journal.append_soon(
            {"event": SETTLED, "of": number, "time": time, "outcome": outcome, "milliseconds": milliseconds}
        )

    def close(self) -> None:
        """Keep what waits, and let go of the audit."""
        self._journal.close()
