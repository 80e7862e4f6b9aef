"""A folder of rules in, everything out that keeps it from being trusted: each rule by itself, and all together."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from validator.model.errors import Problem, RuleError
from validator.rulebook.check import check
from validator.rulebook.explain import Techniques
from validator.rulebook.load import shipped
from validator.rulebook.pages import Page, place_of, read_page
from validator.rulebook.prove import FactsOf, prove
from validator.rulebook.rule import Condition, Rule, Rulebook, Status
from validator.rulebook.vocabulary import Complaint, suggestion
from validator.rulebook.written import Pages

ATTACK: Final = "attack.json"


def read_techniques() -> Techniques:
    """Number and name of the techniques of MITRE ATT&CK that we know; they are the same for every folder."""
    held: dict[str, str] = json.loads((shipped() / ATTACK).read_text(encoding="utf-8"))
    return held


def read_pages(folder: Path, book: Rulebook) -> Pages:
    """The file of every rule of a folder that has been loaded."""
    return {rule.id: read_rule_page(folder, rule) for rule in book.rules}


def read_rule_page(folder: Path, rule: Rule) -> Page:
    """The file of one rule; raises RuleError if it was changed since it was loaded, so that it cannot be read."""
    path = folder / rule.pack / f"{rule.id}.yaml"
    page = read_page(path, str(path))
    if isinstance(page, Page):
        return page
    raise RuleError(*page)


def inspect_rules(book: Rulebook, pages: Pages, techniques: Techniques, facts_of: FactsOf) -> Iterator[Problem]:
    """Everything that a reviewer would send back, with the line of the file that it is about."""
    for rule in book.rules:
        complaints = (*check(rule), *_attack(rule, techniques), *prove(rule, book, facts_of))
        for where, reason, advice in complaints:
            yield Problem(place_of(pages[rule.id], where), reason, advice)
    for rule, other in _alike(book):
        place = place_of(pages[rule.id], ("match",))
        yield Problem(place, f"looks for the same as {other.pack}/{other.id}", "make them one rule, or tell them apart")


def _attack(rule: Rule, techniques: Techniques) -> Iterator[Complaint]:
    for number, technique in enumerate(rule.attack):
        if technique not in techniques:
            advice = suggestion(technique, techniques) or "see https://attack.mitre.org"
            yield ("attack", number), f"{technique} is not in rules/{ATTACK}", f"{advice} A real one may be added there"


def _alike(book: Rulebook) -> Iterator[tuple[Rule, Rule]]:
    first: dict[Condition, Rule] = {}
    for rule in book.rules:
        if rule.status is not Status.RETIRED:
            other = first.setdefault(rule.match, rule)
            if other is not rule:
                yield rule, other
