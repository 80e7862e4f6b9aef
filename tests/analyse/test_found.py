"""Programs written to slip past the analyser: each is reported with the power it would use, or as lost from sight."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from validator import judge

ROWS = [json.loads(line) for line in (Path(__file__).parents[2] / "corpus" / "found.jsonl").read_text().splitlines()]


def covered(wanted: list[str], found: set[str]) -> bool:
    return all(any(have == want or have.startswith(f"{want}.") for have in found) for want in wanted)


def lost_from_sight(row: dict[str, str], found: set[str]) -> bool:
    """A value sent through something that holds it may be reported as handed on, even where it is not followed."""
    return row["family"].startswith("laundered-") and covered(["unresolved"], found)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_program_that_would_use_a_power_is_reported_with_it(
    row: dict[str, str], powers: Callable[[str], set[str]]
) -> None:
    found = powers(row["code"])
    assert covered(list(row["capabilities"]), found) or lost_from_sight(row, found)


OPEN = [json.loads(line) for line in (Path(__file__).parents[2] / "corpus" / "open.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("row", OPEN, ids=lambda row: row["id"])
@pytest.mark.xfail(reason="known to escape: once it is caught, its line belongs in corpus/found.jsonl")
def test_a_program_that_is_known_to_escape_is_stopped(row: dict[str, str], powers: Callable[[str], set[str]]) -> None:
    assert covered(list(row["capabilities"]), powers(row["code"]))
    assert judge(row["code"]).outcome != "allow"
