"""A rule reports what code does, however it is written: every bad example is rewritten in many ways, also two at a time."""

import contextlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Final

import pytest

from tests.rules.disguises import DISGUISES, disguise
from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.limits import DEFAULT_LIMITS
from validator.rulebook.load import load_rulebook
from validator.rulebook.prove import find_alone
from validator.rulebook.rule import Example, Rule

BOOK: Final = load_rulebook()
NAMES: Final = tuple(DISGUISES)
UNTOUCHED: Final = ("unreadable", "unresolved.budget")
"""What is too large or no Python stays so, or does not, by its size: a rewrite says nothing about that."""

CASES: Final = [
    (rule, number, bad)
    for rule in BOOK.rules
    if not rule.capability.startswith(UNTOUCHED)
    for number, bad in enumerate(rule.bad)
]
IDS: Final = [f"{rule.id}-{number + 1}" for rule, number, _ in CASES]

CORE: Final = (
    *("in a function", "in a method", "in a try", "in a class", "run from a text", "lines that end in CRLF"),
    *("names in other letters", "imports renamed", "imports by __import__", "imports of single names"),
    *("calls through a lambda", "calls through a dictionary", "calls of a class attribute", "calls through a function"),
    *("attributes by getattr", "arguments unpacked", "texts in two", "texts in pieces", "texts in base64"),
    *("texts through names", "calls through a default", "calls of a loop's name"),
)
NAMELESS: Final = {("in a class", "calls through a function"), ("in a class", "calls of a class attribute")}
"""What is defined in a class body does not see the names that the class has imported: the program would end at once."""

PAIRS: Final = tuple(pair for pair in permutations(CORE, 2) if pair not in NAMELESS)
PAIRS_EACH: Final = 8
STRIDE: Final = 97
"""Has no factor in common with the number of pairs, so that all of them come round, and mixed."""

SHARES: Final = 2
"""An example meets every other rewrite, and the next example of its rule the others: each rule meets all."""

FEWEST: Final = 12
SEEN_BY: Final = 20
"""How many rewrites of an example, and how many examples of a rewrite, there are at least."""

BY_ANOTHER_ROAD: Final = (
    "calls through a lambda", "calls through a default", "calls through a tuple", "calls through a list",
    "calls through a dictionary", "calls through a walrus", "calls through a condition", "calls through an or",
    "calls through a made class", "calls by map", "calls through partial", "calls through an iterator",
)  # fmt: skip
RIGHTLY_HIDDEN: Final[dict[tuple[str, str], str]] = {
    (
        "recursion-without-base",
        name,
    ): "by another road a function calls itself only perhaps, as honest walks of trees do"
    for name in BY_ANOTHER_ROAD
}
"""Rule and rewrite where silence is right, with the reason."""

HARMLESS: Final = {
    "paths": (
        "import os, os.path\nfrom os import path as p\ndef join(left, *, right=None):\n    return os.path.join(left, right)\n"
        "print(join('some folder', right=p.basename('hello/world')), [str(each) for each in (1, 2)], os.sep.join('ab'))"
    ),
    "texts": (
        "import json, textwrap\ndata = {'name': 'Ann', 'town': \"Köln's\"}\nfor key, value in data.items():\n"
        "    print(key.upper(), value.replace('n', 'm'), f'{key:>10}', '{}'.format(value))\n"
        "print(json.dumps(data, indent=2), textwrap.shorten('a long text', width=8))"
    ),
    "classes": (
        "import collections\nPoint = collections.namedtuple('Point', ['left', 'right'])\nclass Shape:\n"
        "    def __init__(self, size):\n        self.size = size\n    def area(self):\n        return self.size ** 2\n"
        "print(Shape(3).area(), Point(left=1, right='two'), sorted(['pear', 'fig'], key=len))"
    ),
    "straight on": "import math\nfrom datetime import date as day\nprint(math.sqrt(16.0), day(2020, 1, 31).isoformat())\nprint('done')",
}


def singles(number: int, bad: Example) -> list[str]:
    """The rewrites of this example's share, or all where too few of these find something to rewrite."""
    share = able(bad, NAMES[number % SHARES :: SHARES])
    return share if len(share) >= FEWEST else able(bad, NAMES)


def able(bad: Example, names: Sequence[str]) -> list[str]:
    return [name for name in names if disguise(bad.code, name) is not None]


def pairs(case: int) -> Iterator[tuple[str, str]]:
    """The next few pairs for each case, so that every pair comes round to several rules."""
    return (PAIRS[step * STRIDE % len(PAIRS)] for step in range(case * PAIRS_EACH, (case + 1) * PAIRS_EACH))


def hidden(rule: Rule, bad: Example, rewrites: Sequence[tuple[str, ...]]) -> list[str]:
    """Every rewrite after which the rule says nothing any more, with what it made of the example."""
    found = []
    for names in rewrites:
        code = disguise(bad.code, *names)
        if code is not None and not any((rule.id, name) in RIGHTLY_HIDDEN for name in names):
            limits = replace(DEFAULT_LIMITS, **bad.limits)
            if not find_alone(rule, judge_argument(Argument(code), BOOK, limits=limits).facts, BOOK):
                found.append(f"{' + '.join(names)}:\n{code}")
    return found


@pytest.mark.parametrize(("rule", "number", "bad"), CASES, ids=IDS)
def test_a_rewrite_hides_no_bad_example(rule: Rule, number: int, bad: Example) -> None:
    assert hidden(rule, bad, [(name,) for name in singles(number, bad)]) == []


@pytest.mark.parametrize("case", range(len(CASES)), ids=IDS)
def test_two_rewrites_together_hide_no_bad_example(case: int) -> None:
    rule, _, bad = CASES[case]
    assert hidden(rule, bad, list(pairs(case))) == []


def test_every_example_meets_many_rewrites_and_every_rewrite_many_examples() -> None:
    met = {identifier: singles(number, bad) for identifier, (_, number, bad) in zip(IDS, CASES, strict=True)}
    assert [identifier for identifier, names in met.items() if len(names) < FEWEST] == []
    often = Counter(name for names in met.values() for name in names)
    assert {name: often[name] for name in NAMES if often[name] < SEEN_BY} == {}


def test_every_pair_of_rewrites_comes_round() -> None:
    met = {pair for case in range(len(CASES)) for pair in pairs(case)}
    assert met == set(PAIRS)


@pytest.mark.parametrize("name", DISGUISES)
def test_a_rewritten_program_does_the_same(name: str) -> None:
    rewritten = {title: disguise(code, name) for title, code in HARMLESS.items()}
    outputs = {title: output(code) for title, code in rewritten.items() if code is not None}
    assert outputs
    assert outputs == {title: output(HARMLESS[title]) for title in outputs}


def output(code: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<harmless>", "exec"), {"__name__": "harmless"})
    return printed.getvalue()
