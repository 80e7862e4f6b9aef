"""One of the processes that take from one store.

    python -m tests.quota.hammer URL MAXIMUM ROUNDS

64 threads take until nothing is left, or, with rounds, take and give back as often. Each answer is one letter written
to the output after the store gave it: `+` for taken, `-` for given back, `!` for an error.
"""

import os
import sys
import threading

from tests.quota.charges import charge
from validator.policy.quota import Charge, Kind, QuotaError, Shortage, Store
from validator.policy.store import open_quota

YEARS = 86400 * 3650


def charges(maximum: int) -> list[Charge]:
    return [
        charge(name, window=YEARS, maximum=maximum, kind=kind)
        for name, kind in (("a", Kind.CALENDAR), ("b", Kind.SLIDING))
    ]


def say(letter: str) -> None:
    os.write(1, letter.encode())


def drain(store: Store, asked: list[Charge]) -> None:
    while not isinstance(store.reserve(asked, YEARS * 5.5), Shortage):
        say("+")


def churn(store: Store, asked: list[Charge], rounds: int) -> None:
    for _ in range(rounds):
        answer = store.reserve(asked, YEARS * 5.5)
        if not isinstance(answer, Shortage):
            say("+")
            store.roll_back(answer)
            say("-")


def work(store: Store, maximum: int, rounds: int) -> None:
    try:
        if rounds:
            churn(store, charges(maximum), rounds)
        else:
            drain(store, charges(maximum))
    except QuotaError as error:
        say("!")
        print(error, file=sys.stderr)


if __name__ == "__main__":
    store = open_quota(sys.argv[1])
    threads = [threading.Thread(target=work, args=(store, int(sys.argv[2]), int(sys.argv[3]))) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
