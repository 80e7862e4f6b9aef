"""What a call takes from counters, and what a store of counters promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from validator.model.errors import ValidatorError


class QuotaError(ValidatorError):
    """A store of counters cannot be opened or cannot answer."""


class Kind(StrEnum):
    """How a counter forgets.

    CALENDAR: all at once when its window ends, at a multiple of the window's length in UTC.
    SLIDING: little by little, so that no stretch of time as long as the window ever holds more than the limit.
    RUNNING: what a call takes comes back when the call ends, or after the window if nobody says that it ended.
    """

    CALENDAR = "calendar"
    SLIDING = "sliding"
    RUNNING = "running"


# Python 3.11 looks a member of an enumeration up in 100 ns, and one call asks for dozens.
CALENDAR: Final = Kind.CALENDAR
RUNNING: Final = Kind.RUNNING


class Counter(NamedTuple):
    """One counter: `owner` tells whose it is, `window` is in seconds."""

    name: str
    owner: tuple[str, ...]
    window: int
    kind: Kind = Kind.CALENDAR

    def __str__(self) -> str:
        """A text that no other counter has."""
        return ascii((self.kind.value, self.window, self.name, self.owner))


@dataclass(frozen=True, slots=True)
class Charge:
    """What one call takes from one counter, which may hold `maximum`; `limit` is the name of the rule that asks."""

    limit: str
    counter: Counter
    maximum: int
    amount: int

    def __post_init__(self) -> None:
        """No call gives back by taking less than nothing."""
        if self.amount < 0:
            raise ValueError("a charge is never negative")


class Slot(NamedTuple):
    """One step of a counter in time: see `window`."""

    counter: Counter
    step: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was taken, from which steps; `number` tells it from every other reservation of the store."""

    number: int
    taken: tuple[tuple[Slot, int], ...]


NO_RESERVATION: Final = Reservation(0, ())


@dataclass(frozen=True, slots=True)
class Shortage:
    """The charge that could not be taken, and the seconds until it may be (None: no wait will help)."""

    charge: Charge
    used: int
    retry_after: float | None


class Store(Protocol):
    """Where counters live. One that cannot answer raises QuotaError, and the gate denies.

    A store's time never goes back: a moment before the last one at which something was taken counts as that one.
    What a process took before it was killed stays taken until its window ends.
    """

    def reserve(self, charges: Sequence[Charge], now: float) -> Reservation | Shortage:
        """Take every charge in the windows of this moment, in seconds since the epoch, or none of them."""

    def commit(self, reservation: Reservation) -> None:
        """Make a reservation final: the call has ended. Never raises."""

    def roll_back(self, reservation: Reservation) -> None:
        """Give back what was taken, to the windows it was taken from; once at most.

        Never raises: what cannot be given back stays taken until its window ends.
        """

    def close(self) -> None:
        """Let go of files and connections."""
