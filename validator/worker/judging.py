"""An argument in, its verdict out: what is light is judged at once, what is heavy by another process.

Parsing holds the interpreter until it is done, so whatever else the process does would stall. What an argument takes
is foretold, and what was foretold wrong is given up after a few steps and begun again where it can take its time.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from validator.analyse.guard import weigh
from validator.analyse.observe import observe, observe_next
from validator.analyse.session import Session
from validator.analyse.text import decode
from validator.judgment import judge_facts
from validator.model.argument import Argument
from validator.model.fact import Fact
from validator.model.limits import DEFAULT_LIMITS
from validator.model.profile import NO_SETTINGS, Settings
from validator.model.verdict import Verdict
from validator.rulebook.load import Rulebook
from validator.worker.pool import TURN, Pool

LIGHT: Final = 8_192  # characters, with those of the session that are still to be walked
MOST_WORK: Final = 15_000  # microseconds of parsing on a slow core, as foretold
FEW_STEPS: Final = replace(DEFAULT_LIMITS, steps=4_000)


@dataclass(frozen=True, slots=True)
class Judging:
    """How to judge under one profile and its settings, with a pool for what is heavy."""

    book: Rulebook
    pool: Pool
    profile: str = "balanced"
    settings: Settings = field(default_factory=lambda: NO_SETTINGS)

    def judge(self, argument: Argument) -> Verdict:
        """The verdict on an argument by itself."""
        facts = self._here(argument) if is_light(argument) else None
        if facts is None:
            facts, _ = self.pool.observe(argument, None)
        return self._verdict(argument, facts)

    def judge_next(self, argument: Argument, session: Session) -> tuple[Verdict, Session]:
        """The same in a session, and the session as it may be if the argument runs."""
        found = self._here_next(argument, session) if is_light(argument, session) else None
        facts, after = found or self.pool.observe(argument, session)
        if after is None:
            raise TypeError("a session was analysed, and none came back")
        return self._verdict(argument, facts), after

    def _here(self, argument: Argument) -> tuple[Fact, ...] | None:
        with TURN:
            facts = observe(argument, self.book.catalog, FEW_STEPS)
        return None if _gave_up(facts) else facts

    def _here_next(self, argument: Argument, session: Session) -> tuple[tuple[Fact, ...], Session] | None:
        with TURN:
            facts, after = observe_next(argument, self.book.catalog, FEW_STEPS, session)
        # Whatever is not known afterwards may be known with more steps.
        return None if _gave_up(facts) or (session.complete and not after.complete) else (facts, after)

    def _verdict(self, argument: Argument, facts: tuple[Fact, ...]) -> Verdict:
        with TURN:
            return judge_facts(facts, argument.digest(), self.book, self.profile, self.settings)


def is_light(argument: Argument, session: Session | None = None) -> bool:
    """Whether an argument can be parsed, with what its session has left to be walked, before anybody notices."""
    waiting = () if session is None else session.waiting
    if len(argument.content) + sum(map(len, waiting)) > LIGHT:
        return False
    text = decode(argument.content, DEFAULT_LIMITS)
    if isinstance(text, Fact):
        return True
    work = weigh(text, DEFAULT_LIMITS)
    return isinstance(work, Fact) or work <= MOST_WORK


def _gave_up(facts: tuple[Fact, ...]) -> bool:
    return any(fact.capability == "unresolved.budget" for fact in facts)
