"""A rule and the facts of its examples in, what the examples do not prove out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from validator.model.fact import Fact
from validator.model.finding import Finding
from validator.rulebook.check import marked_lines
from validator.rulebook.index import assemble
from validator.rulebook.match import find
from validator.rulebook.rule import Example, Rule, Rulebook, Status
from validator.rulebook.vocabulary import PLACEHOLDER, Complaint

FactsOf: TypeAlias = Callable[[Example], Sequence[Fact]]
"""How the facts of an example are had; the analysis is another room."""

ALWAYS_FILLED = frozenset({"name", "capability"})


def find_alone(rule: Rule, facts: Sequence[Fact], book: Rulebook) -> tuple[Finding, ...]:
    """What one rule reports, draft or retired or not."""
    return find(facts, assemble(replace(book, rules=(replace(rule, status=Status.STABLE),))))


def prove(rule: Rule, book: Rulebook, facts_of: FactsOf) -> Iterator[Complaint]:
    """Every marked line that is not reported, every reported line that is not marked, every empty placeholder."""
    bad = [find_alone(rule, facts_of(example), book) for example in rule.bad]
    for number, findings in enumerate(bad):
        yield from _compare("bad", number, marked_lines(rule.bad[number].code), findings)
    for number, example in enumerate(rule.good):
        yield from _compare("good", number, frozenset(), find_alone(rule, facts_of(example), book))
    yield from _fills(rule, [finding.fact for findings in bad for finding in findings])


def _compare(side: str, number: int, marked: frozenset[int], findings: Iterable[Finding]) -> Iterator[Complaint]:
    where = ("examples", side, number, "code")
    lines = {finding.span.line for finding in findings}
    example = f"{side} example {number + 1}"
    for line in sorted(marked - lines):
        yield where, f"{example}: line {line} is marked and not reported", "correct the match, or the example"
    for line in sorted(lines - marked):
        advice = (
            "mark the line, or correct the match" if side == "bad" else "excuse it in the match, or show other code"
        )
        yield where, f"{example}: line {line} is reported" + (" and not marked" if side == "bad" else ""), advice


def _fills(rule: Rule, facts: Sequence[Fact]) -> Iterator[Complaint]:
    """A placeholder that no bad example fills says nothing to anybody."""
    held = ALWAYS_FILLED.union(*(fact.roles for fact in facts))
    for placeholder in PLACEHOLDER.findall(rule.message) if facts else ():
        if not held & set(placeholder.split("|")):
            advice = f"the facts have the roles {', '.join(sorted(held))}"
            yield ("message",), f"no bad example fills {{{placeholder}}}", advice
