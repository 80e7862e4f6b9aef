"""What a decision costs: 200 rules and 5 limits on one call, with the counters in memory, in SQLite and in Redis.

    python bench/policy.py [--calls N] [--redis redis://HOST:PORT/NUMBER]

Prints, for each store, the median time of a decision (rules asked, limits reserved, reservation committed), and what
was asked for. Of that, what the store takes is also given as a ratio to a bare write of as many counters on the same
store, measured in turn with it: one transaction, or one round trip, that adds to five counters and asks nothing. A
write to memory is nothing to compare with, so there the time alone counts. Without --redis a server is started on a
free port of this machine if one is installed. Exits 1 if a bound is missed or a store is left out.
"""

import argparse
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from redis import Redis

from validator.model.call import Call
from validator.model.fact import Fact, Kind
from validator.model.verdict import Outcome, Verdict
from validator.policy.evaluate import charges, decide
from validator.policy.load import load_policy
from validator.policy.quota import Charge, Reservation, Store
from validator.policy.scene import Scene
from validator.policy.sqlite_file import BUSY, SqliteFile
from validator.policy.store import open_quota
from validator.policy.terms import Policy

RULES, WARM_UP = 200, 50
MILLISECONDS: Final = {"memory": 0.1, "sqlite": 1.0, "redis": 1.0}
RATIO: Final = 3.0
ASKED: Final = (
    ("args.timeout", "gt", 60),
    ("args.code", "regex", "rm -rf /{}"),
    ("args.mode", "in", ["shell{}", "debug{}"]),
    ("call.session", "eq", "root{}"),
    ("code.capabilities", "contains", "process.kind{}"),
    ("code.hosts", "contains", "host{}.example"),
    ("code.imports", "contains", "module{}"),
    ("code.score", "gt", 90),
)
LIMITS: Final = (
    ("minute", "grant", "calendar"),
    ("hour", "session", "sliding"),
    ("day", "tool", "calendar"),
    ("hour", "global", "calendar"),
    ("minute", "server", "sliding"),
)
FACTS: Final = (
    Fact(Kind.IMPORT, "import", "json", {"module": "json"}),
    Fact(Kind.IMPORT, "import", "httpx", {"module": "httpx"}),
    Fact(Kind.CALL, "network.connect", "httpx.get", {"host": "api.example.com"}),
    Fact(Kind.CALL, "fs.write", "open", {"path": "out.json"}),
)


def written(value: object, number: int) -> object:
    """The value of a condition, made different for each rule."""
    return json.loads(json.dumps(value).replace("{}", str(number)))


def policy(folder: Path) -> Policy:
    """200 rules that all have to be asked, as none of them refuses, and 5 limits that all have to be paid."""
    rules = []
    for number in range(RULES):
        path, operator, value = ASKED[number % len(ASKED)]
        rules.append({"conditions": [{"path": path, "op": operator, "value": written(value, number)}], "on_deny": "no"})
    limits = [
        {"counter": f"c{number}", "window": window, "max": 10**9, "scope": scope, "kind": kind}
        for number, (window, scope, kind) in enumerate(LIMITS)
    ]
    tool = {"code": {"argument": "args.code"}, "deny_if": rules, "limits": limits}
    file = folder / "policy.json"
    file.write_text(json.dumps({"version": "1", "default": "deny", "tools": {"run": tool}}))
    return load_policy(file)


def scene() -> Scene:
    """A call whose code has been judged."""
    names = tuple(sorted({fact.capability for fact in FACTS}))
    verdict = Verdict(Outcome.ALLOW, 12, (), FACTS, names, "0" * 64, "balanced")
    return Scene(Call("run", {"code": "import json\n" * 30, "timeout": 30}, session="s"), verdict, lines=30)


def fees(rules: Policy, call: Scene) -> tuple[Charge, ...]:
    """What the call has to pay."""
    due = charges(rules, call)
    assert isinstance(due, tuple)
    assert len(due) == len(LIMITS)
    return due


def pay(store: Store, due: tuple[Charge, ...]) -> None:
    """Reserve and commit, as the gate does."""
    reservation = store.reserve(due, time.time())
    assert isinstance(reservation, Reservation)
    store.commit(reservation)


def decide_and_pay(rules: Policy, store: Store) -> None:
    """One decision, as the gate makes it."""
    call = scene()
    assert decide(rules, call).action == "forward"
    pay(store, fees(rules, call))


def bare_sqlite(file: Path) -> Callable[[], None]:
    """As many rows as there are limits, in one transaction that is as durable as that of the counters."""
    held = SqliteFile(file, ("CREATE TABLE IF NOT EXISTS bare (number INTEGER PRIMARY KEY, amount INTEGER)",), BUSY)
    add = "INSERT INTO bare VALUES (?, 1) ON CONFLICT (number) DO UPDATE SET amount = amount + 1"

    def once() -> None:
        with held.transaction() as connection:
            for number in range(len(LIMITS)):
                connection.execute(add, (number,))

    return once


def bare_redis(url: str) -> Callable[[], None]:
    """As many counters as there are limits, in one transaction."""
    client = Redis.from_url(url)

    def once() -> None:
        with client.pipeline(transaction=True) as pipeline:
            for number in range(len(LIMITS)):
                pipeline.incr(f"bare{number}")
            pipeline.execute()

    return once


def medians(calls: int, clock: Callable[[], float], *works: Callable[[], None]) -> list[float]:
    """The median time of each in milliseconds, measured in turn, so that a busy machine is busy for all."""
    times: list[list[float]] = [[] for _ in works]
    for number in range(WARM_UP + calls):
        for work, kept in zip(works, times, strict=True):
            start = clock()
            work()
            if number >= WARM_UP:
                kept.append((clock() - start) * 1000)
    return [statistics.median(kept) for kept in times]


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The address of a server of our own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        while "Ready to accept" not in (line := server.stdout.readline()):
            assert line, "redis-server did not start"
        yield f"redis://127.0.0.1:{port}/0"
        server.kill()


def measure(name: str, url: str, rules: Policy, calls: int, bare: Callable[[], None] | None) -> bool:
    """Print one line; True if the bounds are kept."""
    store = open_quota(url)
    due = fees(rules, scene())
    # In memory nothing is waited for, so there others that use the machine need not count.
    clock = time.perf_counter if bare else time.process_time
    works = [lambda: decide_and_pay(rules, store), lambda: pay(store, due), *([bare] if bare else [])]
    whole, paid, *rest = medians(calls, clock, *works)
    store.close()
    kept = whole <= MILLISECONDS[name] and all(paid / each <= RATIO for each in rest)
    ratio = "".join(f"; counters {paid:.3f} ms = {paid / each:.2f} bare writes (asked {RATIO})" for each in rest)
    print(f"{name}: {whole:.3f} ms (asked {MILLISECONDS[name]}){ratio}{'' if kept else '  MISSED'}")
    return kept


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--redis", metavar="URL")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rules, file = policy(folder), folder / "counters.db"
        kept = [measure("memory", "memory", rules, options.calls, None)]
        kept.append(measure("sqlite", f"sqlite:///{file}", rules, options.calls, bare_sqlite(file)))
        url = options.redis
        if url is None and shutil.which("redis-server"):
            url = stack.enter_context(redis_server(folder))
        if url is None:
            print("redis: NOT MEASURED, as redis-server is not installed")
            return 1
        kept.append(measure("redis", url, rules, options.calls, bare_redis(url)))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
