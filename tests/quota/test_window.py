"""What is counted at a moment, and how long to wait: the least that helps."""

from hypothesis import given
from hypothesis import strategies as st

from tests.quota.charges import NOON, charge
from validator.policy.quota import Kind, Shortage
from validator.policy.window import end_of, milliseconds, slot_at, take, used_at

KINDS = st.sampled_from([Kind.CALENDAR, Kind.SLIDING])
WINDOWS = st.sampled_from([1, 7, 45, 60, 3600, 86400])


@given(KINDS, WINDOWS, st.lists(st.integers(0, 90_000_000), max_size=6), st.integers(1, 5))
def test_the_wait_is_the_least_that_helps(kind: Kind, window: int, ages: list[int], maximum: int) -> None:
    asked, moment = charge(window=window, maximum=maximum, kind=kind), milliseconds(NOON + 1.25)
    held: dict[int, int] = {}
    for age in ages:
        step = slot_at(asked.counter, moment - age).step
        held[step] = held.get(step, 0) + 1
    answer = take([asked], {asked.counter: held}, moment, moment / 1000)
    if isinstance(answer, Shortage):
        assert answer.retry_after is not None
        after = round(moment + answer.retry_after * 1000)
        assert not isinstance(take([asked], {asked.counter: held}, after, after / 1000), Shortage)
        assert isinstance(take([asked], {asked.counter: held}, after - 1, after / 1000), Shortage)


@given(KINDS, WINDOWS, st.integers(0, 10**13))
def test_a_step_counts_until_it_ends_and_for_its_whole_window(kind: Kind, window: int, moment: int) -> None:
    counter = charge(window=window, kind=kind).counter
    slot = slot_at(counter, moment)
    end = end_of(slot)
    assert used_at(slot_at(counter, end - 1), {slot.step: 1}) == 1
    assert used_at(slot_at(counter, end), {slot.step: 1}) == 0
    whole = 0 if kind is Kind.CALENDAR else window * 1000
    assert moment + whole < end <= moment + window * 1000 * (60 if kind is Kind.CALENDAR else 61) // 60 + 1


def test_no_two_counters_share_a_text() -> None:
    asked = [
        charge("a", owner="b"),
        charge("b", owner="a"),
        charge('a", "b', owner=""),
        charge("a", owner="b", window=61),
        charge("a", owner="b", kind=Kind.SLIDING),
    ]
    assert len({str(each.counter) for each in asked}) == len(asked)
