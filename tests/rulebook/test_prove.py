"""A rule and the facts of its examples in, what the examples do not prove out."""

from typing import Any

import pytest

from validator.model.fact import Fact, Kind, Span
from validator.rulebook.prove import prove
from validator.rulebook.rule import Example


def shell(line: int, **roles: str) -> Fact:
    return Fact(Kind.CALL, "process.shell", "os.system", roles, Span(line, 1, line, 9))


FOUND = {
    "f()  # <-": [shell(1, command="ls")],
    "g()  # <-": [shell(1, command="ls")],
}


@pytest.mark.parametrize("status", ["draft", "stable", "retired"])
def test_a_rule_whose_examples_hold_is_proved_whatever_its_status(rule_of: Any, book_of: Any, status: str) -> None:
    assert told(rule_of(status=status), book_of, FOUND) == []


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        ({"f()  # <-": []}, ["bad example 1: line 1 is marked and not reported"]),
        (
            {"f()  # <-": [shell(1, command="a"), shell(3, command="b")]},
            ["bad example 1: line 3 is reported and not marked"],
        ),
        (
            {"g()  # <-": [shell(2, command="a")]},
            ["bad example 2: line 1 is marked and not reported", "bad example 2: line 2 is reported and not marked"],
        ),
        ({"2": [shell(1, command="ls")]}, ["good example 2: line 1 is reported"]),
        ({"f()  # <-": [shell(1)], "g()  # <-": [shell(1)]}, ["no bad example fills {command}"]),
    ],
)
def test_what_does_not_hold_is_told(
    rule_of: Any, book_of: Any, found: dict[str, list[Fact]], reasons: list[str]
) -> None:
    assert told(rule_of(), book_of, {**FOUND, **found}) == reasons


def told(rule: Any, book_of: Any, found: dict[str, list[Fact]]) -> list[str]:
    def facts_of(example: Example) -> list[Fact]:
        return found.get(example.code, [])

    return [reason for _, reason, _ in prove(rule, book_of(rule), facts_of)]
