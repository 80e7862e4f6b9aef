"""What `validator tune` can do: the figures that were asked for.

    python bench/tune.py [--jobs N] [--max-false-alarm SHARE]

Copies the rules, sets every weight to 30, has weights proposed from the split `tune` of the corpus, and holds them
against those that ship on the families held out; deals the labels anew, and expects to be told that nothing beats
chance; flips a tenth of the labels, and counts how many of them are suspects. Exits 1 if a bound is missed.
"""

import argparse
import random
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from records import CORPUS

from validator.rulebook.load import load_rulebook, shipped
from validator.tune.corpus import Corpus, Reading, read_corpus
from validator.tune.figures import figure
from validator.tune.fit import Proposal, fit, make_frame
from validator.tune.judging import Judged, judge_records
from validator.tune.sides import Side, load_side
from validator.tune.suspects import find_suspects
from validator.tune.table import Table, tabulate
from validator.tune.thresholds import Bounds

FLAT = 30
SEEDS = range(3)


def flatten(folder: Path) -> Path:
    """A copy of the rules that ship, in which every rule weighs the same."""
    rules = folder / "rules"
    shutil.copytree(shipped(), rules)
    for rule in load_rulebook().rules:
        path = rules / rule.pack / f"{rule.id}.yaml"
        path.write_text(re.sub(r"(?m)^weight: \d+", f"weight: {FLAT}", path.read_text("utf-8")), "utf-8")
    return rules


def propose(corpus: Corpus, side: Side, bounds: Bounds, jobs: int) -> tuple[Proposal, float]:
    """The proposal of `tune fit`, and the seconds that it took, judging included."""
    start = time.perf_counter()
    book = load_side(side)
    table = tabulate(judge_records(corpus.records, side, jobs).judged)
    proposal = fit(table, make_frame(book, book.profiles[side.profile], ()), bounds, side.name)
    return proposal, time.perf_counter() - start


def held_out(table: Table) -> float:
    """Matthews' coefficient of the verdicts on the families held out."""
    rows = [each for each in table.judged if each.record.split == "held-out"]
    part = tabulate(rows)
    points = part.points() >= load_rulebook().profiles["balanced"].review_at
    return figure(points, part.honest, part.families).mcc.value or 0.0


def relabel(judged: Sequence[Judged], honest: Sequence[bool]) -> Table:
    """The same verdicts under other labels."""
    pairs = zip(judged, honest, strict=True)
    return tabulate([replace(each, record=replace(each.record, honest=kind)) for each, kind in pairs])


def flip(judged: Sequence[Judged], seed: int) -> tuple[int, int, int]:
    """How many labels were flipped, how many of them are suspects, and how many suspects there are."""
    rows = set(random.Random(seed).sample(range(len(judged)), len(judged) // 10))
    honest = [each.record.honest is not (row in rows) for row, each in enumerate(judged)]
    suspects, _ = find_suspects(relabel(judged, honest), seed)
    places = {each.place for each in suspects}
    return len(rows), sum(judged[row].record.place in places for row in rows), len(suspects)


def measure(jobs: int, bounds: Bounds) -> Iterator[tuple[str, bool]]:
    """Each line, and whether its bound is kept."""
    corpus = read_corpus([CORPUS], Reading())
    judged = judge_records(corpus.records, Side(), jobs).judged
    today = held_out(tabulate(judged))
    with TemporaryDirectory() as folder:
        proposal, seconds = propose(corpus, Side(rules=flatten(Path(folder))), bounds, jobs)
    before, after = (each.mcc.value or 0.0 for each in proposal.held_out or ())
    yield f"MCC, families held out: shipped {today:.4f}, all {FLAT} {before:.4f}, proposed {after:.4f}", True
    yield f"  within one point of the shipped weights: {after - today:+.4f}", after >= today - 0.01
    yield f"  seconds for `tune fit`, {jobs} jobs: {seconds:.0f}", seconds < 60
    book = load_rulebook()
    frame = make_frame(book, book.profiles["balanced"], ())
    for seed in SEEDS:
        labels = [each.record.honest for each in judged]
        random.Random(seed).shuffle(labels)
        found = fit(relabel(judged, labels), frame, bounds, "shuffled", seed)
        yield f"shuffled labels, seed {seed}: {found.why or 'something is proposed'}", "chance" in found.why
    for seed in SEEDS:
        flipped, named, length = flip(judged, seed)
        line = f"flipped labels, seed {seed}: {named} of {flipped} among {length} suspects, {named / flipped:.1%}"
        yield line, named >= 0.8 * flipped


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    parser.add_argument("--max-false-alarm", type=float, default=0.01, help="as in `tune fit`, as a fraction")
    options = parser.parse_args()
    kept = []
    for line, good in measure(options.jobs, Bounds(options.max_false_alarm, 0.001)):
        print(f"{line:<110} {'' if good else 'FAIL'}".rstrip(), flush=True)
        kept.append(good)
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
