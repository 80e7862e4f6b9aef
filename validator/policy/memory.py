"""Counters in the memory of one process: a store for a single proxy."""

import threading
from collections.abc import Iterable, Sequence
from typing import Final

from validator.policy.quota import Charge, Counter, Reservation, Shortage, Slot
from validator.policy.unsettled import Unsettled
from validator.policy.window import end_of, hopeless, milliseconds, take

_FORGET_EVERY: Final = 60_000  # milliseconds


class MemoryStore:
    """Counters of one process, safe to share between threads."""

    def __init__(self) -> None:
        """Start with every counter at zero."""
        self._lock = threading.Lock()
        self._held: dict[Counter, dict[int, int]] = {}
        self._latest = 0
        self._forgotten = 0
        self._unsettled = Unsettled()

    def reserve(self, charges: Sequence[Charge], now: float) -> Reservation | Shortage:
        """Take every charge in the windows of this moment, or none of them."""
        short = hopeless(charges)
        if short is not None:
            return short
        with self._lock:
            moment = max(self._latest, milliseconds(now))
            taken = take(charges, self._held, moment, now)
            if isinstance(taken, Shortage):
                return taken
            self._latest = moment
            for slot, amount in taken.items():
                held = self._held.setdefault(slot.counter, {})
                held[slot.step] = held.get(slot.step, 0) + amount
            self._forget()
        return self._unsettled.open(taken.items())

    def commit(self, reservation: Reservation) -> None:
        """Make a reservation final: the call has ended."""
        self._give_back(self._unsettled.commit(reservation))

    def roll_back(self, reservation: Reservation) -> None:
        """Give back what was taken, to the windows it was taken from; once at most."""
        self._give_back(self._unsettled.roll_back(reservation))

    def close(self) -> None:
        """There is nothing to let go of."""

    def _give_back(self, taken: Iterable[tuple[Slot, int]]) -> None:
        with self._lock:
            for slot, amount in taken:
                held = self._held.get(slot.counter, {})
                if slot.step in held:
                    held[slot.step] -= amount

    def _forget(self) -> None:
        """Now and then, drop the steps that no longer count: nobody asks for them again."""
        if self._latest < self._forgotten + _FORGET_EVERY:
            return
        self._forgotten = self._latest
        for counter, held in list(self._held.items()):
            kept = {step: n for step, n in held.items() if end_of(Slot(counter, step)) > self._latest}
            if kept:
                self._held[counter] = kept
            else:
                del self._held[counter]
