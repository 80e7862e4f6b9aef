"""Promises of the page for a person: the place is shown, and nothing hostile reaches the terminal."""

import pytest

from validator.model.fact import Fact, Kind, Span
from validator.model.finding import Confidence, Finding, Severity
from validator.model.verdict import Outcome, Verdict
from validator.scan.inspect import Judge, inspect_sample
from validator.scan.page import draw_page
from validator.scan.sample import Sample
from validator.scan.terminal import coloured, plain, visible, width


def draw(content: str | bytes, judge: Judge) -> list[str]:
    sample = Sample("x.py", content)
    return draw_page(sample, inspect_sample(sample, judge), plain).splitlines()


def test_the_verdict_comes_first(judge: Judge) -> None:
    assert draw("bad", judge)[0] == "DENY  score 80 of 100, 1 finding  x.py"


def test_clean_code_gets_a_short_page(judge: Judge) -> None:
    assert draw("1", judge) == ["ALLOW  score 0 of 100, no findings  x.py", "", "Capabilities: none"]


@pytest.mark.parametrize(
    ("content", "quoted", "caret"),
    [
        ("x = bad()", "    1 | x = bad()", "      |     ^^^"),
        ("1\r\nbad", "    2 | bad", "      | ^^^"),
        ("\tbad", "    1 |     bad", "      |     ^^^"),
        ("'\x1b[2J'; bad", "    1 | '\\x1b[2J'; bad", "      |            ^^^"),
        ("'日本'; bad", "    1 | '日本'; bad", "      |         ^^^"),
        ("'\u202e'; bad", "    1 | '\\u202e'; bad", "      |           ^^^"),
        (b"'\xff'; bad", "    1 | '\\xff'; bad", "      |         ^^^"),
    ],
)
def test_the_caret_stands_under_what_was_found(judge: Judge, content: str | bytes, quoted: str, caret: str) -> None:
    text = content.decode("utf-8", "backslashreplace") if isinstance(content, bytes) else content
    page = draw_page(Sample("x.py", content), inspect_sample(Sample("x.py", text), judge), plain).splitlines()
    assert page[3:5] == [quoted, caret]


def test_a_long_line_is_cut_around_what_was_found(judge: Judge) -> None:
    page = draw("x" * 5000 + "bad" + "y" * 5000, judge)
    assert "bad" in page[3]
    assert max(map(len, page)) < 120
    assert page[3].index("bad") == page[4].index("^^^")


def test_each_finding_says_why_and_what_to_do_instead(judge: Judge) -> None:
    assert draw("bad", judge)[5:7] == ["  says bad", "  Instead: Say less."]


def test_a_rule_is_explained_once_for_all_its_places() -> None:
    facts = [Fact(Kind.CALL, "process.shell", "bad", span=Span(line, 1, line, 4)) for line in (3, 1, 1, 9)]
    findings = tuple(
        Finding("no-bad", Severity.LOW, Confidence.LOW, 5, "says bad", "Say less.", fact) for fact in facts
    )
    verdict = Verdict(Outcome.ALLOW, 5, findings, tuple(facts), ("process.shell",), "", "balanced")
    page = draw_page(Sample("x.py", "bad\n2\nbad"), verdict, plain).splitlines()
    assert page[2:-2] == [
        "no-bad  low, 5 points",
        *("    1 | bad", "      | ^^^", "  says bad"),
        *("    3 | bad", "      | ^^^", "  says bad"),
        *("  line 9", "  says bad"),
        "  Instead: Say less.",
    ]


def test_of_many_places_a_few_are_shown_and_the_rest_counted() -> None:
    facts = [Fact(Kind.CALL, "process.shell", "bad", span=Span(line, 1, line, 4)) for line in range(1, 31)]
    findings = tuple(Finding("no-bad", Severity.LOW, Confidence.LOW, 5, "says bad", "", fact) for fact in facts)
    verdict = Verdict(Outcome.ALLOW, 5, findings, tuple(facts), (), "", "balanced")
    assert "  and in 25 more places" in draw_page(Sample("x.py", "bad\n" * 30), verdict, plain).splitlines()


@pytest.mark.parametrize("hostile", ["\x1b[31m", "\r", "\x9b", "\u202e", "\u2066", "\x00", "\ud800", "\x7f"])
def test_no_character_that_steers_a_terminal_is_shown(hostile: str) -> None:
    assert hostile not in visible(f"a{hostile}b")
    assert visible("naïve → 日本") == "naïve → 日本"


def test_width_counts_cells_and_not_characters() -> None:
    assert [width(text) for text in ("ab", "日本", "e\u0301", "\t")] == [2, 4, 1, 4]


def test_colours_are_escapes_around_the_text() -> None:
    assert coloured("deny", "red") == "\033[31mdeny\033[0m"
    assert plain("deny", "red") == "deny"
