"""Blocks of samples in, what is said of them out: the one function that every engine runs, wherever it runs it.

A `Recipe` and a `Block` can be pickled, and so can what comes back; whoever has them needs nothing else of ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeAlias

from validator.analyse.session import NO_SESSION, Session
from validator.judgment import judge_argument, judge_cell
from validator.model.argument import Argument
from validator.model.limits import Limits
from validator.model.profile import Profile, Suppression
from validator.model.verdict import Verdict
from validator.rulebook.load import Rulebook, load_rulebook
from validator.scan.comments import accept
from validator.scan.inspect import inspect_series
from validator.scan.judged import NO_REMARKS, Judged, Remarks, describe
from validator.scan.sample import Sample, Series

Block: TypeAlias = tuple[Series, ...]

# A scan has processes of its own, with a bound on time and memory; so it looks at larger programs than the gate does.
LIMITS: Final = Limits(size=4_194_304, work=10_000_000)


class Bench(Protocol):
    """A judge that is ready."""

    def judge(self, argument: Argument, session: Session) -> tuple[Verdict, Session]:
        """The verdict on one argument, and the session after it."""

    def report(self, sample: Sample, verdict: Verdict) -> Judged:
        """The verdict as reports show it."""


class Preparation(Protocol):
    """What a judge is made of; can be pickled."""

    def prepare(self) -> Bench:
        """Make the judge ready; raises ValidatorError."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The rules that ship, under a profile, the settings of a site, and what it knows already."""

    profile: str
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    known: frozenset[str] = frozenset()
    comments: bool = True

    def prepare(self) -> Bench:
        """Load the rules; raises RuleError."""
        book = replace(load_rulebook(), suppressions=self.suppressions)
        return RuleBench(self, book, book.profiles[self.profile], frozenset(rule.id for rule in book.rules))


@dataclass(frozen=True, slots=True)
class RuleBench:
    """The rules, ready to judge."""

    recipe: Recipe
    book: Rulebook
    profile: Profile
    rules: frozenset[str]

    def judge(self, argument: Argument, session: Session) -> tuple[Verdict, Session]:
        """The verdict on one argument, and the session after it."""
        recipe = self.recipe
        if argument.session is None:
            verdict = judge_argument(
                argument, self.book, profile=recipe.profile, settings=recipe.settings, limits=LIMITS
            )
            return verdict, NO_SESSION
        return judge_cell(argument, session, (self.book, recipe.profile), recipe.settings, LIMITS)

    def report(self, sample: Sample, verdict: Verdict) -> Judged:
        """The verdict as reports show it, without what comments of the sample's keeper accept."""
        if verdict.profile != self.profile.name:
            return describe(sample, verdict, None, ())
        remarks = NO_REMARKS
        if sample.own and self.recipe.comments:
            settled = len(verdict.ignored)
            verdict, notes = accept(verdict, sample.content, self.profile, self.rules)
            remarks = Remarks(tuple(notes), len(verdict.ignored) - settled)
        return describe(sample, verdict, self.profile, self.recipe.known, remarks)


def inspect_block(block: Block, bench: Bench) -> Iterator[Judged]:
    """What is said of each sample of a block, in order."""
    for series in block:
        for sample, verdict in zip(series.samples, inspect_series(series, bench.judge), strict=True):
            yield bench.report(sample, verdict)
