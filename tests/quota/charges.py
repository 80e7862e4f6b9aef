"""Charges and what stores answer to them."""

from typing import Final

from validator.policy.quota import Charge, Counter, Kind, Reservation, Shortage, Store

NOON: Final = 1_700_000_000 // 86400 * 86400 + 43200


def charge(
    counter: str = "c",
    *,
    window: int = 60,
    maximum: int = 2,
    amount: int = 1,
    owner: str = "a",
    kind: Kind = Kind.CALENDAR,
) -> Charge:
    return Charge(f"/limits/{counter}", Counter(counter, (owner,), window, kind), maximum, amount)


def taken(store: Store, now: float, *charges: Charge) -> Reservation:
    answer = store.reserve(charges, now)
    assert isinstance(answer, Reservation), answer
    return answer


def short(store: Store, now: float, *charges: Charge) -> Shortage:
    answer = store.reserve(charges, now)
    assert isinstance(answer, Shortage), answer
    return answer
