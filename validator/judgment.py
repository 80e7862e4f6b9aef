"""Argument in, verdict out: the one place that knows the order of the rooms."""

from collections.abc import Sequence

from validator.analyse.observe import observe, observe_next
from validator.analyse.session import NO_SESSION, Session
from validator.model.argument import Argument
from validator.model.fact import Fact
from validator.model.limits import DEFAULT_LIMITS, Limits
from validator.model.profile import NO_SETTINGS, Settings
from validator.model.verdict import Verdict
from validator.rulebook.load import Rulebook
from validator.rulebook.match import find
from validator.rulebook.suppress import suppress
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
    facts = observe(argument, book.catalog, limits)
    return judge_facts(facts, argument.digest(), book, profile, settings)


def judge_next(
    argument: Argument, session: Session, book: Rulebook, *, profile: str = "balanced", settings: Settings = NO_SETTINGS
) -> tuple[Verdict, Session]:
    """Judge an argument that meets the names of a session; and the session as it may be if the argument runs."""
    facts, after = observe_next(argument, book.catalog, DEFAULT_LIMITS, session)
    return judge_facts(facts, argument.digest(), book, profile, settings), after


def judge_cell(
    argument: Argument, session: Session, under: tuple[Rulebook, str], settings: Settings, limits: Limits
) -> tuple[Verdict, Session]:
    """Judge an argument as the next of a session that may be run in another order; gives the session after it, too.

    Where the session hides a door, because a name was bound anew, the door counts as it does without the session: who
    runs the arguments in another order finds it open.
    """
    book, profile = under
    facts, after = observe_next(argument, book.catalog, limits, session)
    if session is not NO_SESSION:
        seen = {(fact.capability, fact.span) for fact in facts}
        alone = observe(argument, book.catalog, limits)
        facts = (*facts, *(fact for fact in alone if (fact.capability, fact.span) not in seen))
    return judge_facts(facts, argument.digest(), book, profile, settings), after


def judge_facts(facts: Sequence[Fact], digest: str, book: Rulebook, profile: str, settings: Settings) -> Verdict:
    """Judge the facts of the argument with this digest, which no setting changes."""
    chosen = book.profiles[profile]
    findings, ignored = suppress(find(facts, book, settings, chosen), book.suppressions)
    outcome, points = score(findings, chosen)
    capabilities = tuple(sorted({fact.capability for fact in facts}))
    return Verdict(outcome, points, findings, tuple(facts), capabilities, digest, profile, ignored)
