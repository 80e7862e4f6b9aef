"""64 threads in each of 4 processes on one store: never one call over the limit, and none lost with a killed process."""

import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from tests.quota.charges import short
from tests.quota.hammer import YEARS, charges
from validator.policy.store import open_quota

MAXIMUM, THREADS, ROUNDS = 3000, 64, 4
HAMMER = [sys.executable, "-m", "tests.quota.hammer"]


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'counters.db'}"
    address = str(request.getfixturevalue("redis_url"))
    with Redis.from_url(address) as client:
        client.flushall()
    return address


def start(url: str, maximum: int, rounds: int) -> list[subprocess.Popen[str]]:
    command = [*HAMMER, url, str(maximum), str(rounds)]
    return [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]


def said(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=60)[0]


def used(url: str, maximum: int) -> set[int]:
    """What each of the two counters holds."""
    store = open_quota(url)
    seen = {short(store, YEARS * 5.5, each).used for each in charges(maximum)}
    store.close()
    return seen


def test_no_call_is_over_the_limit_and_none_is_lost_when_a_process_is_killed(url: str) -> None:
    victim, *others = start(url, MAXIMUM, 0)
    assert victim.stdout is not None
    before = victim.stdout.read(50)
    victim.kill()
    letters = before + said(victim) + "".join(map(said, others))
    assert set(letters) == {"+"}
    assert used(url, MAXIMUM) == {MAXIMUM}
    # Each thread of the killed process may have taken one that it did not live to tell of.
    assert MAXIMUM - THREADS <= len(letters) <= MAXIMUM


def test_all_that_is_given_back_is_there_again(url: str) -> None:
    letters = "".join(map(said, start(url, 40, ROUNDS)))
    assert letters.count("+") == letters.count("-") > 0
    assert "!" not in letters
    store = open_quota(url)
    for _ in range(40):
        store.reserve(charges(40), YEARS * 5.5)
    assert short(store, YEARS * 5.5, *charges(40)).used == 40
    store.close()
