"""The reservations of one process that are neither committed nor rolled back, so that each is closed once."""

import threading
from collections.abc import Iterable

from validator.policy.quota import RUNNING, Reservation, Slot


class Unsettled:
    """Numbers of open reservations, safe to share between threads.

    They need not outlive the process: one that is killed leaves what it took to count until its window ends.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._numbers: set[int] = set()
        self._last = 0

    def open(self, taken: Iterable[tuple[Slot, int]]) -> Reservation:
        """A new reservation of what was taken."""
        with self._lock:
            self._last += 1
            self._numbers.add(self._last)
            return Reservation(self._last, tuple(taken))

    def commit(self, reservation: Reservation) -> tuple[tuple[Slot, int], ...]:
        """Close a reservation for good; what running calls took is due back."""
        return tuple(pair for pair in self.roll_back(reservation) if pair[0].counter.kind is RUNNING)

    def roll_back(self, reservation: Reservation) -> tuple[tuple[Slot, int], ...]:
        """Close a reservation; all that it took is due back, unless it was closed before."""
        with self._lock:
            known = reservation.number in self._numbers
            self._numbers.discard(reservation.number)
        return reservation.taken if known else ()
