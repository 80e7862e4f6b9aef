"""Records as JSON in, sealed entries on the disk out; what cannot be kept is an error."""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from validator.audit.chain import Entry, Fault, Head, Torn, extend, follow
from validator.audit.headfile import HeadFile
from validator.audit.store import Store
from validator.model.errors import AuditError, Problem
from validator.model.known import JsonValue

REPAIRED: Final = "repaired"
_REPAIR: Final = {"event": REPAIRED, "message": "an unfinished record at the end, never acknowledged, was taken away"}
_AGAIN: Final = "free memory and disk, then call again; `validator audit verify` tells what was kept"


@dataclass(slots=True)
class _Ticket:
    """A record that waits to be written, and what became of it."""

    body: str
    sequence: int = 0
    error: AuditError | None = None


class Journal:
    """Appends records to a store; threads and processes may share it.

    What was acknowledged is on the disk: records that arrive while others are being flushed go together with the next.
    `patience` is how many seconds a record may wait that nobody waits for.
    """

    def __init__(self, store: Store, head: HeadFile, key: bytes, patience: float = 0.0) -> None:
        """Continue where the chain ends; raises AuditError when it does not end where it should."""
        self._patience = patience
        self._closing = threading.Event()
        self._left = threading.Event()
        self._sweeper: threading.Thread | None = None
        self._store = store
        self._head = head
        self._key = key
        self._waiting: deque[_Ticket] = deque()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._lost = AuditError(Problem(store.place, "failed while the record was written, which may be lost", _AGAIN))
        with self._head.held() as known:
            with self._store.transaction():
                end, torn = self._catch_up(known)
            if end != known:
                # Whoever wrote last was killed before it could move the head.
                self._head.write(end)
        if torn:
            self.append(_REPAIR)

    def close(self) -> None:
        """Keep what waits, and let go of the store and the head."""
        self._closing.set()
        self._left.set()
        if self._sweeper is not None:
            self._sweeper.join()
        self._store.close()
        self._head.close()

    def append(self, kept: Mapping[str, JsonValue]) -> int:
        """Keep one record; returns its number. Raises AuditError when it is not certain to be kept."""
        ticket = _Ticket(json.dumps(kept, separators=(",", ":"), allow_nan=False))
        self._waiting.append(ticket)
        with self._writing:
            if not ticket.sequence and ticket.error is None:
                self._write_all(self._take())
        if ticket.error is not None:
            raise AuditError(*ticket.error.problems) from ticket.error
        return ticket.sequence

    def append_soon(self, kept: Mapping[str, JsonValue]) -> None:
        """Keep one record with the next, or when patience ends; without patience now. Raises AuditError if now."""
        if not self._patience or self._closing.is_set():
            self.append(kept)
            return
        self._waiting.append(_Ticket(json.dumps(kept, separators=(",", ":"), allow_nan=False)))
        with self._starting:
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._sweep, name="audit", daemon=True)
                self._sweeper.start()
        if not self._left.is_set():
            self._left.set()

    def _sweep(self) -> None:
        """Write what was left waiting; what cannot be written is lost, as it would be if its writer had waited."""
        while not self._closing.is_set():
            self._left.wait()
            self._closing.wait(self._patience)
            self._left.clear()
            with self._writing:
                tickets = self._take()
                if tickets:
                    self._write_all(tickets)

    def _take(self) -> list[_Ticket]:
        """All that waits, each taken to be lost until it is written: an unforeseen fault must not look like success."""
        tickets = []
        while self._waiting:
            ticket = self._waiting.popleft()
            ticket.error = self._lost
            tickets.append(ticket)
        return tickets

    def _write_all(self, tickets: list[_Ticket]) -> None:
        try:
            first = self._write([ticket.body for ticket in tickets])
        except AuditError as error:
            for ticket in tickets:
                ticket.error = error
        else:
            for number, ticket in enumerate(tickets, first):
                ticket.sequence, ticket.error = number, None

    def _write(self, bodies: list[str]) -> int:
        """Append records and move the head; returns the number of the first."""
        with self._head.held() as known:
            with self._store.transaction():
                end, torn = self._catch_up(known)
                entries = extend(self._key, end, [json.dumps(_REPAIR), *bodies] if torn else bodies)
                moved = self._store.write(end, entries)
            self._head.write(moved)
        return moved.sequence - len(bodies) + 1

    def _catch_up(self, known: Head) -> tuple[Head, bool]:
        """Where the chain ends, which others may have continued, and whether an unfinished record stands behind it."""
        end, found = known, self._store.after(known)
        for each in follow(self._key, known, found):
            if isinstance(each, Fault):
                advice = "find out who did it with `validator audit verify`, then begin a new audit with a new name"
                raise AuditError(Problem(each.place, each.reason, advice))
            end = Head(each.sequence, each.mac, each.end)
        return end, any(isinstance(each, Torn) for each in found)


def event(entry: Entry) -> dict[str, JsonValue]:
    """What an entry says, with its number; raises AuditError when it is no JSON object."""
    try:
        found = json.loads(entry.body)
    except (ValueError, RecursionError) as error:
        raise AuditError(Problem(entry.place, "is not JSON", "run `validator audit verify`")) from error
    if not isinstance(found, dict):
        raise AuditError(Problem(entry.place, "is not a JSON object", "run `validator audit verify`"))
    return {**found, "sequence": entry.sequence}
