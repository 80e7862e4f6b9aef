"""A rule in, what a reviewer would send back out."""

from typing import Any

import pytest

from validator.rulebook.check import check, marked_lines

EXAMPLES = {"bad": [{"code": "f()  # <-"}, {"code": "g()  # <-"}], "good": [{"code": "1"}, {"code": "2"}]}


def test_a_good_rule_has_nothing_to_send_back(rule_of: Any) -> None:
    assert check(rule_of()) == ()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"identifier": "rule"}, "file name"),
        ({"identifier": "A_rule"}, "file name"),
        ({"name": "A rule."}, "full stop"),
        ({"message": "something runs"}, "names nothing"),
        ({"why": "Because."}, "why has 8 characters"),
        ({"misses": "x" * 699 + "."}, "misses has 700 characters"),
        ({"message": "{name} runs."}, "message ends with a full stop"),
        ({"remedy": "Write something else here"}, "remedy ends without a full stop"),
        ({"why": "Write here what happens to whom."}, "why is still that of the scaffold"),
        ({"weight": 3}, "severity high weighs only 3"),
        ({"examples": {**EXAMPLES, "bad": [{"code": "f()"}, {"code": "g()  # <-"}]}}, "bad example 1 marks no line"),
        ({"examples": {**EXAMPLES, "good": [{"code": "1"}, {"code": "2  # <-"}]}}, "good example 2 marks a line"),
        ({"examples": {**EXAMPLES, "good": [{"code": "1"}, {"code": "f("}]}}, "good example 2 is not Python"),
        ({"examples": {**EXAMPLES, "good": [{"code": "1"}, {"code": "1"}]}}, "an example stands twice"),
    ],
)
def test_a_poor_rule_is_told_why(rule_of: Any, fields: dict[str, Any], reason: str) -> None:
    ((_, told, advice),) = check(rule_of(**fields))
    assert reason in told
    assert advice


def test_a_rule_on_unreadable_code_may_show_code_that_is_not_python(rule_of: Any) -> None:
    examples = {**EXAMPLES, "bad": [{"code": "f(  # <-"}, {"code": "g)  # <-"}]}
    fields = {"capability": "unreadable.syntax", "examples": examples}
    assert check(rule_of("unreadable: unreadable", **fields)) == ()


def test_marks_stand_at_the_end_of_a_line() -> None:
    assert marked_lines("a  # <-\nb\nc # <- no\nd# <-  \n") == {1, 4}
