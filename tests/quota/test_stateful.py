"""Every store against a model that keeps each call in a list: borders, roll-backs, and a clock that jumps."""

from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.quota.charges import NOON, charge
from tests.quota.conftest import OpenStore
from validator.policy.quota import Charge, Kind, Reservation, Store

CHARGES = st.builds(
    charge,
    st.just("c"),
    window=st.sampled_from([7, 60]),
    maximum=st.integers(1, 4),
    amount=st.integers(0, 2),
    kind=st.sampled_from(Kind),
)
LEAPS = st.sampled_from([0, 0.001, 0.5, 1, 6.999, 7, 59.999, 60, 61, 3600, -0.001, -1, -60, -5000])


@dataclass
class Taken:
    """One charge that was taken, the moment in milliseconds, and whether it has come back."""

    charge: Charge
    moment: int
    back: bool = False


def counts(each: Taken, asked: Charge, moment: int) -> bool:
    """Whether it counts against a charge at a moment."""
    if each.back or each.charge.counter != asked.counter:
        return False
    length = asked.counter.window * 1000
    if asked.counter.kind is Kind.CALENDAR:
        return each.moment // length == moment // length
    # A sixtieth of the window at a time, and a sixtieth leaves when all of it is outside.
    return each.moment * 60 // length >= moment * 60 // length - 60


class Machine(RuleBasedStateMachine):
    """Takes, commits and gives back in any order."""

    reservations = Bundle("reservations")

    def __init__(self, open_store: OpenStore) -> None:
        super().__init__()
        self.store: Store = open_store()
        self.now = float(NOON)
        self.latest = 0
        self.taken: dict[int, list[Taken]] = {}
        self.settled: set[int] = set()

    @initialize(offset=st.integers(0, 3_600_000))
    def begin(self, offset: int) -> None:
        self.now += offset / 1000

    @rule(leap=LEAPS)
    def wait(self, leap: float) -> None:
        self.now += leap

    @rule(target=reservations, charges=st.lists(CHARGES, min_size=1, max_size=4))
    def reserve(self, charges: list[Charge]) -> object:
        answer = self.store.reserve(charges, self.now)
        moment = max(self.latest, int(self.now * 1000))
        expected = self.fits(charges, moment)
        assert isinstance(answer, Reservation) is expected, answer
        if not isinstance(answer, Reservation):
            return multiple()
        self.latest = moment
        self.taken[answer.number] = [Taken(each, moment) for each in charges]
        return answer

    @rule(reservation=reservations)
    def commit(self, reservation: Reservation) -> None:
        self.store.commit(reservation)
        self.settle(reservation, {Kind.RUNNING})

    @rule(reservation=reservations)
    def roll_back(self, reservation: Reservation) -> None:
        self.store.roll_back(reservation)
        self.settle(reservation, set(Kind))

    @rule(reservation=consumes(reservations))
    def forget(self, reservation: Reservation) -> None:
        """The process that made it was killed: what it took stays taken."""

    def fits(self, charges: list[Charge], moment: int) -> bool:
        everything = [each for group in self.taken.values() for each in group]
        for each in charges:
            if sum(one.charge.amount for one in everything if counts(one, each, moment)) + each.amount > each.maximum:
                return False
            everything.append(Taken(each, moment))
        return True

    def settle(self, reservation: Reservation, kinds: set[Kind]) -> None:
        if reservation.number not in self.settled:
            self.settled.add(reservation.number)
            for each in self.taken[reservation.number]:
                each.back = each.charge.counter.kind in kinds


def test_a_store_counts_as_a_list_of_calls_does(open_store: OpenStore) -> None:
    suppressed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    chosen = settings(
        max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=suppressed, database=None
    )
    run_state_machine_as_test(lambda: Machine(open_store), settings=chosen)
