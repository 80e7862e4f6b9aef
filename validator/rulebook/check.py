"""A rule in, what is poor about it out: examples that prove nothing, prose too long or too short to help."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from validator.rulebook.rule import Rule, Status
from validator.rulebook.vocabulary import PLACEHOLDER, Complaint

MARK: Final = "# <-"
BLANK: Final = "Write here"
"""How every text begins that a scaffold leaves to be written."""

KEBAB: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
LONGEST_PROSE: Final = 600
SHORTEST_PROSE: Final = 20
LABELS: Final = ("name", "message")
PROSE: Final = ("why", "misses", "false_alarms", "remedy")


def marked_lines(code: str) -> frozenset[int]:
    """The lines of an example that its rule must report; a mark on no statement of Python counts too."""
    return frozenset(number for number, line in enumerate(code.split("\n"), 1) if line.rstrip().endswith(MARK))


def check(rule: Rule) -> tuple[Complaint, ...]:
    """Everything about a rule that a reviewer would send back."""
    return (*_naming(rule), *_prose(rule), *_examples(rule), *_weighing(rule))


def _naming(rule: Rule) -> Iterator[Complaint]:
    if not KEBAB.fullmatch(rule.id):
        yield (), "the file name is not several lower-case words joined by '-'", "rename the file"
    for key in LABELS:
        if getattr(rule, key).endswith("."):
            yield (key,), f"{key} ends with a full stop", f"{key} is one line without one"
    if not PLACEHOLDER.search(rule.message):
        yield ("message",), "message names nothing of the code", "use {name} or a role such as {path}"


def _prose(rule: Rule) -> Iterator[Complaint]:
    for key in PROSE:
        text = getattr(rule, key)
        if not SHORTEST_PROSE <= len(text) <= LONGEST_PROSE:
            yield (key,), f"{key} has {len(text)} characters", f"say it in {SHORTEST_PROSE} to {LONGEST_PROSE}"
        if not text.endswith((".", "?", "!")):
            yield (key,), f"{key} ends without a full stop", "write whole sentences"
    for key in (*LABELS, *PROSE):
        if getattr(rule, key).startswith(BLANK):
            yield (key,), f"{key} is still that of the scaffold", "say it in your own words"


def _examples(rule: Rule) -> Iterator[Complaint]:
    for number, example in enumerate(rule.bad):
        where = ("examples", "bad", number, "code")
        if not marked_lines(example.code):
            yield where, f"bad example {number + 1} marks no line", f"end each line that is reported with {MARK!r}"
        if not rule.capability.startswith("unreadable"):
            yield from _parses(where, f"bad example {number + 1}", example.code)
    for number, example in enumerate(rule.good):
        where = ("examples", "good", number, "code")
        if marked_lines(example.code):
            yield where, f"good example {number + 1} marks a line", "a good example is silent"
        yield from _parses(where, f"good example {number + 1}", example.code)
    codes = [example.code for example in (*rule.bad, *rule.good)]
    if len(set(codes)) < len(codes):
        yield ("examples",), "an example stands twice", "show something else"


def _parses(where: tuple[str | int, ...], label: str, code: str) -> Iterator[Complaint]:
    try:
        ast.parse(code)
    except SyntaxError as error:
        yield where, f"{label} is not Python: {error.msg} in line {error.lineno}", "correct the example"


def _weighing(rule: Rule) -> Iterator[Complaint]:
    if rule.status is Status.STABLE and rule.severity in ("high", "critical") and rule.weight < 10:
        advice = "raise the weight or lower the severity"
        yield ("weight",), f"severity {rule.severity} weighs only {rule.weight}", advice
