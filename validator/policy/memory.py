"""Counters in the memory of one process: a store for a single proxy."""

import threading
from collections.abc import Sequence

from validator.policy.quota import Charge, Reservation, Shortage, Slot, slot_at, wait_for


class MemoryStore:
    """Counters of one process, safe to share between threads."""

    def __init__(self) -> None:
        """Start with every counter at zero."""
        self._lock = threading.Lock()
        self._used: dict[Slot, int] = {}
        self._open: set[int] = set()
        self._numbers = 0

    def reserve(self, charges: Sequence[Charge], now: float) -> Reservation | Shortage:
        """Take every charge in the windows of this moment, or none of them."""
        after: dict[Slot, int] = {}
        taken: list[tuple[Slot, int]] = []
        with self._lock:
            self._forget(now)
            for charge in charges:
                slot = slot_at(charge, now)
                used = after.get(slot, self._used.get(slot, 0))
                if used + charge.amount > charge.maximum:
                    return Shortage(charge, used, wait_for(charge, slot, now))
                after[slot] = used + charge.amount
                taken.append((slot, charge.amount))
            self._used.update(after)
            self._numbers += 1
            self._open.add(self._numbers)
            return Reservation(self._numbers, tuple(taken))

    def commit(self, reservation: Reservation) -> None:
        """Make a reservation final."""
        with self._lock:
            self._open.discard(reservation.number)

    def roll_back(self, reservation: Reservation) -> None:
        """Give back what was taken, to the windows it was taken from; once at most."""
        with self._lock:
            if reservation.number not in self._open:
                return
            self._open.discard(reservation.number)
            for slot, amount in reservation.taken:
                if slot in self._used:
                    self._used[slot] -= amount

    def _forget(self, now: float) -> None:
        """Drop the windows that have ended: nobody asks for them again."""
        for slot in [slot for slot in self._used if slot.start + slot.window <= now]:
            del self._used[slot]
