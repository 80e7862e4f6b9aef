"""A judge that knows a few words: `bad` is denied, `odd` is reviewed; `crash`, `die` and `hang` are beyond it."""

import os
import signal
import time
from dataclasses import dataclass

from validator.analyse.session import NO_SESSION, Session
from validator.model.argument import Argument
from validator.model.fact import Fact, Kind, Span
from validator.model.finding import Confidence, Finding, Severity
from validator.model.profile import Profile
from validator.model.verdict import Outcome, Verdict
from validator.scan.judged import Judged, describe
from validator.scan.sample import Sample

PROFILE = Profile("balanced", 30, 70)


def judge(argument: Argument) -> Verdict:
    content = argument.content
    text = content if isinstance(content, str) else content.decode()
    if "crash" in text:
        raise RecursionError("crash")
    if "die" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "hang" in text:
        time.sleep(600)
    for word, outcome, weight in (("bad", Outcome.DENY, 80), ("odd", Outcome.REVIEW, 40)):
        if word in text:
            before = text[: text.index(word)]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            fact = Fact(Kind.CALL, "process.shell", word, span=Span(line, column, line, column + len(word)))
            message = f"says {word}"
            finding = Finding(f"no-{word}", Severity.HIGH, Confidence.HIGH, weight, message, "Say less.", fact)
            return Verdict(outcome, weight, (finding,), (fact,), ("process.shell",), argument.digest(), "balanced")
    return Verdict(Outcome.ALLOW, 0, (), (), (), argument.digest(), "balanced")


@dataclass(frozen=True, slots=True)
class StandIn:
    """Recipe and bench in one; a worker gets it by its name, so it stands in a module of its own."""

    known: frozenset[str] = frozenset()

    def prepare(self) -> "StandIn":
        return self

    def judge(self, argument: Argument, _session: Session) -> tuple[Verdict, Session]:
        return judge(argument), NO_SESSION

    def report(self, sample: Sample, verdict: Verdict) -> Judged:
        return describe(sample, verdict, PROFILE if verdict.profile == "balanced" else None, self.known)


class NeverReady:
    """A recipe of which nothing comes."""

    def prepare(self) -> StandIn:
        os._exit(3)
