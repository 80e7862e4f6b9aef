"""A sample in, a verdict out: whatever goes wrong on the way is a denial, never a sample lost."""

from collections.abc import Callable
from traceback import extract_tb
from typing import TypeAlias

from validator.model.argument import Argument
from validator.model.errors import ValidatorError
from validator.model.fact import Fact, Kind
from validator.model.finding import Confidence, Finding, Severity
from validator.model.verdict import Outcome, Verdict
from validator.scan.sample import Sample

Judge: TypeAlias = Callable[[Argument], Verdict]


def inspect_sample(sample: Sample, judge: Judge) -> Verdict:
    """Judge a sample; one that holds no code, or that our own code fails on, is denied."""
    argument = Argument(sample.content, sample.id)
    if sample.problem:
        return _deny(argument, "unreadable.record", sample.problem, "Give one piece of Python code as text.")
    try:
        return judge(argument)
    except ValidatorError:
        raise  # rules or settings are wrong, not the sample
    except Exception as error:  # a crash must neither mean "allow" nor end the scan
        place = extract_tb(error.__traceback__)[-1]
        reason = f"the validator itself failed: {type(error).__name__} in {place.name}, line {place.lineno}"
        return _deny(argument, "unreadable.crash", reason, "Please report this with the code that caused it.")


def _deny(argument: Argument, rule: str, reason: str, remedy: str) -> Verdict:
    fact = Fact(Kind.UNREADABLE, rule, reason)
    finding = Finding(rule, Severity.CRITICAL, Confidence.HIGH, 100, reason, remedy, fact)
    return Verdict(Outcome.DENY, 100, (finding,), (fact,), (rule,), argument.digest(), "none")
