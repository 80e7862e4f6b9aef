"""A rule in, what is poor about it out: examples that prove nothing, prose too long or too short to help."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from validator.model.errors import Problem
from validator.rulebook.rule import Rule, Status
from validator.rulebook.vocabulary import PLACEHOLDER

MARK: Final = "# <-"
KEBAB: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
LONGEST_PROSE: Final = 600
SHORTEST_PROSE: Final = 20


def marked_lines(code: str) -> frozenset[int]:
    """The lines of an example that its rule must report; a mark on no statement of Python counts too."""
    return frozenset(number for number, line in enumerate(code.split("\n"), 1) if line.rstrip().endswith(MARK))


def check(rule: Rule) -> tuple[Problem, ...]:
    """Everything about a rule that a reviewer would send back."""
    place = f"{rule.pack}/{rule.id}"
    found = (*_naming(rule), *_prose(rule), *_examples(rule), *_weighing(rule))
    return tuple(Problem(place, reason, advice) for reason, advice in found)


def _naming(rule: Rule) -> Iterator[tuple[str, str]]:
    if not KEBAB.fullmatch(rule.id):
        yield "the file name is not several lower-case words joined by '-'", "rename the file"
    if rule.name.endswith("."):
        yield "name ends with a full stop", "name is a title"
    if not PLACEHOLDER.search(rule.message):
        yield "message names nothing of the code", "use {name} or a role such as {path}"


def _prose(rule: Rule) -> Iterator[tuple[str, str]]:
    for key in ("why", "misses", "false_alarms", "remedy"):
        length = len(getattr(rule, key))
        if not SHORTEST_PROSE <= length <= LONGEST_PROSE:
            yield f"{key} has {length} characters", f"say it in {SHORTEST_PROSE} to {LONGEST_PROSE}"


def _examples(rule: Rule) -> Iterator[tuple[str, str]]:
    for number, example in enumerate(rule.bad, 1):
        if not marked_lines(example.code):
            yield f"bad example {number} marks no line", f"end each line that is reported with {MARK!r}"
        if not rule.capability.startswith("unreadable"):
            yield from _parses(f"bad example {number}", example.code)
    for number, example in enumerate(rule.good, 1):
        if marked_lines(example.code):
            yield f"good example {number} marks a line", "a good example is silent"
        yield from _parses(f"good example {number}", example.code)
    codes = [example.code for example in (*rule.bad, *rule.good)]
    if len(set(codes)) < len(codes):
        yield "an example stands twice", "show something else"


def _parses(label: str, code: str) -> Iterator[tuple[str, str]]:
    try:
        ast.parse(code)
    except SyntaxError as error:
        yield f"{label} is not Python: {error.msg} in line {error.lineno}", "correct the example"


def _weighing(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.status is Status.STABLE and rule.severity in ("high", "critical") and rule.weight < 10:
        yield f"severity {rule.severity} weighs only {rule.weight}", "raise the weight or lower the severity"
