"""How much judging costs, as a ratio to parsing the same text with libcst, all in one run.

    python bench/judge.py DATA.jsonl [DATA.jsonl ...] [--every N] [--rounds N]

Each line of a data file is an object with `code` and, if known, `tier` and `language`. Prints the median and the 95th
percentile of the ratio, the same for records of tier `pure`, and the exponent of cost over size from 1 kB to 200 kB.
Exits 1 if a bound is passed.
"""

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import libcst

from validator import judge

MEDIAN, TAIL, EXPONENT = 1.6, 2.5, 1.1
SIZES = (1_000, 5_000, 20_000, 60_000, 200_000)


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """The shortest of several timings, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def read(paths: Iterable[Path], every: int) -> list[dict[str, str]]:
    """Every n-th Python record of the data files that libcst can parse."""
    records = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    return [record for record in records[::every] if record.get("language", "python") == "python" and parses(record)]


def parses(record: dict[str, str]) -> bool:
    """Whether there is a parse to compare with."""
    try:
        libcst.parse_module(record["code"])
    except libcst.ParserSyntaxError:
        return False
    return True


def ratio(code: str, rounds: int) -> float:
    """Time to judge over time to parse."""
    return best_of(rounds, lambda: judge(code)) / best_of(rounds, lambda: libcst.parse_module(code))


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def exponent(samples: list[str], rounds: int) -> float:
    """The slope of log time over log size, for honest code of growing size."""
    functions = "\n\n".join(samples)
    points = []
    for size in SIZES:
        code = (functions * (size // len(functions) + 1))[:size].rsplit("\n\n", 1)[0]
        points.append((math.log(len(code)), math.log(best_of(rounds, lambda code=code: judge(code)))))
    return statistics.linear_regression([x for x, _ in points], [y for _, y in points]).slope


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    records = read(options.data, options.every)
    judge("print(1)")
    ratios = [(ratio(record["code"], options.rounds), record) for record in records]
    every_ratio = [value for value, _ in ratios]
    pure = [value for value, record in ratios if record.get("tier") == "pure"]
    slope = exponent([r["code"] for r in records if r.get("tier") == "pure"][:40], options.rounds)
    print(f"records {len(records)}")
    print(f"judge / parse_module: median {statistics.median(every_ratio):.2f}, p95 {percentile(every_ratio, 0.95):.2f}")
    if pure:
        print(f"tier pure: median {statistics.median(pure):.2f}, p95 {percentile(pure, 0.95):.2f}")
    print(f"exponent of cost over size: {slope:.2f}")
    worst = sorted(ratios, key=lambda pair: -pair[0])[:5]
    for value, record in worst:
        print(f"  {value:.2f} {record.get('id', '?')} ({len(record['code'])} characters)")
    bounds = (statistics.median(every_ratio) <= MEDIAN, percentile(every_ratio, 0.95) <= TAIL, slope <= EXPONENT)
    return 0 if all(bounds) else 1


if __name__ == "__main__":
    sys.exit(main())
