"""Events are the same however the bytes arrive, and one without end costs nothing."""

import json
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.proxy.events import Event, EventSplitter, make_event

STREAM = b'\xef\xbb\xbf: hello\r\rid: 7\r\ndata: {"a":\r\ndata: 1}\r\n\r\nretry: 5\ndata\n\nevent: x\ndata:two\n\nid: 9\n\ndata: cut'


def _split(chunks: list[bytes], limit: int = 1000) -> list[Event | None]:
    splitter = EventSplitter(limit)
    return [event for chunk in chunks for event in splitter.feed(chunk)]


def test_events_are_read_as_the_standard_says() -> None:
    events = [event for event in _split([STREAM]) if event is not None]
    assert [event.data for event in events] == [None, b'{"a":\n1}', b"", b"two", None]
    assert [event.mark for event in events] == [None, "7", None, None, "9"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_events_do_not_depend_on_how_the_bytes_arrive(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[begin:end] for begin, end in pairwise(places)]
    read = [(event.data, event.mark) for event in _split(chunks) if event is not None and (event.data or event.mark)]
    assert read == [(b'{"a":\n1}', "7"), (b"two", None), (None, "9")]


def test_an_event_that_is_too_long_is_skipped_and_the_next_is_read() -> None:
    events = _split([b"data: 12345", b"6789" * 10, b"\n", b"\ndata: next\n\n"], limit=20)
    assert [event.data if event is not None else None for event in events] == [None, b"next"]


def test_an_event_that_is_too_long_is_not_kept() -> None:
    tracemalloc.start()
    try:
        splitter = EventSplitter(1000)
        for _ in range(100):
            list(splitter.feed(b"x" * 100_000))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_an_event_that_is_not_changed_goes_on_byte_for_byte() -> None:
    raw = b'event: message\r\nid: 4\r\ndata:  {"a":1.10}\r\n\r\n'
    (event,) = _split([raw])
    assert event is not None
    assert event.carrying(event.data) == raw


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\u2029"])
def test_no_reader_can_find_a_second_event_in_what_is_sent_on(odd: str) -> None:
    (event,) = _split([f'data: {{"a":"{odd}data: x{odd}{odd}"}}\n\n'.encode()])
    assert event is not None
    assert event.data is not None
    sent = event.carrying(event.data)
    assert len(sent.decode().splitlines()) == 2
    assert json.loads(sent.decode().splitlines()[0][6:]) == json.loads(event.data)


def test_of_a_message_that_does_not_pass_only_the_place_is_left() -> None:
    kept, dropped = _split([b"event: message\nid: 4\nretry: 9\ndata: forged\n\ndata: forged\n\n"])
    assert kept is not None
    assert dropped is not None
    assert (kept.carrying(None), dropped.carrying(None)) == (b"id: 4\nretry: 9\n\n", b"")
    assert kept.carrying(b"{}") == b"event: message\nid: 4\nretry: 9\ndata: {}\n\n"


def test_a_message_becomes_an_event() -> None:
    (event,) = _split([make_event(b"{}")])
    assert event is not None
    assert event.data == b"{}"
