"""What a call takes from counters per calendar window, and what a store of counters promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Charge:
    """What one call takes from one counter; `owner` tells whose counter it is.

    `limit` is the name of the rule that asks for it.
    """

    limit: str
    counter: str
    owner: tuple[str, ...]
    window: int
    maximum: int
    amount: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One counter in one window, by the second at which the window starts."""

    counter: str
    owner: tuple[str, ...]
    window: int
    start: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was taken, from which windows; `number` tells it from every other reservation of the store."""

    number: int
    taken: tuple[tuple[Slot, int], ...]


@dataclass(frozen=True, slots=True)
class Shortage:
    """The charge that could not be taken, and the seconds until its window ends (None: no wait will help)."""

    charge: Charge
    used: int
    retry_after: float | None


class Store(Protocol):
    """Where counters live. An implementation that cannot answer raises, and the gate denies."""

    def reserve(self, charges: Sequence[Charge], now: float) -> Reservation | Shortage:
        """Take every charge in the windows of this moment, or none of them."""

    def commit(self, reservation: Reservation) -> None:
        """Make a reservation final."""

    def roll_back(self, reservation: Reservation) -> None:
        """Give back what was taken, to the windows it was taken from; once at most."""


def slot_at(charge: Charge, now: float) -> Slot:
    """The counter that a charge takes from at a moment in seconds since the epoch."""
    # These seconds know no leap seconds, so multiples of 60, 3600 and 86400 are the calendar in UTC.
    return Slot(charge.counter, charge.owner, charge.window, int(now // charge.window) * charge.window)


def wait_for(charge: Charge, slot: Slot, now: float) -> float | None:
    """The seconds until the window ends, None when the charge is more than any window holds."""
    return slot.start + slot.window - now if charge.amount <= charge.maximum else None
