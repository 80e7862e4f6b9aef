"""A store of each kind, and the Redis server that one of them needs: started once, in a scratch folder."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from redis import Redis

from validator.policy.memory import MemoryStore
from validator.policy.quota import Store
from validator.policy.redis_quota import RedisStore
from validator.policy.sqlite_quota import SqliteStore

OpenStore: TypeAlias = Callable[[], Store]


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server of this test session's own, with its address."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("NOT TESTED: counters in Redis, as redis-server is not installed (apt-get install redis-server)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen([program, *options], cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = []
        while "Ready to accept" not in (line := server.stdout.readline()):
            said.append(line)
            assert line, "".join(said)
        yield f"redis://127.0.0.1:{port}/0", server
        server.kill()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as (url, _):
        yield url


@pytest.fixture(params=["memory", "sqlite", "redis"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_store(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OpenStore]:
    """Opens an empty store that goes by the time it is told, as often as asked."""
    opened: list[Store] = []

    def sqlite() -> Store:
        return SqliteStore(tmp_path / f"{len(opened)}.db")

    def redis() -> Store:
        url = request.getfixturevalue("redis_url")
        with Redis.from_url(url) as client:
            client.flushall()
        return RedisStore(url, own_time=False)

    def open_one() -> Store:
        opened.append({"memory": MemoryStore, "sqlite": sqlite, "redis": redis}[kind]())
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store()
