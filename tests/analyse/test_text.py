"""Content is read as Python would read it, and what could be read in two ways is not read at all."""

import pytest

from validator.analyse.text import decode
from validator.model.fact import Fact, Span
from validator.model.limits import DEFAULT_LIMITS, Limits


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", ""),
        (b"", ""),
        ("x = 1", "x = 1"),
        (b"x = 'caf\xc3\xa9'", "x = 'café'"),
        (b"\xef\xbb\xbfx = 1", "x = 1"),
        ("\ufeffx = 1", "x = 1"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("# nothing here\rimport os", "# nothing here\nimport os"),
        ("#!/usr/bin/env python3\nx", "#!/usr/bin/env python3\nx"),
        ("\x0cx = 1\x0c", "\x0cx = 1\x0c"),
        ("x = '\u200f'", "x = '\u200f'"),
    ],
)
def test_text_is_read_as_python_reads_it(content: str | bytes, text: str) -> None:
    assert decode(content, DEFAULT_LIMITS) == text


@pytest.mark.parametrize(
    ("content", "name", "place"),
    [
        (b"x = '\xff'", "byte 6 is not UTF-8", (1, 1)),
        ("x\0", "a NUL character", (1, 2)),
        (b"#\0", "a NUL character", (1, 2)),
        ("a\n'\ud800'", "half a surrogate pair", (2, 2)),
        ("a\n# \u202e", "a bidirectional control character (U+202E)", (2, 3)),
        ("'\u2067'", "a bidirectional control character (U+2067)", (1, 2)),
        ("# coding: utf-7\n", "declares the encoding utf-7", (1, 11)),
        (b"\xff\xfex\0", "byte 1 is not UTF-8", (1, 1)),
    ],
)
def test_text_that_hides_text_is_not_read(content: str | bytes, name: str, place: tuple[int, int]) -> None:
    found = decode(content, DEFAULT_LIMITS)
    assert isinstance(found, Fact)
    assert (found.capability, found.name) == ("unreadable.encoding", name)
    assert (found.span.line, found.span.column) == place


@pytest.mark.parametrize(
    "name", ["utf-8", "UTF8", "utf_8", "utf-8-sig", "utf-8-unix", "ascii", "us-ascii", "latin-1", "cp1252"]
)
def test_an_encoding_that_reads_this_text_the_same_is_accepted(name: str) -> None:
    assert decode(f"# -*- coding: {name} -*-\nx", DEFAULT_LIMITS) == f"# -*- coding: {name} -*-\nx"


@pytest.mark.parametrize(
    "name", ["utf-7", "unicode_escape", "raw_unicode_escape", "rot13", "utf-16", "cp037", "nonsense"]
)
@pytest.mark.parametrize("before", ["", "\n", "#!/bin/python\n", "\x0c\r", "\ufeff", " \t"])
def test_an_encoding_that_may_read_other_text_is_refused_on_both_first_lines(name: str, before: str) -> None:
    assert isinstance(decode(f"{before}# vim: set fileencoding={name}:\nx", DEFAULT_LIMITS), Fact)


@pytest.mark.parametrize(
    "text", ["\n\n# coding: utf-7\n", "x = 1\n# coding: utf-7\n", "x = '# coding: utf-7'\n", "# a coding style\n"]
)
def test_only_a_declaration_where_python_looks_for_one_counts(text: str) -> None:
    assert decode(text, DEFAULT_LIMITS) == text


def test_an_encoding_of_western_letters_is_refused_where_there_are_such_letters() -> None:
    assert isinstance(decode("# coding: latin-1\nx = 'é'", DEFAULT_LIMITS), Fact)


@pytest.mark.parametrize(
    ("content", "fits"), [("abcd", True), ("abcde", False), ("éé", True), ("ééa", False), (b"abcde", False)]
)
def test_size_is_counted_in_bytes(content: str | bytes, fits: bool) -> None:
    found = decode(content, Limits(size=4))
    assert isinstance(found, str) is fits
    assert fits or (isinstance(found, Fact) and found.capability == "unreadable.size")


def test_a_place_is_a_span_of_one_character() -> None:
    found = decode("ab\0", DEFAULT_LIMITS)
    assert isinstance(found, Fact)
    assert found.span == Span(1, 3, 1, 4)
