"""Measures how long an event loop stalls while other threads judge heavy code; exits 1 if that is too long.

The loop wakes every two milliseconds and notes by how much it was late, first with nothing to judge, then with eight
threads that judge heavy and light code by the pool of the proxy.
"""

import asyncio
import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from validator.cli.gates import TURN
from validator.model.argument import Argument
from validator.rulebook.load import load_rulebook
from validator.worker.judging import Judging
from validator.worker.pool import Pool

ALLOWED: Final = 20.0
TICK: Final = 0.002
THREADS: Final = 8
HEAVY: Final = ["".join(f"a{n} = open('f{n}').read() + str({n})\n" for n in range(count)) for count in (300, 600, 900)]
LIGHT: Final = ["import os\nos.kill(1, 9)\n", "x = [1, 2]\nprint(sum(x))\n"] * 30


async def watch(late: list[float], done: asyncio.Event) -> None:
    """Note how late each tick is, in milliseconds."""
    while not done.is_set():
        before = time.perf_counter()
        await asyncio.sleep(TICK)
        late.append((time.perf_counter() - before - TICK) * 1000)


async def measure(judging: Judging | None, threads: ThreadPoolExecutor) -> list[float]:
    """How late the ticks were while the code was judged, or while nothing was."""
    late: list[float] = []
    done = asyncio.Event()
    watching = asyncio.create_task(watch(late, done))
    loop = asyncio.get_running_loop()
    if judging is None:
        await asyncio.sleep(5)
    else:
        codes = [code for heavy in HEAVY * 4 for code in (heavy, *LIGHT)]
        await asyncio.gather(*(loop.run_in_executor(threads, judging.judge, Argument(code)) for code in codes))
    done.set()
    await watching
    return sorted(late)


def tell(name: str, late: list[float]) -> float:
    """Print the lags, and give the one that one tick in a thousand passes."""
    most = late[int(len(late) * 0.999)]
    half = late[len(late) // 2]
    print(f"{name:10} {len(late):6} ticks, late by {half:.1f} ms (median), {most:.1f} (p99.9), {late[-1]:.1f} (worst)")
    return most


def main() -> None:
    """Measure idle and busy."""
    pool = Pool()
    judging = Judging(load_rulebook(), pool)
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(TURN)
    with ThreadPoolExecutor(THREADS) as threads:
        # Starting the processes takes a second, and copies the tables of our memory once for each.
        list(threads.map(judging.judge, map(Argument, HEAVY)))
        idle = tell("idle", asyncio.run(measure(None, threads)))
        most = tell("judging", asyncio.run(measure(judging, threads)))
    pool.close()
    # What else the machine does makes the loop late as well.
    sys.exit(most > ALLOWED + idle)


if __name__ == "__main__":
    main()
