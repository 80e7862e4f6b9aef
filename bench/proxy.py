"""Measures what the proxy costs a call, beside the direct call and a fastmcp proxy; exits 1 where it is too much.

Every way is measured in one run: the calls to it stand between calls to all the others, in an order that chance
decides anew each time, so that a busy machine slows all alike. Each has one client of the MCP SDK, which stays.

"bare" keeps counters in memory and no audit, "ours" both on the disk, as by default. Both are held to the same bounds,
but that a call may wait for one flush of the disk where its decision has to be on it before the call goes on.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final, TypeAlias

from mcp import Client

from bench.arms import BARE, ECHO, FASTMCP, Place, fastmcp, listening, make_fastmcp, on_stdio, over_http
from validator import judge

STDIO: Final = "stdio"
HTTP: Final = "http"
BOUNDS: Final = {"stdio to stdio": 1.15, "HTTP to HTTP": 1.5, "HTTP to stdio": 1.35}
JUDGED: Final = 1.3
WARMING: Final = 30
WORKERS: Final = 16
ROUNDS: Final = 5
PER_WORKER: Final = 10
CODE: Final = """\
import csv
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

sales = defaultdict(list)
with open("sales.csv", newline="") as lines:
    for row in csv.DictReader(lines):
        sales[row["region"]].append((date.fromisoformat(row["day"]), float(row["price"]) * int(row["count"])))

report = {}
for region, found in sorted(sales.items()):
    total = sum(amount for _, amount in found)
    best = max(found, key=lambda each: each[1])
    report[region] = {"total": round(total, 2), "mean": total / len(found), "best": best[0].isoformat()}
    print(f"{region:>12}: {total:10.2f} in {len(found)} sales, best on {best[0]:%d %B}")

Path("report.json").write_text(json.dumps(report, indent=2))
print(len(report), "regions")
"""
Call: TypeAlias = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to the same answer: `base` is what it is compared with, `way` says which bound it is held to."""

    name: str
    call: Call
    base: str = ""
    way: str = ""
    times: list[float] = field(default_factory=list)
    crowded: list[float] = field(default_factory=list)


def main() -> None:
    """Measure, print, and say by the exit code whether every bound holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=600, help="calls one after another, for each way")
    parser.add_argument("--mode", choices=("auto", "legacy"), default="auto", help="which generation of MCP is spoken")
    parser.add_argument("--fastmcp", type=Path, metavar="PYTHON", help=f"one that has fastmcp {FASTMCP}")
    parser.add_argument("--make-fastmcp", action="store_true", help="make an environment with it in the cache folder")
    parser.add_argument("--only", choices=(STDIO, HTTP, "judged"), help="leave out the rest")
    chosen = parser.parse_args()
    chosen.fastmcp = make_fastmcp() if chosen.make_fastmcp else chosen.fastmcp
    if chosen.fastmcp is None:
        print("fastmcp is left out: name a Python that has it with --fastmcp, or give --make-fastmcp")
    groups = [group for group in (STDIO, HTTP, "judged") if chosen.only in (None, group)]
    held = [asyncio.run(_group(group, chosen)) for group in groups]
    sys.exit(not all(held))


async def _group(group: str, chosen: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            opened = {STDIO: _stdio, HTTP: _http, "judged": _judged}[group]
            arms = await opened(stack, Place(Path(folder)), chosen)
            await _measure(arms, chosen.calls, crowded=group != "judged")
    return _held_judged(arms) if group == "judged" else _held(arms)


async def _stdio(stack: AsyncExitStack, place: Place, chosen: argparse.Namespace) -> list[Arm]:
    commands = {
        "direct": ECHO,
        "ours, bare": place.proxy("bare", ECHO, *BARE),
        "ours": place.proxy("ours", ECHO),
        **({"fastmcp": fastmcp(chosen.fastmcp, STDIO, ECHO)} if chosen.fastmcp else {}),
    }
    arms = []
    for name, command in commands.items():
        client = await stack.enter_async_context(Client(on_stdio(command), mode=chosen.mode))
        arms.append(Arm(f"stdio to stdio: {name}", _calling(client), "stdio to stdio: direct", "stdio to stdio"))
    return arms


async def _http(stack: AsyncExitStack, place: Place, chosen: argparse.Namespace) -> list[Arm]:
    url, _ = await stack.enter_async_context(listening((*ECHO, "--http")))
    commands = {}
    for way, target in (("HTTP to HTTP", url), ("HTTP to stdio", ECHO)):
        commands[way, "ours, bare"] = over_http(place.proxy(f"{way} bare", target, *BARE))
        commands[way, "ours"] = over_http(place.proxy(way, target))
        if chosen.fastmcp:
            commands[way, "fastmcp"] = fastmcp(chosen.fastmcp, HTTP, target)
    direct = await stack.enter_async_context(Client(url, mode=chosen.mode))
    arms = [Arm("HTTP: direct", _calling(direct))]
    for (way, name), command in commands.items():
        address, _ = await stack.enter_async_context(listening(command))
        client = await stack.enter_async_context(Client(address, mode=chosen.mode))
        arms.append(Arm(f"{way}: {name}", _calling(client), "HTTP: direct", way))
    return arms


async def _judged(stack: AsyncExitStack, place: Place, chosen: argparse.Namespace) -> list[Arm]:
    numbers = count()

    def code() -> str:
        # A verdict that is known already would say nothing.
        return f"{CODE}# {next(numbers)}\n"

    async def alone() -> None:
        judge(code())

    arms = [Arm("judge alone", alone)]
    for name, command in {
        "direct": ECHO,
        "bare": place.proxy("bare", ECHO, *BARE),
        "ours": place.proxy("ours", ECHO),
    }.items():
        client = await stack.enter_async_context(Client(on_stdio(command), mode=chosen.mode))
        arms.append(Arm(f"{name}: echo", _calling(client, "echo", "text", code)))
        arms.append(Arm(f"{name}: run", _calling(client, "run", "code", code)))
    return arms


def _calling(
    client: Client, tool: str = "echo", argument: str = "text", say: Callable[[], str] = lambda: "hello"
) -> Call:
    async def call() -> None:
        said = say()
        result: Any = await client.call_tool(tool, {argument: said})
        if result.is_error or result.content[0].text != said:
            raise RuntimeError(f"not what was said: {result}")

    return call


async def _measure(arms: list[Arm], calls: int, *, crowded: bool) -> None:
    for number in range(WARMING + calls):
        for arm in random.sample(arms, len(arms)):
            seconds = await _seconds(arm.call)
            if number >= WARMING:
                arm.times.append(seconds)
    if crowded:
        for _ in range(ROUNDS):
            for arm in random.sample(arms, len(arms)):
                await asyncio.gather(*(_work(arm) for _ in range(WORKERS)))


async def _work(arm: Arm) -> None:
    for _ in range(PER_WORKER):
        arm.crowded.append(await _seconds(arm.call))


async def _seconds(call: Call) -> float:
    begun = time.perf_counter()
    await call()
    return time.perf_counter() - begun


def _held(arms: list[Arm]) -> bool:
    """Print the figures of ways that are compared, and tell whether each of ours is within its bound."""
    by_name, held, flush = {arm.name: arm for arm in arms}, True, _flush()
    print(f"\n{'':28}  one at a time: p50, p99, ratio    {WORKERS} at a time: p50, p99, ratio")
    for arm in arms:
        base = by_name.get(arm.base, arm)
        alone, crowd = median(arm.times) / median(base.times), median(arm.crowded) / median(base.crowded)
        kept = flush if arm.name.endswith("ours") else 0.0
        bound = BOUNDS[arm.way] if arm.name.endswith(("ours", "bare")) else None
        missed = bound is not None and (
            alone > bound + kept / median(base.times) or crowd > bound + kept / median(base.crowded)
        )
        held = held and not missed
        verdict = (
            ""
            if bound is None
            else f"  (allowed {bound}{' and a flush' if kept else ''}{': MISSED' if missed else ''})"
        )
        print(f"{arm.name:28}  {_told(arm.times)} {alone:7.2f}    {_told(arm.crowded)} {crowd:7.2f}{verdict}")
    print(f"one flush of this disk takes {flush * 1000:.2f} ms (p50)")
    return held


def _held_judged(arms: list[Arm]) -> bool:
    """Print what judging adds to a call that carries the same text, and tell whether that is within its bound."""
    middle, held = {arm.name: median(arm.times) for arm in arms}, True
    print()
    for arm in arms:
        print(f"{arm.name:28}  {_told(arm.times)}")
    for name in ("bare", "ours"):
        added = middle[f"{name}: run"] - middle[f"{name}: echo"]
        whole = middle[f"{name}: run"] - middle["direct: run"]
        ratio = added / middle["judge alone"]
        held = held and ratio <= JUDGED
        print(
            f"{name}: judging adds {added * 1000:.2f} ms, {ratio:.2f} times the bare judge (allowed {JUDGED});"
            f" {whole * 1000:.2f} ms to the direct call, {whole / middle['judge alone']:.2f} times"
        )
    return held


def _told(times: list[float]) -> str:
    return f"{median(times) * 1000:7.2f} {quantiles(times, n=100)[98] * 1000:7.2f}"


def _flush() -> float:
    """How long it takes to have a few bytes on the disk, in the folder where the proxies kept their state."""
    with tempfile.TemporaryFile(buffering=0) as file:
        return median(_flushes(file.fileno()))


def _flushes(descriptor: int) -> Iterator[float]:
    for _ in range(100):
        begun = time.perf_counter()
        os.write(descriptor, b"x" * 4096)
        os.fdatasync(descriptor)
        yield time.perf_counter() - begun


if __name__ == "__main__":
    main()
