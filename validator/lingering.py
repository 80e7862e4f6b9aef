"""Cancelled calls in, those that no longer count as running out: when they end after all, or when their time is up."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from validator.model.call import Call
from validator.model.known import JsonValue
from validator.policy.quota import Kind, Reservation

LONGEST: Final = (
    600.0  # seconds for which a cancelled call counts as running, unless it says itself that it takes longer
)
_DAY: Final = 86_400.0
_MOST: Final = 10_000


@dataclass(slots=True)
class Lingering:
    """What cancelled calls hold that comes back when they end; safe to share between threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: OrderedDict[int, tuple[float, Reservation]] = field(default_factory=OrderedDict)

    def add(self, reservation: Reservation, until: float) -> None:
        """A call was cancelled and may run on, at the longest until a moment in seconds since the epoch."""
        with self._lock:
            self._held[reservation.number] = (until, reservation)
            if len(self._held) > _MOST:
                # What is forgotten here stays taken until its window ends.
                self._held.popitem(last=False)

    def end(self, reservation: Reservation) -> bool:
        """A call has ended; whether it was cancelled and counted as running until now."""
        with self._lock:
            return self._held.pop(reservation.number, None) is not None

    def due(self, now: float) -> list[Reservation]:
        """Take out what is held by calls whose time is up."""
        with self._lock:
            due = [reservation for until, reservation in self._held.values() if until <= now]
            for reservation in due:
                del self._held[reservation.number]
            return due


def runs(reservation: Reservation) -> bool:
    """Whether something is taken only as long as the call runs."""
    return any(slot.counter.kind is Kind.RUNNING for slot, _ in reservation.taken)


def longest(call: Call) -> float:
    """The seconds that a call may run on after it was cancelled, as far as anybody knows."""
    said: JsonValue = call.arguments.get("timeout")
    # A shorter one proves nothing: not every server keeps to it.
    return min(said, _DAY) if isinstance(said, int | float) and said > LONGEST else LONGEST
