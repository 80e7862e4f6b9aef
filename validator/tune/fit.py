"""A table of hits in, a proposal out: weights and thresholds that catch the most within what the user allows.

Every choice of weighing is tried on families it has not learnt from. Of those that catch as much there as the best one,
give or take one standard error, the one that changes least is made on all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from validator.model.errors import Problem, TuneError
from validator.model.profile import Profile
from validator.rulebook.match import UNLISTED
from validator.rulebook.rule import Rule, Rulebook, Status
from validator.tune.chance import RARE, chance
from validator.tune.corpus import Corpus
from validator.tune.figures import FEWEST, Figures, Integers, figure
from validator.tune.folds import Fold, make_folds
from validator.tune.judging import Judgments
from validator.tune.table import Table
from validator.tune.thresholds import Bounds, Point, Reach, choose, every_point, front, reach
from validator.tune.weighing import LEAST, SERIOUS, SEVERITIES, Choice, Frame, Lesson, weigh

# Weights as they are come first, and low prices: of choices that catch as much, the first changes least.
CHOICES: Final = tuple(Choice(together, price) for together in (0.0, 0.8, 1.0) for price in (2.0, 4.0, 8.0, 16.0, 32.0))


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight that changes."""

    rule: str
    severity: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be better, as far as the data can tell; `fitted` None says that nothing is proposed, `why` why.

    `today` and `fitted` are on the families learnt from, each judged by weights learnt without it; `front_alarms` and
    `front_load` is what could be had there. `held_out` are the figures of today and of the proposal on families that
    no choice has seen, None where the data have none.
    """

    side: str
    records: int
    families: int
    bounds: Bounds
    probability: float
    why: str
    weights: tuple[Weight, ...]
    review_at: tuple[int, int]
    deny_at: tuple[int, int]
    today: Point
    fitted: Point | None
    front_alarms: tuple[Point, ...]
    front_load: tuple[Point, ...]
    held_out: tuple[Figures, Figures] | None
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """A choice, what the scores of families that it has not learnt from reach, and these scores."""

    choice: Choice
    reached: Reach
    points: Integers


def make_frame(book: Rulebook, profile: Profile, frozen: Iterable[str]) -> Frame:
    """What holds for every weighting of a rulebook; raises TuneError for a rule that there is not."""
    rules = [rule for rule in book.rules if rule.status is Status.STABLE]
    kept = set(frozen)
    unknown = sorted(kept - {rule.id for rule in rules})
    if unknown:
        raise TuneError(
            *(Problem(f"--freeze {each}", "there is no such rule", "validator rules list") for each in unknown)
        )
    listing = book.listings.get(profile.name)
    today = [profile.weights.get(rule.id, rule.weight) for rule in rules]
    bounds = [_bounds(rule, weight, rule.id in kept) for rule, weight in zip(rules, today, strict=True)]
    names, ranks = [rule.id for rule in rules], [SEVERITIES.index(rule.severity) for rule in rules]
    if listing is not None:
        # The price of what a list leaves out is no rule: it stays as it is.
        names, today = [*names, UNLISTED], [*today, listing.weight]
        bounds, ranks = [*bounds, (listing.weight, listing.weight)], [*ranks, 0]
    lowest, highest = (np.array(side, dtype=np.int64) for side in zip(*bounds, strict=True))
    return Frame(
        tuple(names),
        np.array(today, dtype=np.int64),
        np.array(ranks, dtype=np.int64),
        lowest,
        highest,
        profile.review_at,
        profile.deny_at,
    )


def fit(table: Table, frame: Frame, bounds: Bounds, side: str, seed: int = 0) -> Proposal:
    """Propose weights and thresholds; raises TuneError where the data cannot carry a proposal."""
    held_out = np.array([each.record.split == "held-out" for each in table.judged], dtype=bool)
    learnt = table.rows(~held_out)
    lesson = _lesson(learnt, frame)
    folds = make_folds(lesson.honest, _enough(learnt), seed)
    trials = [_try(choice, lesson, frame, folds) for choice in CHOICES]
    now = reach(lesson.hits @ frame.today, lesson.honest, lesson.denied)
    today = now.point(frame.review_at, frame.deny_at)
    thresholds = (frame.review_at, frame.deny_at)
    chosen = [choose(trial.reached, bounds, thresholds, today.denied) for trial in trials]
    best = _best([_recall(*each) for each in zip(trials, chosen, strict=True)], int((~lesson.honest).sum()))
    luck = chance(trials[best].points, lesson.honest, learnt.families, seed)
    pair = chosen[best]
    why = _objection(luck, pair is not None, bounds)
    weights = frame.today if why else weigh(lesson, frame, trials[best].choice)
    review_at, deny_at = pair if pair is not None and not why else thresholds
    seen = _held_out(table.rows(held_out), frame, weights, review_at) if held_out.any() else None
    every = [
        point
        for trial in trials
        for point in every_point(trial.reached, bounds, (frame.deny_at, today.denied), trial.choice)
    ]
    return Proposal(
        side=side,
        records=len(learnt.judged),
        families=len(set(learnt.families)),
        bounds=bounds,
        probability=luck,
        why=why,
        weights=tuple(_changed(frame, weights)),
        review_at=(frame.review_at, review_at),
        deny_at=(frame.deny_at, deny_at),
        today=today,
        fitted=None if why else trials[best].reached.point(review_at, deny_at, trials[best].choice),
        front_alarms=front(every, "false_alarm"),
        front_load=front((point for point in every if point.false_alarm <= bounds.false_alarm), "load"),
        held_out=seen,
        notes=tuple(_notes(frame, weights, lesson, seen)),
    )


def with_left_out(proposal: Proposal, corpus: Corpus, judgments: Judgments) -> Proposal:
    """The proposal with what did not count."""
    failed = {"failed": len(judgments.failed)} if judgments.failed else {}
    return replace(
        proposal,
        notes=(*corpus.notes, *proposal.notes),
        left_out={**corpus.left_out, **failed},
        problems=tuple(map(str, (*corpus.problems, *judgments.failed))),
    )


def _bounds(rule: Rule, today: int, frozen: bool) -> tuple[int, int]:
    """How far a weight may go: serious rules keep some, and what cannot be read never gets cheaper."""
    if frozen:
        return today, today
    if rule.capability.startswith("unreadable"):
        return today, 100
    return (min(LEAST, today) if SEVERITIES.index(rule.severity) >= SERIOUS else 0), 100


def _lesson(table: Table, frame: Frame) -> Lesson:
    """The table with one column for each rule of the frame; a rule that found nothing has an empty one."""
    place = {rule: column for column, rule in enumerate(frame.rules)}
    hits = np.zeros((len(table.judged), len(frame.rules)), dtype=bool)
    for column, rule in enumerate(table.rules):
        hits[:, place[rule]] = table.hits[:, column]
    return Lesson(hits, table.honest, np.array([each.record.wanted == "deny" for each in table.judged], dtype=bool))


def _enough(table: Table) -> Sequence[str]:
    """The families, if they are enough to learn from some and try on others."""
    for honest, name in ((True, "honest"), (False, "risky")):
        families = {family for family, kind in zip(table.families, table.honest, strict=True) if kind == honest}
        if len(families) < FEWEST:
            reason = f"{len(families)} families of {name} programs to learn from are too few"
            raise TuneError(Problem("labelled data", reason, f"give {FEWEST} families of either kind, or more"))
    return table.families


def _try(choice: Choice, lesson: Lesson, frame: Frame, folds: Sequence[Fold]) -> _Trial:
    points = np.zeros(len(lesson.honest), dtype=np.int64)
    for learn, attempt in folds:
        points[attempt] = lesson.hits[attempt] @ weigh(lesson.rows(learn), frame, choice)
    return _Trial(choice, reach(points, lesson.honest, lesson.denied), points)


def _recall(trial: _Trial, pair: tuple[int, int] | None) -> float:
    return -1.0 if pair is None else float(trial.reached.risky[pair[0]])


def _best(recalls: Sequence[float], risky: int) -> int:
    """The first whose recall is within one standard error of the best: what is more cannot be told from luck."""
    most = max(recalls)
    error = (max(most * (1 - most), 0.0) / risky) ** 0.5
    return next(index for index, recall in enumerate(recalls) if recall >= most - error)


def _objection(luck: float, within: bool, bounds: Bounds) -> str:
    """Why nothing is proposed, or nothing."""
    if luck > RARE:
        return (
            f"nothing beats chance: on families not learnt from, scores and labels go together by luck (p = {luck:.3f})"
        )
    if not within:
        return (
            f"no weights keep false alarms at {bounds.false_alarm:.2%} and false denials at {bounds.false_denial:.2%}"
        )
    return ""


def _changed(frame: Frame, weights: Integers) -> Iterable[Weight]:
    for rule, rank, before, after in zip(frame.rules, frame.ranks, frame.today, weights, strict=True):
        if before != after:
            yield Weight(rule, SEVERITIES[int(rank)].value, int(before), int(after))


def _held_out(table: Table, frame: Frame, weights: Integers, review_at: int) -> tuple[Figures, Figures]:
    """The figures of today and of the proposal on programs of families that nothing was learnt from."""
    hits = _lesson(table, frame).hits
    stops = (hits @ frame.today >= frame.review_at, hits @ weights >= review_at)
    before, after = (figure(stopped, table.honest, table.families) for stopped in stops)
    return before, after


def _notes(frame: Frame, weights: Integers, lesson: Lesson, seen: tuple[Figures, Figures] | None) -> Iterator[str]:
    # Who stops nothing has no coefficient, and is no better than one who guesses.
    before, after = (each.mcc.value or 0.0 for each in seen) if seen is not None else (0.0, 0.0)
    if after < before:
        yield f"on the families held out the proposal does worse: MCC {after:.3f} instead of {before:.3f}"
    moved = (weights != frame.today) & ~lesson.hits.any(axis=0)
    names = [rule for rule, unseen in zip(frame.rules, moved, strict=True) if unseen]
    if names:
        yield f"{len(names)} weights move with their severity alone: no program shows them"
