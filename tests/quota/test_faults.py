"""A store that cannot answer says where, why and what to do, and never lets a call through."""

import os
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from tests.quota.charges import NOON, charge, short, taken
from tests.quota.conftest import redis_server
from validator.policy.memory import MemoryStore
from validator.policy.quota import QuotaError
from validator.policy.redis_quota import RedisStore
from validator.policy.sqlite_quota import SqliteStore
from validator.policy.store import open_quota


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "counters.db"


def refused(store: SqliteStore | RedisStore) -> str:
    """What the store says instead of an answer."""
    with pytest.raises(QuotaError) as caught:
        store.reserve([charge()], NOON)
    return str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "Memory", "sqlite", "sqlite://x.db", "sqlite:///", "postgresql://x", "redis:/x", "file.db", "http://x"]
)
def test_an_address_of_no_store_is_refused_with_those_that_are(url: str) -> None:
    with pytest.raises(QuotaError, match=r"is no store of counters \(write memory, sqlite:///FILE"):
        open_quota(url)


@pytest.mark.parametrize(
    "url", ["redis://:secret@127.0.0.1:1/0", "redis://me:secret@127.0.0.1:1/0", "redis://:secret@127.0.0.1:x/0"]
)
def test_a_password_is_not_repeated(url: str) -> None:
    with pytest.raises(QuotaError) as caught:
        open_quota(url)
    assert "secret" not in str(caught.value)
    assert str(caught.value).startswith("redis://127.0.0.1:")


def test_memory_and_files_open_by_their_address(file: Path) -> None:
    assert isinstance(open_quota("memory"), MemoryStore)
    store = open_quota(f"sqlite:///{file}")
    taken(store, NOON, charge())
    store.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_counters_in_a_file_outlive_the_store(file: Path) -> None:
    first = SqliteStore(file)
    taken(first, NOON, charge(amount=2))
    first.close()
    assert short(SqliteStore(file), NOON, charge()).used == 2


def test_a_file_is_shared_by_all_who_open_it(file: Path) -> None:
    first, second = SqliteStore(file), SqliteStore(file)
    reservation = taken(first, NOON, charge(amount=2))
    short(second, NOON, charge())
    second.roll_back(reservation)
    short(second, NOON, charge())
    first.roll_back(reservation)
    taken(second, NOON, charge())


def no_folder(file: Path) -> Path:
    return file / "deeper.db"


def folder(file: Path) -> Path:
    file.mkdir()
    return file


def text(file: Path) -> Path:
    file.write_text("these are no counters " * 100)
    file.chmod(0o600)
    return file


def writable_by_others(file: Path) -> Path:
    file.touch()
    file.chmod(0o666)
    return file


def pipe(file: Path) -> Path:
    os.mkfifo(file, 0o600)
    return file


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (no_folder, "cannot be opened: No such file or directory"),
        (folder, "cannot be opened: Is a directory"),
        (text, "file is not a database"),
        (writable_by_others, "may be written by others"),
        (pipe, "is not a file"),
    ],
)
def test_a_file_that_can_hold_no_counters_is_refused(file: Path, make: Callable[[Path], Path], said: str) -> None:
    place = make(file)
    with pytest.raises(QuotaError) as caught:
        SqliteStore(place)
    (problem,) = caught.value.problems
    assert (problem.place, problem.advice != "") == (str(place), True)
    assert said in problem.reason


def test_a_locked_file_refuses_until_it_is_free(file: Path) -> None:
    store = SqliteStore(file, busy=0.05)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "database is locked (another program holds the file: end it)" in refused(store)
    other.execute("ROLLBACK")
    other.close()
    taken(store, NOON, charge())


def test_what_cannot_be_given_back_stays_taken(file: Path) -> None:
    store = SqliteStore(file, busy=0.05)
    reservation = taken(store, NOON, charge(amount=2))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.roll_back(reservation)
    other.close()
    short(store, NOON, charge())


def test_a_corrupt_file_refuses(file: Path) -> None:
    store = SqliteStore(file)
    taken(store, NOON, charge())
    store.close()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(QuotaError, match="malformed"):
        SqliteStore(file).reserve([charge()], NOON)


@pytest.mark.parametrize("replace", [False, True])
def test_a_file_that_is_gone_or_replaced_refuses(file: Path, replace: bool) -> None:
    store = SqliteStore(file)
    file.rename(file.with_suffix(".old"))
    if replace:
        file.touch(0o600)
    assert ("has been replaced" if replace else "is gone") in refused(store)
    file.with_suffix(".old").rename(file)
    taken(store, NOON, charge())


def test_a_closed_store_refuses(file: Path) -> None:
    store = SqliteStore(file)
    store.close()
    assert "closed database" in refused(store)


FULL = """
import resource, sys
from pathlib import Path
from tests.quota.charges import NOON, charge
from validator.policy.quota import QuotaError, Reservation
from validator.policy.sqlite_quota import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))
taken = 0
try:
    for number in range(10_000):
        taken += isinstance(store.reserve([charge(window=10**9, maximum=10**6)], NOON), Reservation)
except QuotaError as error:
    print(taken, error)
"""

READ_ONLY = """
import os, sys
from pathlib import Path
from tests.quota.charges import NOON, charge
from validator.policy.quota import QuotaError
from validator.policy.sqlite_quota import SqliteStore
file = Path(sys.argv[1])
store = SqliteStore(file)
store.close()
file.chmod(0o400)
if os.geteuid() == 0:
    os.chown(file, 65534, 65534)
    os.setgid(65534)
    os.setuid(65534)
try:
    SqliteStore(file)
except QuotaError as error:
    print(error)
"""


def run(program: str, file: Path) -> str:
    done = subprocess.run([sys.executable, "-c", program, str(file)], text=True, stdout=subprocess.PIPE, check=True)
    return done.stdout


def test_a_full_disk_refuses_and_loses_nothing_that_was_taken(file: Path) -> None:
    taken_before, _, said = run(FULL, file).partition(" ")
    assert "the store of counters cannot be used: " in said
    assert int(taken_before) > 0
    asked = charge(window=10**9, maximum=int(taken_before))
    assert short(SqliteStore(file), NOON, asked).used == int(taken_before)


def test_a_read_only_file_is_refused(file: Path) -> None:
    file.parent.chmod(0o755)
    assert "cannot be opened: Permission denied" in run(READ_ONLY, file)


def test_a_server_that_is_down_is_refused() -> None:
    with pytest.raises(QuotaError, match=r"redis://127.0.0.1:1/0: .* \(is the server up"):
        RedisStore("redis://127.0.0.1:1/0")


def test_a_server_that_goes_down_refuses(tmp_path: Path) -> None:
    with redis_server(tmp_path) as (url, server):
        store = RedisStore(url)
        reservation = taken(store, NOON, charge())
        server.kill()
        server.wait()
        assert "the store of counters cannot be used: " in refused(store)
        store.roll_back(reservation)
        store.close()


def test_a_server_that_does_not_answer_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with pytest.raises(QuotaError, match="cannot be used: Timeout"):
            RedisStore(url, patience=0.05)


def test_a_server_that_throws_keys_away_is_refused(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", 100_000_000)
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            with pytest.raises(QuotaError, match="may throw counters away"):
                RedisStore(redis_url)
        finally:
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")


def test_a_full_server_refuses(redis_url: str) -> None:
    store = RedisStore(redis_url)
    with Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", 1)
        try:
            assert "used memory > 'maxmemory'" in refused(store)
        finally:
            client.config_set("maxmemory", 0)
    taken(store, NOON, charge("room"))
    store.close()


def test_redis_goes_by_its_own_time(redis_url: str) -> None:
    store = RedisStore(redis_url)
    asked = charge("time", window=86400 * 3650)
    taken(store, 0, asked, asked)
    assert short(store, 10**12, asked).used == 2
    store.close()
