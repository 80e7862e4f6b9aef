"""What each value test says of each kind of knowledge, as `where` and as `unless`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "tests.yaml").read_text(encoding="utf-8"))
WHERE = {"passes": True, "fails": False}
UNLESS = {"excuses": False, "accuses": True}


def known(value: Any) -> Known:
    """A value of a case as facts carry it."""
    match value:
        case {"unknown": True}:
            return UNKNOWN
        case {"pieces": pieces}:
            return Partial(tuple(UNKNOWN if piece is None else piece for piece in pieces))
        case {"one_of": options}:
            return Choice(tuple(known(option) for option in options))
        case {"words": words}:
            return tuple(known(word) for word in words)
        case {"long": length}:
            return "x" * int(length)
        case _:
            assert isinstance(value, str | int | float)
            return value


def rows(columns: dict[str, bool]) -> Iterator[Any]:
    """One row for each value of each case: test, settings, value, whether it is reported."""
    for case in CASES:
        settings = {name: tuple(values) for name, values in case.get("settings", {}).items()}
        for column, reported in columns.items():
            for value in case.get(column, ()):
                name = f"{case['promise']}: {column} {str(value)!r}"
                yield pytest.param(case["test"], settings, value, reported, id=name)


def fact(value: Any) -> Fact:
    """A call whose role `r` has a value."""
    roles = {} if value == {"absent": True} else {"r": known(value)}
    return Fact(Kind.CALL, "process.shell", "f", roles)


@pytest.mark.parametrize(("test", "settings", "value", "reported"), tuple(rows(WHERE)))
def test_where_reports_what_may_be(found: Any, test: Any, settings: Any, value: Any, reported: bool) -> None:
    match = yaml.safe_dump({"call": "process.shell", "where": {"r": test}})
    assert bool(found(match, fact(value), settings=settings)) is reported


@pytest.mark.parametrize(("test", "settings", "value", "reported"), tuple(rows(UNLESS)))
def test_unless_excuses_only_what_is_sure(found: Any, test: Any, settings: Any, value: Any, reported: bool) -> None:
    match = yaml.safe_dump({"call": "process.shell", "unless": {"where": {"r": test}}})
    assert bool(found(match, fact(value), settings=settings)) is reported
