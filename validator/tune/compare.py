"""Records judged by two sides in, what differs out: which verdicts, in which direction, and whether by chance."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import binomtest

from validator.model.verdict import Outcome
from validator.tune.corpus import Corpus
from validator.tune.figures import FEWEST, NAMES, Booleans, Figure, Figures, differences, figure
from validator.tune.judging import Judged, Judgments

ORDER: Final = tuple(Outcome)
BETTER: Final = "better"
WORSE: Final = "worse"


@dataclass(frozen=True, slots=True)
class Change:
    """One program that the second side judges otherwise; `added` and `gone` are the rules that make the difference."""

    id: str
    place: str
    label: str
    before: str
    after: str
    direction: str
    score_before: int
    score_after: int
    added: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class McNemar:
    """How many programs only one side gets right, and how likely that is if neither is better (exact, two-sided)."""

    only_before: int
    only_after: int
    probability: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides on the same data; `moves` counts `before → after` for honest and risky programs."""

    before: str
    after: str
    records: int
    left_out: Mapping[str, int]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    figures_before: Figures
    figures_after: Figures
    recall: Figure
    false_alarm: Figure
    mcnemar: Mapping[str, McNemar]
    moves: Mapping[str, Mapping[str, int]]
    changes: tuple[Change, ...]

    def worse_by(self) -> float:
        """By how much recall fell or false alarms rose, whichever is more; below 0 where both are better."""
        recall, alarms = self.recall.value, self.false_alarm.value
        return max(-(recall if recall is not None else 0.0), alarms if alarms is not None else 0.0)


def compare(corpus: Corpus, names: tuple[str, str], both: tuple[Judgments, Judgments], seed: int = 0) -> Comparison:
    """Compare two sides on the records that both could judge."""
    first, second = both
    shared = {each.record.place for each in first.judged} & {each.record.place for each in second.judged}
    pairs = [([each for each in side.judged if each.record.place in shared]) for side in both]
    before, after = pairs
    honest = np.array([each.record.honest for each in before], dtype=bool)
    families = [each.record.family for each in before]
    stops = [np.array([each.stopped for each in side], dtype=bool) for side in pairs]
    moved = differences(stops[0], stops[1], honest, families, seed)
    failed = tuple(dict.fromkeys((*first.failed, *second.failed)))
    return Comparison(
        before=names[0],
        after=names[1],
        records=len(before),
        left_out={**corpus.left_out, **({"failed": len(failed)} if failed else {})},
        problems=tuple(map(str, (*corpus.problems, *failed))),
        notes=corpus.notes,
        figures_before=figure(stops[0], honest, families, seed),
        figures_after=figure(stops[1], honest, families, seed),
        recall=_moved(moved[:, NAMES.index("recall")], len(set(families))),
        false_alarm=_moved(moved[:, NAMES.index("false_alarm")], len(set(families))),
        mcnemar=dict(_tests(stops[0], stops[1], honest)),
        moves={kind: _moves(before, after, honest=kind == "honest") for kind in ("honest", "risky")},
        changes=tuple(_changes(before, after)),
    )


def mcnemar(only_before: int, only_after: int) -> McNemar:
    """The exact test on the programs on which the two sides differ."""
    differing = only_before + only_after
    chance = binomtest(only_before, differing).pvalue if differing else 1.0
    return McNemar(only_before, only_after, float(chance))


def _tests(before: Booleans, after: Booleans, honest: Booleans) -> Iterator[tuple[str, McNemar]]:
    """The test on all programs, and on those of each kind."""
    right = [stopped != honest for stopped in (before, after)]
    for name, chosen in (("all", honest | ~honest), ("honest", honest), ("risky", ~honest)):
        yield name, mcnemar(int((right[0] & ~right[1] & chosen).sum()), int((right[1] & ~right[0] & chosen).sum()))


def _moved(column: np.ndarray[tuple[int, ...], np.dtype[np.float64]], families: int) -> Figure:
    value, low, high = (None if np.isnan(each) else float(each) for each in column)
    return Figure(value, low, high) if families >= FEWEST else Figure(value)


def _moves(before: Sequence[Judged], after: Sequence[Judged], *, honest: bool) -> dict[str, int]:
    pairs = [(a, b) for a, b in zip(before, after, strict=True) if a.record.honest is honest]
    counted = Counter((a.outcome, b.outcome) for a, b in pairs)
    return {f"{one} → {other}": counted[one, other] for one in ORDER for other in ORDER if counted[one, other]}


def _changes(before: Sequence[Judged], after: Sequence[Judged]) -> Iterator[Change]:
    """What changed, the worst first."""
    pairs = [(one, other) for one, other in zip(before, after, strict=True) if one.outcome is not other.outcome]
    for one, other in sorted(pairs, key=lambda pair: (_direction(*pair) == BETTER, pair[0].record.place)):
        record, had, has = one.record, dict(one.rules), dict(other.rules)
        yield Change(
            record.id,
            record.place,
            record.label,
            one.outcome.value,
            other.outcome.value,
            _direction(one, other),
            one.score,
            other.score,
            tuple(f"{rule} {points}" for rule, points in has.items() if points > had.get(rule, 0)),
            tuple(f"{rule} {points}" for rule, points in had.items() if points > has.get(rule, 0)),
        )


def _direction(before: Judged, after: Judged) -> str:
    stricter = ORDER.index(after.outcome) > ORDER.index(before.outcome)
    return WORSE if stricter is before.record.honest else BETTER
