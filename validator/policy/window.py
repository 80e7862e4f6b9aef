"""Charges, what counters hold and a moment in; what is taken from which steps of time, or a shortage, out. Pure.

Time is cut into steps: a calendar window is one step, any other is `_STEPS` of them. A counter holds one amount for
each step. A step of a sliding window counts until all of it has left the window, so at most one step too long.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from validator.policy.quota import CALENDAR, RUNNING, Charge, Counter, Shortage, Slot

_STEPS: Final = 60
_POLL: Final = 1.0  # seconds; nobody knows when a running call ends

Held = Mapping[int, int]  # what a counter holds, by step


def milliseconds(now: float) -> int:
    """A moment as stores keep it: whole numbers mean the same to Python, SQLite and Redis."""
    return int(now * 1000)


def steps(counter: Counter) -> int:
    """How many steps make up the counter's window."""
    return 1 if counter.kind is CALENDAR else _STEPS


def past_steps(counter: Counter) -> int:
    """How many steps before the present one still count."""
    return 0 if counter.kind is CALENDAR else _STEPS


def slot_at(counter: Counter, moment: int) -> Slot:
    """The step of a moment in milliseconds."""
    # These milliseconds know no leap seconds, so multiples of 60, 3600 and 86400 seconds are the calendar in UTC.
    return Slot(counter, moment * steps(counter) // (counter.window * 1000))


def end_of(slot: Slot) -> int:
    """The first moment at which a step no longer counts."""
    length = slot.counter.window * 1000
    return -(-(slot.step + past_steps(slot.counter) + 1) * length // steps(slot.counter))


def used_at(slot: Slot, held: Held) -> int:
    """What counts at a step; steps that lie ahead, as another clock saw them, count too."""
    first = slot.step - past_steps(slot.counter)
    return sum(amount for step, amount in held.items() if step >= first)


def hopeless(charges: Sequence[Charge]) -> Shortage | None:
    """The first charge that takes, with those before it, more than its counter ever holds."""
    taken: dict[Counter, int] = {}
    for charge in charges:
        before = taken.get(charge.counter, 0)
        if before + charge.amount > charge.maximum:
            return Shortage(charge, before, None)
        taken[charge.counter] = before + charge.amount
    return None


def take(
    charges: Sequence[Charge], held: Mapping[Counter, Held], moment: int, now: float
) -> dict[Slot, int] | Shortage:
    """What each step is to hold more at a moment, or the first charge that does not fit; none is hopeless."""
    taken: dict[Slot, int] = {}
    for charge in charges:
        slot = slot_at(charge.counter, moment)
        before = taken.get(slot, 0)
        there = held.get(slot.counter, {})
        used = used_at(slot, there) + before
        if used + charge.amount > charge.maximum:
            return shortage(charge, there, before, moment, now)
        taken[slot] = before + charge.amount
    return {slot: amount for slot, amount in taken.items() if amount}


def shortage(charge: Charge, held: Held, before: int, moment: int, now: float) -> Shortage:
    """A charge that does not fit now, as the same call takes `before` from its counter already."""
    slot = slot_at(charge.counter, moment)
    wait = _wait(slot, held, charge.maximum - charge.amount - before, now)
    return Shortage(charge, used_at(slot, held) + before, wait)


def _wait(slot: Slot, held: Held, room: int, now: float) -> float:
    """The seconds until no more than `room` is used, by the caller's own clock, which may lag behind."""
    if slot.counter.kind is RUNNING:
        return _POLL
    used, moment = used_at(slot, held), 0
    for step in sorted(step for step in held if step >= slot.step - past_steps(slot.counter)):
        if used <= room:
            break
        used -= held[step]
        moment = end_of(Slot(slot.counter, step))
    return max(moment / 1000 - now, 0.001)
