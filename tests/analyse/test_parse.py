"""What either parser says of an argument is heard: a tree to judge, or the reason why there is none."""

import pytest

from validator.analyse.parse import Parsed, look, parse
from validator.model.argument import Argument
from validator.model.fact import Fact
from validator.model.limits import DEFAULT_LIMITS


def refusal(content: str | bytes) -> Fact:
    """The one fact that says why there is no tree."""
    found = parse(Argument(content), DEFAULT_LIMITS)
    assert isinstance(found, tuple)
    (fact,) = found
    return fact


def parsed(content: str | bytes) -> Parsed:
    found = parse(Argument(content), DEFAULT_LIMITS)
    assert isinstance(found, Parsed)
    return found


@pytest.mark.parametrize(
    "text", ["", "x = 1", "#!/bin/python\n", "\\\nx = 1\n", "if a:\n\x0c x = 1\n", "return 1", "'\\d'", "1if a else 2"]
)
def test_python_is_parsed_by_both_without_a_warning(text: str) -> None:
    assert look(text, DEFAULT_LIMITS) is not None
    assert parsed(text).text == text
    assert parsed(text).facts == ()


@pytest.mark.parametrize("text", ["t'{a}'", "try: pass\nexcept A, B: pass", "def f[T = int](): pass", 'f"{a["b"]}"'])
def test_syntax_of_a_newer_interpreter_is_judged(text: str) -> None:
    assert parsed(text).module.code == text


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("x = (1,\n", "'(' was never closed", 1),
        ("a = 1\nif a\n", "expected ':'", 2),
        ("a = 1\n  b = 2\n", "unexpected indent", 2),
        ("print 1", "Missing parentheses in call to 'print'. Did you mean print(...)?", 1),
        ("'a' t'{b}'", "invalid syntax", 1),
        ("'a' b'b'", "cannot mix bytes and nonbytes literals", 1),
        ("rm -rf /", "invalid syntax", 1),
    ],
)
def test_what_nobody_can_parse_is_refused_with_reason_and_line(text: str, reason: str, line: int) -> None:
    fact = refusal(text)
    assert (fact.capability, fact.name) == ("unreadable.syntax", reason)
    assert fact.span.line == line


@pytest.mark.parametrize("text", ["if a:\n        x\n\ty\n", "if a:\n \\\n b\n c\n"])
def test_what_only_one_of_them_reads_is_unreadable_if_it_is_not_the_judged_one(text: str) -> None:
    assert refusal(text).capability == "unreadable.syntax"


@pytest.mark.parametrize(("text", "kept"), [("  f()", "f()"), ("\tx = 1\ny = 2\n", "x = 1\ny = 2\n")])
def test_blanks_before_the_first_statement_do_not_hide_it(text: str, kept: str) -> None:
    assert parsed(text).text == kept


def test_blanks_before_a_block_that_needs_them_are_not_lost() -> None:
    assert refusal("  x = 1\n  y = 2\n").name == "unexpected indent"


@pytest.mark.parametrize(
    ("content", "capability"),
    [
        ("x" * 300_000, "unreadable.size"),
        (b"\xff", "unreadable.encoding"),
        ("# coding: utf-7\n", "unreadable.encoding"),
        ("(" * 3_000, "unreadable.shape"),
        ("a " * 100_000, "unreadable.shape"),
    ],
)
def test_the_guards_come_before_the_parsers(content: str | bytes, capability: str) -> None:
    assert refusal(content).capability == capability


def test_line_ends_are_those_that_python_sees() -> None:
    assert parsed("# comment\rimport os\r\nx").module.code == "# comment\nimport os\nx"


@pytest.mark.parametrize(
    "text",
    [
        "assert(lambda: 0)",
        "def f():\n    return(a if b else c)",
        "x = not(lambda: 0)",
        "if(a if b else c): pass",
        "print('\\x0c if(x)', not(a if b else c))",
        "for x in(a if b else c): pass",
    ],
)
def test_a_parenthesis_may_follow_a_keyword_at_once(text: str) -> None:
    found = parsed(text)
    assert (found.text, found.module.code.replace(" ", "")) == (text, text.replace(" ", ""))
