"""Many calls through the proxy under rough conditions: nothing leaks, nothing hangs, every call has its one end.

Clients come and go in sessions, leave in the middle of a call, and send what is no message; the server is killed now
and then. Printed are what became of the calls, how much memory the proxy takes after each part, and where its audit
and the clients do not agree. Exits 1 if a call was not answered once, the audit is not complete, or memory grows.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, TypeAlias

from bench.arms import HERE, Place, listening, over_http
from bench.callers import BROKEN, GONE, LEFT, STUCK, HttpSession, Session, open_stdio
from validator.audit.place import find_place
from validator.audit.read import read_calls
from validator.audit.verify import verify_audit
from validator.gate import UNREADABLE

WAYS: Final = ("stdio", "http-stdio", "http-http")
ROUGH: Final = (sys.executable, "-S", str(HERE / "rough.py"))
POLICY: Final = {
    "version": "1",
    "default": "deny",
    "code": {"profile": "balanced"},
    "tools": {
        "echo": {"limits": [{"counter": "echoes", "window": "minute", "max": 1_000_000_000, "scope": "grant"}]},
        "slow": {"limits": [{"counter": "slow", "window": "day", "max": 1_000_000_000, "kind": "running"}]},
        "run": {"code": {"argument": "args.code"}},
        "die": {},
    },
}
PARTS: Final = 10
AT_ONCE: Final = 16
LEAVING: Final = 0.02
HOSTILE: Final = 0.05
GROWTH: Final = 4.0  # MiB for 10,000 calls, once the first part has warmed everything up
JUNK: Final = (b"{", b"[]", b"\xff\xfe", b'{"jsonrpc":"2.0","id":1,"id":2}', b'{"jsonrpc":"2.0","id":NaN,"method":"x"}')
TOOLS: Final = ("echo",) * 12 + ("slow",) * 2 + ("run", "secret")
# What the audit may say of a call, by what its client saw; nothing where nobody looked into it.
AGREED: Final[Mapping[str, frozenset[str]]] = {
    "ok": frozenset({"ok"}),
    "refused": frozenset({"refused"}),
    "lost": frozenset({"lost", "not run"}),
    "error": frozenset({"lost", "not run", "protocol error"}),
    LEFT: frozenset({"ok", "cancelled", "lost", "not run", "refused", "nothing"}),
    GONE: frozenset({"nothing", "lost", "not run", "protocol error"}),
}
Begin: TypeAlias = Callable[[], Session]


@dataclass(slots=True)
class Tally:
    """What the clients saw, call by call, and the memory of the proxy, by the number of calls made until then."""

    seen: dict[str, str] = field(default_factory=dict)
    junk: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[int, float]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    numbers: "count[int]" = field(default_factory=count)


@dataclass(frozen=True, slots=True)
class Opened:
    """A running proxy: how a client begins, its process, and whether it outlives its server."""

    begin: Begin
    process: int
    survives: bool
    answers: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Run one way, or all, and say by the exit code whether all held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000, help="of each way")
    parser.add_argument("--sessions", type=int, default=200, help="that clients begin and end, of each way")
    parser.add_argument("--minutes", type=float, default=15.0, help="begin no more calls after so long, for each way")
    parser.add_argument("--way", choices=WAYS, help="one way; else all")
    chosen = parser.parse_args()
    ways = [chosen.way] if chosen.way else WAYS
    held = [asyncio.run(soak(way, chosen.calls, chosen.sessions, chosen.minutes * 60)) for way in ways]
    sys.exit(not all(held))


async def soak(way: str, calls: int, sessions: int, seconds: float) -> bool:
    """Make the calls of one way; prints, and tells, whether everything held."""
    with tempfile.TemporaryDirectory() as folder:
        tally, begun = Tally(), time.monotonic()
        async with _opened(way, Place(Path(folder), POLICY)) as opened:
            for _ in range(PARTS):
                if time.monotonic() - begun > seconds:
                    break
                await _part(opened, tally, calls // PARTS, max(sessions // PARTS, 1))
                tally.memory.append((len(tally.seen), _memory_of(opened.process)))
            if not opened.survives:
                await asyncio.gather(_call(opened.begin(), tally, "slow"), _call(opened.begin(), tally, "die"))
        tally.answers = opened.answers
        print(f"\n{way}: {len(tally.seen)} of {calls} calls in {time.monotonic() - begun:.0f} s")
        return _held(tally, Path(folder) / "soak" / "audit.db")


@asynccontextmanager
async def _opened(way: str, place: Place) -> AsyncIterator[Opened]:
    if way == "stdio":
        async with open_stdio(place.proxy("soak", ROUGH)) as session:
            yield Opened(lambda: session, session.process.pid, False, session.answers)
    elif way == "http-stdio":
        async with listening(over_http(place.proxy("soak", ROUGH))) as (address, process):
            yield Opened(_beginning(address), process.pid, True)
    else:
        async with (
            listening((*ROUGH, "--http")) as (url, _),
            listening(over_http(place.proxy("soak", url))) as (address, process),
        ):
            yield Opened(_beginning(address), process.pid, True)


def _beginning(address: str) -> Begin:
    turns = count()
    return lambda: HttpSession(address, modern=next(turns) % 2 == 1)


async def _part(opened: Opened, tally: Tally, calls: int, sessions: int) -> None:
    """The calls of a part by a few clients at a time, each in a session; one of them has the server killed."""
    shares = [calls // sessions + (number < calls % sessions) for number in range(sessions)]
    deadly = random.randrange(sessions) if opened.survives else None
    places = asyncio.Semaphore(AT_ONCE)

    async def visit(number: int) -> None:
        async with places:
            await _visit(opened.begin(), tally, shares[number], kill=number == deadly)

    # On stdio there is one client, which has several calls open.
    await asyncio.gather(*(visit(number) for number in range(sessions)))


async def _visit(session: Session, tally: Tally, calls: int, *, kill: bool) -> None:
    if isinstance(session, HttpSession):
        await session.begin()
    for number in range(calls):
        if random.random() < HOSTILE:
            tally.junk[await session.junk(random.choice(JUNK))] += 1
        await _call(session, tally, "die" if kill and number == calls // 2 else random.choice(TOOLS))
    if isinstance(session, HttpSession):
        await session.end()


async def _call(session: Session, tally: Tally, tool: str) -> None:
    request = f"call-{next(tally.numbers)}"
    arguments = {"code": f"print({random.random()})"} if tool == "run" else {"text": request}
    leave = tool != "die" and random.random() < LEAVING
    try:
        tally.seen[request] = await session.call(request, tool, arguments, leave=leave)
    except TimeoutError:
        tally.seen[request] = STUCK
    except (asyncio.IncompleteReadError, ConnectionError):
        tally.seen[request] = BROKEN


def _held(tally: Tally, audit: Path) -> bool:
    """Print what became of the calls and what does not agree, and tell whether that is nothing."""
    place, recorded, unreadable = find_place(audit), {}, 0
    for call in read_calls(place):
        unreadable += call["rule"] == UNREADABLE and call["request"] not in tally.seen
        refused = call["decision"] != "forward"
        recorded.setdefault(str(call["request"]), []).append("refused" if refused else str(call["outcome"]))
    wrong: Counter[str] = Counter()
    for request, seen in tally.seen.items():
        found = recorded.get(request, ["nothing"])
        if len(found) != 1 or found[0] not in AGREED.get(seen, ()):
            wrong[f"the client saw {seen}, the audit says {' and '.join(found)}"] += 1
        if tally.answers[request] > 1:
            wrong["answered more than once"] += 1
    asked = tally.junk["junk refused"]
    if unreadable != asked:
        wrong[f"{asked} hostile frames were refused, and {unreadable} recorded"] += 1
    wrong.update({f"{kind}": number for kind, number in tally.junk.items() if "answered by" in kind})
    report = verify_audit(place)
    slope = _slope(tally.memory)
    print(f"  clients saw {dict(Counter(tally.seen.values()))}, and of hostile frames {dict(tally.junk)}")
    print(f"  audit: {report.records} records, {len(report.faults)} faults; outcomes {_outcomes(recorded)}")
    told = ", ".join(f"{memory:.0f}" for _, memory in tally.memory)
    print(f"  memory after each part: {told} MiB; {slope:+.2f} MiB for 10,000 calls (allowed {GROWTH})")
    print(f"  disagreements: {dict(wrong) or 'none'}")
    return not wrong and not report.faults and slope <= GROWTH


def _outcomes(recorded: Mapping[str, list[str]]) -> dict[str, int]:
    return dict(Counter(outcome for outcomes in recorded.values() for outcome in outcomes))


def _slope(memory: list[tuple[int, float]]) -> float:
    """How many MiB the proxy grew for 10,000 calls, in the second half of the calls; 0 where there was too little."""
    later = memory[len(memory) // 2 :]
    calls = later[-1][0] - later[0][0] if later else 0
    return (later[-1][1] - later[0][1]) * 10_000 / calls if calls >= 5_000 else 0.0


def _memory_of(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    main()
