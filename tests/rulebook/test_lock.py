"""What is remembered of rules, and what they are now: a change without a new version is told."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from validator.model.errors import RuleError
from validator.rulebook.lock import Entry, compare, entry_of, read_lock, renew, write_lock
from validator.rulebook.pages import Page, parse_page

BEFORE = {"a-rule": Entry(2, "old")}


@pytest.mark.parametrize(
    ("now", "reason", "renewed"),
    [
        ({"a-rule": Entry(2, "old")}, None, {"a-rule": Entry(2, "old")}),
        ({"a-rule": Entry(2, "new")}, "has changed and is still version 2", BEFORE),
        ({"a-rule": Entry(1, "new")}, "went back from version 2 to 1", BEFORE),
        ({"a-rule": Entry(3, "new")}, "is version 3, lock.json has 2", {"a-rule": Entry(3, "new")}),
        ({"a-rule": Entry(3, "old")}, "is version 3, lock.json has 2", {"a-rule": Entry(3, "old")}),
        ({**BEFORE, "b-rule": Entry(1, "x")}, "is not in lock.json", {**BEFORE, "b-rule": Entry(1, "x")}),
        ({}, "is in lock.json and nowhere else", {}),
    ],
)
def test_what_differs_is_told_and_only_honest_changes_are_written(
    now: dict[str, Entry], reason: str | None, renewed: dict[str, Entry]
) -> None:
    assert [told for _, told, _ in compare(BEFORE, now)] == ([reason] if reason else [])
    assert renew(BEFORE, now) == renewed


def test_the_advice_names_the_next_version() -> None:
    ((_, _, advice),) = compare(BEFORE, {"a-rule": Entry(2, "new")})
    assert advice == "set version to 3, then run: validator rules check --write"


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        ({"weight": 41}, True),
        ({"match": {"call": "process"}}, True),
        ({"message": "{name} starts {command}"}, True),
        ({"status": "draft"}, True),
        ({"why": "Twenty other characters."}, False),
        ({"version": 2}, False),
    ],
)
def test_the_digest_changes_with_what_decides_or_tells_a_finding(
    fields: dict[str, object], change: dict[str, Any], matters: bool
) -> None:
    assert (entry_of(page({**fields, **change})).digest != entry_of(page(fields)).digest) is matters


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "lock.json").write_text(write_lock(BEFORE))
    assert read_lock(tmp_path / "lock.json") == BEFORE
    assert read_lock(tmp_path / "missing.json") == {}


@pytest.mark.parametrize("text", ["[", "[]", '{"a-rule": 1}', '{"a-rule": {"version": 1}}'])
def test_a_file_that_is_no_lock_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock.json").write_text(text)
    with pytest.raises(RuleError, match="is not a lock file of rules"):
        read_lock(tmp_path / "lock.json")


def page(fields: dict[str, object]) -> Page:
    found = parse_page(yaml.safe_dump(fields), "a-rule.yaml")
    assert isinstance(found, Page)
    return found
