"""What a store of counters promises: calendar windows, all or none, given back where it was taken."""

import threading

import pytest

from validator.policy.memory import MemoryStore
from validator.policy.quota import Charge, Reservation, Shortage

NOON = 1_700_000_000 // 86400 * 86400 + 43200


def charge(counter: str = "c", *, window: int = 60, maximum: int = 2, amount: int = 1, owner: str = "a") -> Charge:
    return Charge(f"/limits/{counter}", counter, (owner,), window, maximum, amount)


def take(store: MemoryStore, now: float, *charges: Charge) -> Reservation:
    taken = store.reserve(charges, now)
    assert isinstance(taken, Reservation)
    return taken


def missing(store: MemoryStore, now: float, *charges: Charge) -> Shortage:
    short = store.reserve(charges, now)
    assert isinstance(short, Shortage)
    return short


@pytest.mark.parametrize("window", [60, 3600, 86400])
def test_a_window_begins_anew_with_the_calendar(window: int) -> None:
    store = MemoryStore()
    last = NOON // window * window + window - 0.5
    take(store, last, charge(window=window, maximum=1))
    assert missing(store, last, charge(window=window, maximum=1)).retry_after == 0.5
    take(store, last + 0.5, charge(window=window, maximum=1))


def test_a_shortage_names_the_charge_and_what_is_used() -> None:
    store = MemoryStore()
    take(store, NOON, charge(amount=2))
    assert missing(store, NOON + 10, charge()) == Shortage(charge(), used=2, retry_after=50)


@pytest.mark.parametrize("maximum", [0, 4])
def test_no_wait_helps_a_charge_that_no_window_holds(maximum: int) -> None:
    assert missing(MemoryStore(), NOON, charge(maximum=maximum, amount=5)).retry_after is None


def test_a_charge_that_fails_leaves_the_others_untaken() -> None:
    store = MemoryStore()
    missing(store, NOON, charge("first", maximum=1), charge("second", maximum=0))
    take(store, NOON, charge("first", maximum=1))


def test_two_charges_on_one_counter_add_up() -> None:
    assert missing(MemoryStore(), NOON, charge(), charge(), charge()).used == 2


@pytest.mark.parametrize("other", [charge("d"), charge(owner="b"), charge(window=3600)])
def test_counters_do_not_touch_each_other(other: Charge) -> None:
    store = MemoryStore()
    take(store, NOON, charge(amount=2))
    take(store, NOON, other)


def test_what_is_rolled_back_can_be_taken_again() -> None:
    store = MemoryStore()
    store.roll_back(take(store, NOON, charge(maximum=1)))
    take(store, NOON, charge(maximum=1))


def test_a_roll_back_goes_to_the_window_it_was_taken_from() -> None:
    store = MemoryStore()
    early = take(store, NOON, charge(maximum=1))
    take(store, NOON + 60, charge(maximum=1))
    store.roll_back(early)
    missing(store, NOON + 61, charge(maximum=1))


def test_a_reservation_is_rolled_back_once() -> None:
    store = MemoryStore()
    first = take(store, NOON, charge())
    take(store, NOON, charge())
    store.roll_back(first)
    store.roll_back(first)
    take(store, NOON, charge())
    missing(store, NOON, charge())


def test_a_committed_reservation_stays_taken() -> None:
    store = MemoryStore()
    reservation = take(store, NOON, charge(maximum=1))
    store.commit(reservation)
    store.roll_back(reservation)
    missing(store, NOON, charge(maximum=1))


def test_threads_together_take_no_more_than_there_is() -> None:
    store = MemoryStore()
    taken: list[Reservation | Shortage] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(store.reserve([charge(maximum=100)], NOON) for _ in range(50)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, Reservation) for each in taken) == 100
