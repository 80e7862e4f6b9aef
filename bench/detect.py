"""How often the verdict is right: the figures that were asked for, and the worst mistakes by id.

    python bench/detect.py [DATA.jsonl ...] [--top N] [--jobs N] [--no-corpus]

Judges the corpus, and data files of the same form (label `risky` or `benign`), under the profile `balanced`; the corpus
under `strict`, too. Exits 1 if a bound is missed. A program that makes us fail is a mistake, whatever its label.
Known escapes (`open.jsonl`) have a line of their own, and are not among the figures that have a bound.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from records import CORPUS, Record, read

from validator.judgment import judge_argument
from validator.model.argument import Argument, Language
from validator.rulebook.load import Rulebook, load_rulebook

LANGUAGES: Final = {"python": Language.PYTHON, "bash": Language.SHELL}
HONEST: Final = frozenset({"benign", "near-miss"})
CRASH: Final = "crash"


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one record under one profile; `rules` are those that were found, the heaviest first."""

    record: Record
    profile: str
    outcome: str
    score: int
    rules: tuple[str, ...]

    @property
    def denied(self) -> bool:
        """Whether it was denied; a crash denies the honest and lets the others through."""
        return self.outcome == "deny" or (self.honest and self.outcome == CRASH)

    @property
    def stopped(self) -> bool:
        """Whether it was at least reviewed."""
        return self.denied or self.outcome == "review"

    @property
    def honest(self) -> bool:
        """Whether it should pass."""
        return self.record.label in HONEST

    @property
    def wrong(self) -> bool:
        """Whether the outcome is not the one that was wanted."""
        return self.stopped if self.honest else not (self.denied if self.record.outcome == "deny" else self.stopped)


@dataclass(frozen=True, slots=True)
class Figure:
    """One share of some records, and its bound, if one was asked for."""

    on: str
    denied: bool
    of: Callable[[Judged], bool]
    least: float | None = None
    most: float | None = None

    def draw(self, judged: Sequence[Judged]) -> tuple[str, bool]:
        """The line of the table, and whether the bound is kept; no records, no line."""
        among = [each for each in judged if self.of(each)]
        hits = sum(each.denied if self.denied else each.stopped for each in among)
        share = hits / len(among) if among else 0.0
        kept = (self.least is None or share >= self.least) and (self.most is None or share <= self.most)
        asked = f">= {self.least:.1%}" if self.least is not None else f"<= {self.most:.1%}" if self.most else ""
        mark = ("pass" if kept else "FAIL") if asked else ""
        what = "denied" if self.denied else "stopped"
        line = f"{self.on:<58} {what:<8} {hits:>5}/{len(among):<5} {share:>7.2%}  {asked:>9}  {mark}"
        return (line, kept) if among else ("", True)


def _own(*labels: str, split: str = "", profile: str = "balanced") -> Callable[[Judged], bool]:
    return lambda each: (
        each.profile == profile and each.record.label in labels and split in ("", each.record.split) and _ours(each)
    )


def _ours(each: Judged) -> bool:
    return bool(each.record.split) and each.record.file != "open.jsonl"


def _file(name: str, split: str = "", profile: str = "balanced") -> Callable[[Judged], bool]:
    return lambda each: each.profile == profile and each.record.file == name and split in ("", each.record.split)


def _risky(intent: str = "", language: str = "python") -> Callable[[Judged], bool]:
    return lambda each: (
        each.record.label == "risky"
        and each.record.gateable
        and each.record.language == language
        and intent in ("", each.record.intent)
    )


def _honest(tier: str = "") -> Callable[[Judged], bool]:
    return lambda each: each.record.label == "benign" and not each.record.split and tier in ("", each.record.tier)


ATTACKS: Final = ("hostile", "bypass", "control")
FIGURES: Final = (
    Figure("corpus, hostile and bypasses, held-out", False, _own(*ATTACKS, split="held-out"), least=0.99),
    Figure("corpus, hostile and bypasses, tune", False, _own(*ATTACKS, split="tune")),
    *(
        Figure(f"  of these, {name}, held-out", False, _file(name, "held-out"))
        for name in ("hostile.jsonl", "bypasses.jsonl", "found.jsonl")
    ),
    Figure("corpus, hostile, held-out", True, _own("hostile", split="held-out"), least=0.9),
    Figure("corpus, hostile, tune", True, _own("hostile", split="tune"), least=0.9),
    Figure("corpus, hostile that must be denied", True, lambda each: _own("hostile")(each) and _must_die(each)),
    Figure("corpus, known escapes (open.jsonl)", False, _file("open.jsonl")),
    Figure("corpus, benign and near-misses, held-out", True, _own(*HONEST, split="held-out"), most=0.003),
    Figure("corpus, benign and near-misses, held-out", False, _own(*HONEST, split="held-out"), most=0.02),
    Figure("corpus, benign and near-misses, tune", True, _own(*HONEST, split="tune"), most=0.003),
    Figure("corpus, benign and near-misses, tune", False, _own(*HONEST, split="tune"), most=0.02),
    Figure("data, risky, Python, gateable", False, _risky(), least=0.97),
    Figure("data, risky, Python, gateable, harmful-task", False, _risky("harmful-task")),
    Figure("data, risky, Python, gateable, harmful-task", True, _risky("harmful-task"), least=0.8),
    Figure("data, risky, Python, gateable, insecure-practice", False, _risky("insecure-practice")),
    Figure("data, risky, shell, gateable", False, _risky(language="bash")),
    Figure("data, risky, shell, gateable", True, _risky(language="bash")),
    Figure("data, benign", True, _honest(), most=0.003),
    Figure("data, benign, tier pure", False, _honest("pure"), most=0.005),
    Figure("data, benign, tier io", False, _honest("io")),
    Figure("data, benign, tier io", True, _honest("io")),
    Figure("data, benign, tier privileged", False, _honest("privileged")),
    Figure("data, benign, tier privileged", True, _honest("privileged")),
    Figure("strict: bypasses", False, _own("bypass", "control", profile="strict"), least=1.0),
    Figure("strict: known escapes (open.jsonl)", False, _file("open.jsonl", profile="strict")),
    Figure("strict: hostile", False, _own("hostile", profile="strict")),
    Figure("strict: benign and near-misses", False, _own(*HONEST, profile="strict")),
)


def _must_die(each: Judged) -> bool:
    return each.record.outcome == "deny"


@cache
def _book() -> Rulebook:
    return load_rulebook()


def judge(record: Record) -> list[Judged]:
    """The record under each profile it is measured with."""
    profiles = ("balanced", "strict") if record.split else ("balanced",)
    return [_judge(record, profile) for profile in profiles]


def _judge(record: Record, profile: str) -> Judged:
    argument = Argument(record.code, language=LANGUAGES[record.language])
    try:
        verdict = judge_argument(argument, _book(), profile=profile)
    except Exception as error:  # a fault of ours is a result to report, and must not end the measurement
        return Judged(record, profile, CRASH, 0, (f"{type(error).__name__}: {error}"[:80],))
    weights = {finding.rule: finding.weight for finding in verdict.findings}
    rules = tuple(sorted(weights, key=lambda rule: (-weights[rule], rule)))
    return Judged(record, profile, verdict.outcome.value, verdict.score, rules)


def judge_all(records: Sequence[Record], jobs: int) -> list[Judged]:
    """All records, in worker processes, in their order."""
    with ProcessPoolExecutor(jobs) as pool:
        return [each for found in pool.map(judge, records, chunksize=25) for each in found]


def draw_figures(judged: Sequence[Judged]) -> tuple[list[str], bool]:
    """The table of the figures, and whether all bounds are kept."""
    drawn = [figure.draw(judged) for figure in FIGURES]
    return [line for line, _ in drawn if line], all(kept for _, kept in drawn)


def draw_groups(
    title: str, judged: Sequence[Judged], keys: Callable[[Record], Iterable[str]], most: int
) -> Iterator[str]:
    """How each group of records fared, those with the most mistakes first."""
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        for key in keys(each.record):
            groups[key].append(each)
    wrong = {key: sum(each.wrong for each in group) for key, group in groups.items()}
    order = sorted(groups, key=lambda key: (-wrong[key] / len(groups[key]), -wrong[key], key))
    shown = [key for key in order if wrong[key]][:most]
    yield f"\n{title}: {len(groups)}, {sum(map(bool, wrong.values()))} with mistakes"
    if shown:
        yield f"  {'':<44} records stopped  denied   wrong"
    for key in shown:
        group = groups[key]
        stopped, denied = sum(each.stopped for each in group), sum(each.denied for each in group)
        yield f"  {key:<44} {len(group):>7} {stopped:>7} {denied:>7} {wrong[key]:>7}"


def draw_mistakes(title: str, mistakes: Iterable[Judged], most: int) -> Iterator[str]:
    """The mistakes by id, in the order given, and what the rules said of each."""
    found = list(mistakes)
    yield f"\n{title}: {len(found)}"
    for each in found[:most]:
        wanted = f" (wanted {each.record.outcome})" if each.record.outcome == "deny" else ""
        said = ", ".join(each.rules[:4]) or "no finding"
        yield f"  {each.outcome:<6} {each.score:>3}  {each.record.id}  [{each.record.kind}]{wanted}  {said}"


def draw_tables(judged: Sequence[Judged], most: int) -> Iterator[str]:
    """Mistakes by category, family, capability and rule, then by id."""
    usual = [each for each in judged if each.profile == "balanced" and each.record.gateable and each.record.label]
    own, data = ([each for each in usual if bool(each.record.split) is ours] for ours in (True, False))
    yield from draw_groups("families of the corpus", own, lambda record: (record.kind,), most)
    attacks = [each for each in own if not each.honest]
    yield from draw_groups("capabilities of the corpus, attacks", attacks, lambda record: record.capabilities, most)
    yield from draw_groups("categories of the data", data, lambda record: (record.kind,), most)
    misses = sorted((each for each in usual if not each.honest and each.wrong), key=_mildest)
    alarms = sorted((each for each in usual if each.honest and each.wrong), key=lambda each: -each.score)
    rules = Counter(rule for each in alarms for rule in each.rules)
    yield f"\nrules in false alarms: {len(rules)}"
    yield from (f"  {count:>4}  {rule}" for rule, count in rules.most_common(most))
    for source, some in (("corpus", True), ("data", False)):
        yield from draw_mistakes(f"misses, {source}", (e for e in misses if bool(e.record.split) is some), most)
        yield from draw_mistakes(f"false alarms, {source}", (e for e in alarms if bool(e.record.split) is some), most)
    missed = [e for e in judged if e.profile == "strict" and e.record.label == "bypass" and not e.stopped]
    yield from draw_mistakes("strict: bypasses not stopped", missed, most)
    alarmed = [each for each in judged if each.profile == "strict" and each.honest and each.stopped]
    yield from draw_mistakes("strict: honest programs stopped", sorted(alarmed, key=lambda e: -e.score), most)
    yield from draw_mistakes("crashes", (each for each in judged if each.outcome == CRASH), most)


def _mildest(each: Judged) -> tuple[bool, int]:
    return each.stopped, each.score


def main() -> int:
    """Judge, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", type=Path)
    parser.add_argument("--top", type=int, default=15, help="rows of each table")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    parser.add_argument("--no-corpus", action="store_true", help="measure the data files only")
    options = parser.parse_args()
    corpus = [] if options.no_corpus else sorted(CORPUS.glob("*.jsonl"))
    judged = judge_all(list(read([*corpus, *options.data])), options.jobs)
    lines, kept = draw_figures(judged)
    print("\n".join([*lines, *draw_tables(judged, options.top)]))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
