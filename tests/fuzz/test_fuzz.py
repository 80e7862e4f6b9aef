"""Whatever a client says: nothing unjudged reaches the server, everything that may be answered is, and the proxy lives."""

import inspect
from pathlib import Path

import pytest

from tests.fuzz.campaign import Outcome, over_http, over_stdio
from tests.fuzz.grammar import messages
from tests.fuzz.oracle import NOBODY, answerable, calls_in
from validator.cli.proxy import proxy
from validator.proxy.wire import Broken, Message, ToolCall, read_client_line

LISTENS = "listen" in inspect.signature(proxy).parameters


def _assert_sound(outcome: Outcome, sent: int) -> None:
    assert outcome.problems == []
    assert outcome.sent == sent
    # A grammar whose messages are all refused, or all let through, would prove nothing.
    assert sum(outcome.calls.values()) > sent / 20
    assert outcome.decisions["refuse"] > sent / 20


def test_nothing_unjudged_passes_over_stdio_and_all_is_answered_once(tmp_path: Path) -> None:
    _assert_sound(over_stdio(list(messages(seed=1, count=3000)), tmp_path), 3000)


@pytest.mark.skipif(not LISTENS, reason="THE PROXY CANNOT LISTEN: HTTP is not tested")
def test_nothing_unjudged_passes_over_http_and_the_proxy_lives(tmp_path: Path) -> None:
    _assert_sound(over_http(list(messages(seed=2, count=1500)), tmp_path), 1500)


def test_what_the_reader_lets_through_means_one_thing_to_every_reader() -> None:
    # Blank lines are nothing, and never come to the reader.
    for line in filter(bytes.strip, messages(seed=3, count=20_000)):
        match read_client_line(line):
            case ToolCall() as call:
                assert len(calls_in(call.line)) == 1
            case Message() as message:
                assert calls_in(message.line) == []
            case Broken() as broken:
                assert broken.silent or answerable(line) is not None
                assert broken.id is None or answerable(line) != NOBODY


def test_the_grammar_says_the_same_for_the_same_seed_and_never_two_lines_in_one() -> None:
    said = list(messages(seed=4, count=500))
    assert said == list(messages(seed=4, count=500))
    assert said != list(messages(seed=5, count=500))
    assert not any(b"\n" in line for line in said)


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call","params":{}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping","params":{"name":"a"}}',
        b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}}',
        b'[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}]',
        b'{"jsonrpc":"2.0","id":1,"method":" Tools/Call","params":{"name":"a"},"Params":{}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":1,"X":2}}}',
        b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":"\xe2\x80\xa8"}}',
    ],
)
def test_the_oracle_sees_what_a_careless_reader_would(line: bytes) -> None:
    with pytest.raises(ValueError, match="some readers see"):
        calls_in(line)
