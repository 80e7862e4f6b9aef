"""How much judging costs, as a ratio to parsing the same text with libcst, all in one run, with the screen and without.

    python bench/judge.py DATA.jsonl [DATA.jsonl ...] [--every N] [--rounds N]

Each line of a data file is an object with `code` and, if known, `tier` and `language`. Prints the median and the 95th
percentile of the ratio, the same for records of tier `pure`, and the exponent of cost over size from 1 kB to 200 kB.
Exits 1 if a bound is passed, or if the screen changes a verdict.
"""

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import libcst
import records
from records import Record

from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.verdict import Verdict
from validator.rulebook.load import load_rulebook

MEDIAN, TAIL, SCREENED, EXPONENT = 1.6, 2.5, 0.3, 1.1
SCREEN = load_rulebook()
FULL = replace(SCREEN, catalog=replace(SCREEN.catalog, words=None))
SIZES = (1_000, 5_000, 20_000, 60_000, 200_000)


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """The shortest of several timings, in seconds of the processor: others that use the machine do not count."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def read(paths: Iterable[Path], every: int) -> list[Record]:
    """Every n-th Python record of the data files that libcst can parse."""
    found = list(records.read(paths))[::every]
    return [record for record in found if record.language == "python" and parses(record)]


def parses(record: Record) -> bool:
    """Whether there is a parse to compare with."""
    try:
        libcst.parse_module(record.code)
    except libcst.ParserSyntaxError:
        return False
    return True


def judge(code: str) -> Verdict:
    """The verdict of the full analysis."""
    return judge_argument(Argument(code), FULL)


def judge_screened(code: str) -> Verdict:
    """The verdict with the screen in front."""
    return judge_argument(Argument(code), SCREEN)


def ratios(code: str, rounds: int) -> tuple[float, float]:
    """Time to judge over time to parse, in full and screened."""
    parse = best_of(rounds, lambda: libcst.parse_module(code))
    return best_of(rounds, lambda: judge(code)) / parse, best_of(rounds, lambda: judge_screened(code)) / parse


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def exponent(samples: list[str], rounds: int) -> float:
    """The slope of log time over log size, for honest code of growing size; all of it must be allowed."""
    points = []
    for size in SIZES:
        code = ""
        for sample in cycle(samples):
            if len(code) + len(sample) > size:
                break
            code += sample + "\n\n"
        assert judge(code).outcome == "allow", f"{size} characters of honest code are not allowed"
        points.append((math.log(len(code)), math.log(best_of(rounds, lambda code=code: judge(code)))))
    return statistics.linear_regression([x for x, _ in points], [y for _, y in points]).slope


def measure(found: list[Record], rounds: int) -> bool:
    """Print the ratios of all records and of those of tier `pure`; True if all bounds are kept."""
    judge("print(1)")
    judge_screened("print(1)")
    measured = [(*ratios(record.code, rounds), record) for record in found]
    full = [value for value, _, _ in measured]
    pure = [value for _, value, record in measured if record.tier == "pure"]
    print(f"records {len(found)}")
    print(f"judge / parse_module, in full: median {statistics.median(full):.2f}, p95 {percentile(full, 0.95):.2f}")
    if pure:
        print(f"screened, tier pure: median {statistics.median(pure):.2f}, p95 {percentile(pure, 0.95):.2f}")
    for value, _, record in sorted(measured, key=lambda one: -one[0])[:5]:
        print(f"  {value:.2f} {record.id} ({len(record.code)} characters)")
    kept = statistics.median(full) <= MEDIAN and percentile(full, 0.95) <= TAIL
    return kept and (not pure or statistics.median(pure) <= SCREENED)


def changed(found: list[Record]) -> list[str]:
    """The records whose verdict the screen changes."""
    return [record.id for record in found if judge(record.code) != judge_screened(record.code)]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found = read(options.data, options.every)
    kept = measure(found, options.rounds)
    honest = [r.code for r in found if r.tier == "pure" and judge(r.code).score == 0]
    slope = exponent(honest[:40], options.rounds)
    print(f"exponent of cost over size: {slope:.2f}")
    differences = changed(read(options.data, 1))
    print(f"verdicts that the screen changes: {len(differences)} {differences[:5]}")
    return 0 if kept and slope <= EXPONENT and not differences else 1


if __name__ == "__main__":
    sys.exit(main())
