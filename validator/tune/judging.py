"""Labelled records in, each with what became of it out: judged once, so that what follows is arithmetic."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from typing import Final

from validator.model.argument import Argument
from validator.model.errors import Problem, TuneError, ValidatorError
from validator.model.fact import Fact
from validator.model.verdict import Outcome
from validator.score import contributions
from validator.tune.corpus import Record
from validator.tune.sides import Judge, Side, open_side
from validator.worker.apart import spawning

FACTS: Final = 6  # shown of one record
BORING: Final = frozenset({"import", "console.output"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A record and what became of it; `rules` are those that found something, with their points, the heaviest first."""

    record: Record
    outcome: Outcome
    score: int
    rules: tuple[tuple[str, int], ...]
    capabilities: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def stopped(self) -> bool:
        """Whether it was at least reviewed."""
        return self.outcome is not Outcome.ALLOW

    @property
    def wrong(self) -> bool:
        """Whether it was stopped though honest, or let pass though risky."""
        return self.stopped is self.record.honest


@dataclass(frozen=True, slots=True)
class Judgments:
    """All that was judged, in the order of the records, and the records on which judgment itself failed."""

    judged: tuple[Judged, ...]
    failed: tuple[Problem, ...] = ()


def judge_records(records: Sequence[Record], side: Side, jobs: int = 1) -> Judgments:
    """Judge every record by one side; raises what keeps the side from judging anything."""
    judge = open_side(side)  # what is wrong with it is said before any work begins
    with _workers(jobs) as workers:
        if jobs > 1:
            futures = [workers.submit(_judge_by, record, side) for record in records]
        else:
            futures = [workers.submit(_judge, record, judge) for record in records]
        failed = [_problem(record, future) for record, future in zip(records, futures, strict=True)]
        judged = [future.result() for future, problem in zip(futures, failed, strict=True) if problem is None]
    return Judgments(tuple(judged), tuple(problem for problem in failed if problem is not None))


def _workers(jobs: int) -> Executor:
    # A fork of a process that has threads may hang, so every worker begins anew.
    return ProcessPoolExecutor(jobs, spawning()) if jobs > 1 else ThreadPoolExecutor(1)


def _problem(record: Record, future: Future[Judged]) -> Problem | None:
    """What kept a record from being judged: it is counted, for a fault of ours is no verdict on the code."""
    error = future.exception()
    if isinstance(error, BrokenProcessPool):
        advice = "run again with --jobs 1 to see which record it is, and report it"
        raise TuneError(Problem(record.place, "a worker ended while this or a later record was judged", advice))
    if isinstance(error, ValidatorError):
        raise error
    if error is None:
        return None
    return Problem(record.place, f"the validator itself failed: {type(error).__name__}", "please report the code")


@cache  # once for each worker, which lives as long as its task
def _opened(side: Side) -> Judge:
    return open_side(side)


def _judge_by(record: Record, side: Side) -> Judged:
    return _judge(record, _opened(side))


def _judge(record: Record, judge: Judge) -> Judged:
    outcome, verdict = judge(Argument(record.code, record.id, language=record.language))
    if verdict is None:
        return Judged(record, outcome, 0, (), (), ())
    rules = tuple(contributions(verdict.findings).items())
    told = dict.fromkeys(_told([finding.fact for finding in verdict.findings] + list(verdict.facts)))
    return Judged(record, outcome, verdict.score, rules, verdict.capabilities, tuple(told)[:FACTS])


def _told(facts: Sequence[Fact]) -> Iterator[str]:
    """The facts that say most: those of findings first, and no plain imports."""
    for fact in facts:
        if fact.capability not in BORING:
            text = f"{fact.capability} {fact.name}"[:80]
            shown = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
            yield f"{shown}, line {fact.span.line}"
