"""Every technique of hiding, and any two of them in one program, are reported by name: 72 alone, 5,112 ordered pairs.

`pytest tests/analyse/test_pairs.py -s` prints how the pairs were put together, and how many names were asked for.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.analyse.evasions.compose import TECHNIQUES, Nesting, alone, compositions
from tests.analyse.evasions.recipe import Power, Program, Technique
from validator.model.fact import Fact

Facts = Callable[[str | bytes], tuple[Fact, ...]]
# Newer grammar than the oldest interpreter we run on has.
NEWER = {"63", "64"}


def missing(program: Program, facts: Facts) -> list[Power]:
    found = facts(program.text)
    return [power for power in program.powers if not power.named(found)]


def pairs_of(first: Technique) -> Iterator[tuple[str, Program, Nesting]]:
    for second in TECHNIQUES:
        if second is not first:
            for program, nesting in compositions(first, second):
                yield second.id, program, nesting


@pytest.fixture(scope="module", autouse=True)
def summary() -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()
    yield counted
    kinds = ", ".join(f"{counted[nesting]} {nesting}" for nesting in Nesting)
    print(
        f"\n{len(TECHNIQUES)} techniques, {counted['pairs']} pairs: {kinds}; {counted['powers']} powers, {counted['missing']} not named"
    )


@pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda technique: technique.id)
def test_a_technique_is_named_with_what_it_does(technique: Technique, facts: Facts) -> None:
    assert missing(alone(technique), facts) == []


@pytest.mark.parametrize("first", TECHNIQUES, ids=lambda technique: technique.id)
def test_two_techniques_in_one_program_are_both_named(first: Technique, facts: Facts, summary: Counter[str]) -> None:
    lost = []
    for second, program, nesting in pairs_of(first):
        summary.update({nesting: 1, "powers": len(program.powers)})
        absent = missing(program, facts)
        summary["missing"] += len(absent)
        lost += [(second, program.text, power) for power in absent]
    summary["pairs"] += len(TECHNIQUES) - 1
    assert lost == []


@pytest.mark.parametrize("first", [each for each in TECHNIQUES if each.id not in NEWER], ids=lambda each: each.id)
def test_what_is_said_to_be_readable_is_python(first: Technique) -> None:
    for second, program, _ in pairs_of(first):
        if program.fault is None and not program.cells and second not in NEWER:
            ast.parse(program.text)
