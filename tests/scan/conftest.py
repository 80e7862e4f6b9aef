from collections.abc import Callable

import pytest

from validator.model.argument import Argument
from validator.model.fact import Fact, Kind, Span
from validator.model.finding import Confidence, Finding, Severity
from validator.model.verdict import Outcome, Verdict

Judge = Callable[[Argument], Verdict]


@pytest.fixture
def judge() -> Judge:
    """A judge that knows one rule: do not say `bad`; `odd` is to be reviewed, `crash` is beyond it."""
    return _judge


def _judge(argument: Argument) -> Verdict:
    content = argument.content
    text = content if isinstance(content, str) else content.decode()
    if "crash" in text:
        raise RecursionError("crash")
    for word, outcome, weight in (("bad", Outcome.DENY, 80), ("odd", Outcome.REVIEW, 40)):
        if word in text:
            before = text[: text.index(word)]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            fact = Fact(Kind.CALL, "process.shell", word, span=Span(line, column, line, column + len(word)))
            message = f"says {word}"
            finding = Finding(f"no-{word}", Severity.HIGH, Confidence.HIGH, weight, message, "Say less.", fact)
            return Verdict(outcome, weight, (finding,), (fact,), ("process.shell",), argument.digest(), "balanced")
    return Verdict(Outcome.ALLOW, 0, (), (), (), argument.digest(), "balanced")
