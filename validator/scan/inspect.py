"""Samples in, verdicts out: whatever goes wrong on the way is a denial, never a sample lost."""

from collections.abc import Callable, Iterator
from traceback import extract_tb
from typing import Final, TypeAlias

from validator.analyse.session import NO_SESSION, Session, forget
from validator.model.argument import Argument
from validator.model.errors import ValidatorError
from validator.model.fact import Fact, Kind
from validator.model.finding import Confidence, Finding, Severity
from validator.model.verdict import Outcome, Verdict
from validator.scan.sample import Sample, Series

Judge: TypeAlias = Callable[[Argument], Verdict]
JudgeNext: TypeAlias = Callable[[Argument, Session], tuple[Verdict, Session]]

# What stands where a rule would, when there was nothing to judge or no judge was left to do it.
RECORD: Final = "unreadable.record"
CRASH: Final = "unreadable.crash"
DEADLINE: Final = "unreadable.deadline"
UNREAD: Final = {
    RECORD: "There is no code that could be judged",
    CRASH: "The validator itself failed on the code",
    DEADLINE: "Judging the code took too long",
}
_REMEDIES: Final = {
    RECORD: "Give one piece of Python code as text.",
    CRASH: "Please report this with the code that caused it.",
    DEADLINE: "Make the code shorter, or give it more time with --deadline.",
}


def inspect_sample(sample: Sample, judge: Judge) -> Verdict:
    """Judge a sample that stands alone; one that holds no code, or that our own code fails on, is denied."""
    return _inspect(sample, NO_SESSION, lambda argument, session: (judge(argument), session))[0]


def inspect_series(series: Series, judge: JudgeNext) -> Iterator[Verdict]:
    """Judge samples one after the other, each as the next of the session it names; without one it stands alone."""
    first = forget() if series.broken else NO_SESSION
    sessions: dict[str, Session] = {}
    for sample in series.samples:
        before = NO_SESSION if sample.session is None else sessions.get(sample.session, first)
        verdict, after = _inspect(sample, before, judge)
        if sample.session is not None:
            sessions[sample.session] = after
        elif sample.problem:
            # It may have been code of any of the sessions.
            first, sessions = forget(), {}
        yield verdict


def refuse(sample: Sample, rule: str, reason: str) -> Verdict:
    """The denial of a sample that nobody could judge."""
    fact = Fact(Kind.UNREADABLE, rule, reason)
    finding = Finding(rule, Severity.CRITICAL, Confidence.HIGH, 100, reason, _REMEDIES[rule], fact)
    return Verdict(Outcome.DENY, 100, (finding,), (fact,), (rule,), sample.argument().digest(), "none")


def _inspect(sample: Sample, session: Session, judge: JudgeNext) -> tuple[Verdict, Session]:
    if sample.problem:
        return refuse(sample, RECORD, sample.problem), forget()
    try:
        return judge(sample.argument(), session)
    except ValidatorError:
        raise  # rules or settings are wrong, not the sample
    except Exception as error:  # a crash must neither mean "allow" nor end the scan
        place = extract_tb(error.__traceback__)[-1]
        reason = f"the validator itself failed: {type(error).__name__} in {place.name}, line {place.lineno}"
        return refuse(sample, CRASH, reason), forget()
