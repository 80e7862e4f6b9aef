"""Argument in, verdict out: the one place that knows the order of the rooms."""

from validator.analyse.observe import observe
from validator.model.argument import Argument
from validator.model.limits import DEFAULT_LIMITS, Limits
from validator.model.profile import NO_SETTINGS, Settings
from validator.model.verdict import Verdict
from validator.rulebook.load import Rulebook
from validator.rulebook.match import find
from validator.score import score


def judge_argument(
    argument: Argument,
    book: Rulebook,
    *,
    profile: str = "balanced",
    settings: Settings = NO_SETTINGS,
    limits: Limits = DEFAULT_LIMITS,
) -> Verdict:
    """Judge one argument; raises KeyError if the rulebook has no such profile."""
    chosen = book.profiles[profile]
    facts = observe(argument, book.catalog, limits)
    findings = find(facts, book, settings, chosen)
    outcome, points = score(findings, chosen)
    capabilities = tuple(sorted({fact.capability for fact in facts}))
    return Verdict(outcome, points, findings, facts, capabilities, argument.digest(), profile)
