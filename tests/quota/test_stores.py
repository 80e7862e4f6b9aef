"""What every store promises: windows, all or none, given back where it was taken, a time that never goes back."""

import threading

import pytest

from tests.quota.charges import NOON, charge, short, taken
from tests.quota.conftest import OpenStore
from validator.policy.quota import Charge, Kind, Reservation, Shortage, Store

SLIDING, RUNNING = Kind.SLIDING, Kind.RUNNING


@pytest.mark.parametrize("window", [60, 3600, 86400, 45])
def test_a_window_begins_anew_with_the_calendar(store: Store, window: int) -> None:
    last = NOON // window * window + window - 0.5
    taken(store, last, charge(window=window, maximum=1))
    assert short(store, last, charge(window=window, maximum=1)).retry_after == 0.5
    taken(store, last + 0.5, charge(window=window, maximum=1))


def test_a_shortage_names_the_charge_and_what_is_used(store: Store) -> None:
    taken(store, NOON, charge(amount=2))
    assert short(store, NOON + 10, charge()) == Shortage(charge(), used=2, retry_after=50)


@pytest.mark.parametrize("maximum", [0, 4])
@pytest.mark.parametrize("each", list(Kind))
def test_no_wait_helps_a_charge_that_no_window_holds(store: Store, maximum: int, each: Kind) -> None:
    assert short(store, NOON, charge(maximum=maximum, amount=5, kind=each)).retry_after is None


def test_an_amount_of_any_size_is_refused_and_not_stored(store: Store) -> None:
    assert short(store, NOON, charge(amount=10**400)).retry_after is None


def test_a_charge_that_fails_leaves_the_others_untaken(store: Store) -> None:
    taken(store, NOON, charge("second", maximum=1))
    short(store, NOON, charge("first", maximum=1), charge("second", maximum=1))
    taken(store, NOON, charge("first", maximum=1))


def test_two_charges_on_one_counter_add_up(store: Store) -> None:
    taken(store, NOON, charge(maximum=3))
    assert short(store, NOON, charge(maximum=3), charge(maximum=3), charge(maximum=3)).used == 3
    taken(store, NOON, charge(maximum=3), charge(maximum=3))


@pytest.mark.parametrize(
    "other", [charge("d"), charge(owner="b"), charge(window=3600), charge(kind=SLIDING), charge(kind=RUNNING)]
)
def test_counters_do_not_touch_each_other(store: Store, other: Charge) -> None:
    taken(store, NOON, charge(amount=2))
    taken(store, NOON, other)


def test_a_call_that_takes_nothing_is_let_through_a_full_counter(store: Store) -> None:
    taken(store, NOON, charge(amount=2))
    taken(store, NOON, charge(amount=0))
    taken(store, NOON)


def test_what_is_rolled_back_can_be_taken_again(store: Store) -> None:
    store.roll_back(taken(store, NOON, charge(maximum=1)))
    taken(store, NOON, charge(maximum=1))


def test_a_roll_back_goes_to_the_window_it_was_taken_from(store: Store) -> None:
    early = taken(store, NOON, charge(maximum=1))
    taken(store, NOON + 60, charge(maximum=1))
    store.roll_back(early)
    short(store, NOON + 61, charge(maximum=1))


def test_a_roll_back_that_comes_days_late_is_harmless(store: Store) -> None:
    early = taken(store, NOON, charge(maximum=1), charge("s", maximum=1, kind=SLIDING))
    taken(store, NOON + 200_000, charge(maximum=1))
    taken(store, NOON + 200_001, charge("other"))
    store.roll_back(early)
    short(store, NOON + 200_001, charge(maximum=1))


def test_a_reservation_is_rolled_back_once(store: Store) -> None:
    first = taken(store, NOON, charge())
    taken(store, NOON, charge())
    store.roll_back(first)
    store.roll_back(first)
    taken(store, NOON, charge())
    short(store, NOON, charge())


@pytest.mark.parametrize("each", [Kind.CALENDAR, Kind.SLIDING])
def test_a_committed_reservation_stays_taken(store: Store, each: Kind) -> None:
    reservation = taken(store, NOON, charge(maximum=1, kind=each))
    store.commit(reservation)
    store.roll_back(reservation)
    short(store, NOON, charge(maximum=1, kind=each))


def test_a_sliding_window_knows_no_border(store: Store) -> None:
    border = NOON + 60
    taken(store, border - 1, charge(amount=2, kind=SLIDING))
    assert short(store, border + 1, charge(kind=SLIDING)).retry_after == pytest.approx(59)
    short(store, border + 59.999, charge(kind=SLIDING))
    taken(store, border + 60, charge(kind=SLIDING))


def test_a_sliding_window_frees_what_it_leaves_behind_and_no_more(store: Store) -> None:
    taken(store, NOON, charge(kind=SLIDING))
    taken(store, NOON + 30, charge(kind=SLIDING))
    assert short(store, NOON + 31, charge(kind=SLIDING)).retry_after == 30
    taken(store, NOON + 61, charge(kind=SLIDING))
    assert short(store, NOON + 61, charge(kind=SLIDING)).retry_after == 30


def test_a_running_call_gives_its_place_back_when_it_ends_either_way(store: Store) -> None:
    first, second = (taken(store, NOON, charge(kind=RUNNING)) for _ in range(2))
    assert short(store, NOON, charge(kind=RUNNING)).retry_after == 1
    store.commit(first)
    store.roll_back(second)
    store.commit(second)
    taken(store, NOON, charge(kind=RUNNING, amount=2))
    short(store, NOON, charge(kind=RUNNING))


def test_a_running_call_that_never_ends_is_forgotten_after_its_window(store: Store) -> None:
    taken(store, NOON, charge(kind=RUNNING, amount=2))
    short(store, NOON + 60, charge(kind=RUNNING))
    taken(store, NOON + 61, charge(kind=RUNNING))


@pytest.mark.parametrize("back", [1, 60, 90, 86400, 10**8])
@pytest.mark.parametrize("each", list(Kind))
def test_a_clock_that_jumps_back_hands_out_no_more(store: Store, back: int, each: Kind) -> None:
    taken(store, NOON + 30, charge(amount=2, kind=each))
    taken(store, NOON + 150, charge(amount=2, kind=each))
    taken(store, NOON + 150, charge("other", kind=each))
    assert short(store, NOON + 150 - back, charge(kind=each)).used == 2
    assert short(store, NOON + 150 - back, charge("other", amount=2, kind=each)).used == 1


@pytest.mark.parametrize("each", [Kind.CALENDAR, Kind.SLIDING])
def test_what_is_taken_after_a_jump_back_is_taken_now(store: Store, each: Kind) -> None:
    taken(store, NOON + 120, charge(kind=each))
    taken(store, NOON, charge(kind=each))
    short(store, NOON + 121, charge(kind=each))


def test_the_wait_after_a_jump_back_is_by_the_clock_of_the_caller(store: Store) -> None:
    taken(store, NOON, charge(amount=2))
    assert short(store, NOON - 100, charge()).retry_after == 160


def test_threads_together_take_no_more_than_there_is(store: Store) -> None:
    answers: list[Reservation | Shortage] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(store.reserve([charge(maximum=100)], NOON) for _ in range(25)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, Reservation) for each in answers) == 100


def test_a_charge_is_never_negative() -> None:
    with pytest.raises(ValueError, match="never negative"):
        charge(amount=-1)


def test_what_is_long_over_takes_no_room(open_store: OpenStore, kind: str) -> None:
    store = open_store()
    for number in range(20):
        taken(store, NOON + 200 * number, charge(owner=f"session {number}"))
    assert {"memory": _in_memory, "sqlite": _in_file, "redis": _in_redis}[kind](store) <= 3


def _in_memory(store: object) -> int:
    return len(vars(store)["_held"])


def _in_file(store: object) -> int:
    with vars(store)["_file"].transaction() as connection:
        return int(connection.execute("SELECT count(*) FROM quota_held").fetchone()[0])


def _in_redis(store: object) -> int:
    client = vars(store)["_client"]
    return sum(client.ttl(key) not in range(1, 181) for key in client.keys("*session*"))
