"""Lines are the same however the bytes arrive, and a line without end costs nothing."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from validator.proxy.lines import LineSplitter


def _split(chunks: list[bytes], limit: int = 1000) -> list[bytes | None]:
    splitter = LineSplitter(limit)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return [*lines, *splitter.finish()]


@given(st.lists(st.binary(max_size=8).map(lambda chunk: chunk.replace(b"\x00", b"\n")), max_size=20))
def test_lines_do_not_depend_on_how_the_bytes_arrive(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    expected = whole.removesuffix(b"\n").split(b"\n") if whole else []
    assert _split(chunks) == expected


def test_a_last_line_without_newline_counts() -> None:
    assert _split([b"a\nb"]) == [b"a", b"b"]


def test_only_a_newline_ends_a_line() -> None:
    assert _split([b"a\rb\x0c\xe2\x80\xa8c\n"]) == [b"a\rb\x0c\xe2\x80\xa8c"]


def test_the_line_after_one_that_is_too_long_is_read_again() -> None:
    assert _split([b"ok\n", b"123", b"456", b"78", b"9\nnext\n1234567"], limit=6) == [b"ok", None, b"next", None]


def test_a_line_of_the_longest_length_is_kept() -> None:
    assert _split([b"123456\n"], limit=6) == [b"123456"]


def test_a_line_that_is_too_long_is_not_kept() -> None:
    tracemalloc.start()
    try:
        splitter = LineSplitter(1000)
        for _ in range(100):
            list(splitter.feed(b"x" * 100_000))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
