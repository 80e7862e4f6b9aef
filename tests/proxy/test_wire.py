"""What the client may say, and what is refused for which reason."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.proxy.wire import (
    INVALID_REQUEST,
    PARSE_ERROR,
    Broken,
    Message,
    ToolCall,
    is_modern,
    read_client_line,
    read_upstream_line,
)

CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":%s}'
NESTED = "[" * 100_000 + "]" * 100_000

NOT_READABLE = [
    ("not JSON", b"hello", "not JSON"),
    ("half a message", b'{"jsonrpc":"2.0",', "not JSON"),
    ("two messages", b'{"jsonrpc":"2.0","method":"a"}{"jsonrpc":"2.0","method":"b"}', "not JSON"),
    ("a byte order mark", b'\xef\xbb\xbf{"jsonrpc":"2.0","method":"a"}', "not JSON"),
    ("Latin-1", b'{"jsonrpc":"2.0","method":"\xe9"}', "not UTF-8 at byte 28"),
    ("an encoded surrogate", b'{"jsonrpc":"2.0","method":"\xed\xa0\x80"}', "not UTF-8"),
    ("a raw control character", b'{"jsonrpc":"2.0","method":"\x01"}', "not JSON"),
    ("deep nesting", NESTED.encode(), "nested too deeply"),
    ("an endless number", b'{"jsonrpc":"2.0","method":"a","params":{"n":' + b"1" * 5000 + b"}}", "too many digits"),
]

NOT_SOUND = [
    ('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', "batch"),
    ("[]", "batch"),
    ("3", "must be a JSON object"),
    ("{}", "jsonrpc"),
    ('{"id":1,"method":"ping"}', "jsonrpc"),
    ('{"jsonrpc":"1.0","id":1,"method":"ping"}', "jsonrpc"),
    ('{"jsonrpc":"2.0","id":1}', "needs a method"),
    ('{"jsonrpc":"2.0","id":1,"method":null}', "method must be text"),
    ('{"jsonrpc":"2.0","id":null,"method":"ping"}', "id must be"),
    ('{"jsonrpc":"2.0","id":1.0,"method":"tools/call","params":{"name":"a"}}', "id must be"),
    ('{"jsonrpc":"2.0","id":true,"method":"tools/call","params":{"name":"a"}}', "id must be"),
    ('{"jsonrpc":"2.0","id":[1],"method":"ping"}', "id must be"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","error":{}}', "both a request and an answer"),
    ('{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', "needs a method, a result or an error"),
    ('{"jsonrpc":"2.0","result":{}}', "an answer needs an id"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', "only in case"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}}', "only in case"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', "'method' stands twice"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[{"b":1,"b":2}]}}', "'b' stands twice"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":NaN}}', "NaN"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":-Infinity}}', "NaN"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1e999}}', "NaN"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\\ud800"}}', "surrogate"),
    ('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}}', "needs an id"),
    ('{"jsonrpc":"2.0","id":1,"method":" Tools/Call","params":{"name":"a"}}', "is written tools/call"),
    (CALL % "[]", "params of a tool call"),
    (CALL % "null", "params of a tool call"),
    (CALL % "{}", "name of a tool call"),
    (CALL % '{"name":7}', "name of a tool call"),
    (CALL % ('{"name":"%s"}' % ("a" * 257)), "name of a tool call"),
    (CALL % '{"name":"a","arguments":null}', "arguments of a tool call"),
    (CALL % '{"name":"a","arguments":"{}"}', "arguments of a tool call"),
    (CALL % '{"name":"a","Name":"b"}', "only in case"),
    (CALL % '{"name":"a","ARGUMENTS":{}}', "only in case"),
    (CALL % '{"name":"a","arguments":{"code":"1","Code":"2"}}', "only in case"),
]

SOUND = [
    '{"jsonrpc":"2.0","id":"a","method":"ping"}',
    '{"jsonrpc":"2.0","id":-3,"method":"no/such","params":[1],"later":{"x":null}}',
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.5}}',
    '{"jsonrpc":"2.0","id":5,"result":{"action":"accept"}}',
    '{"jsonrpc":"2.0","id":5,"error":{"code":-1,"message":"no"}}',
    CALL % '{"name":"a"}',
    CALL % '{"name":"a","arguments":{"code":"\\u0000"},"task":{"ttl":1},"_meta":{"x":[]}}',
]


@pytest.mark.parametrize(
    ("line", "reason"), [case[1:] for case in NOT_READABLE], ids=[case[0] for case in NOT_READABLE]
)
def test_a_line_that_cannot_be_read_is_a_parse_error_without_an_id(line: bytes, reason: str) -> None:
    broken = read_client_line(line)
    assert isinstance(broken, Broken)
    assert (broken.code, broken.id, broken.silent) == (PARSE_ERROR, None, False)
    assert reason in broken.reason


@pytest.mark.parametrize(("line", "reason"), NOT_SOUND)
def test_a_message_that_two_readers_may_read_in_two_ways_is_refused(line: str, reason: str) -> None:
    broken = read_client_line(line.encode())
    assert isinstance(broken, Broken)
    assert broken.code == INVALID_REQUEST
    assert reason in broken.reason


@pytest.mark.parametrize("line", SOUND)
def test_a_sound_message_keeps_every_field(line: str) -> None:
    message = read_client_line(line.encode())
    assert isinstance(message, Message)
    assert json.loads(message.line) == json.loads(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (CALL % '{"name":"a","arguments":3}', (1, "a", False)),
        (CALL % "{}", (1, "", False)),
        (CALL.replace('"id":1', '"id":1.5') % '{"name":"a"}', (None, "a", False)),
        ('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}}', (None, "a", True)),
        ('{"jsonrpc":"2.0","id":7,"method":3}', (7, None, False)),
        ('{"jsonrpc":"2.0","method":3}', (None, None, True)),
        ('{"jsonrpc":"1.0","id":7,"result":{}}', (7, None, True)),
    ],
)
def test_a_refusal_says_what_can_be_answered(line: str, expected: tuple[object, ...]) -> None:
    broken = read_client_line(line.encode())
    assert isinstance(broken, Broken)
    assert (broken.id, broken.tool, broken.silent) == expected


def test_a_tool_call_is_read_once_for_judge_and_server() -> None:
    call = read_client_line(
        b'{"id":"x","jsonrpc":"2.0","params":{"arguments":{"code":"1"},"name":"run"},"method":"tools/call"}'
    )
    assert isinstance(call, ToolCall)
    assert (call.request, call.tool, call.arguments) == ("x", "run", {"code": "1"})
    assert json.loads(call.line)["params"]["arguments"] == {"code": "1"}


def test_no_reader_can_find_a_second_line_in_what_is_sent_on() -> None:
    smuggled = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x"}}'
    quoted = smuggled.replace('"', '\\"')
    line = f'{{"jsonrpc":"2.0","method":"a","params":{{"a":\r{smuggled}\r,"b":"\u2028{quoted}\u2029\x85"}}}}'
    message = read_client_line(line.encode())
    assert isinstance(message, Message)
    assert len(message.line.decode().splitlines()) == 1
    assert json.loads(message.line) == json.loads(line)


@given(st.text(max_size=40))
def test_text_arrives_as_it_was_sent(text: str) -> None:
    line = json.dumps({"jsonrpc": "2.0", "method": "a", "params": {"text": text}}).encode()
    message = read_client_line(line)
    assert isinstance(message, Message)
    assert json.loads(message.line)["params"]["text"] == text


@pytest.mark.parametrize(
    "line",
    [
        "Processing request of type CallToolRequest",
        '"text"',
        '[{"jsonrpc":"2.0","id":1,"result":{}}]',
        '{"jsonrpc":"2.0","id":true,"result":{}}',
        '{"jsonrpc":"2.0","id":1,"id":2,"result":{}}',
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}',
        '{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","error":{}}',
        '{"jsonrpc":"2.0","method":"a","params":\r{"jsonrpc":"2.0","id":1,"result":{}}\r}',
    ],
)
def test_the_server_cannot_say_what_is_no_single_message(line: str) -> None:
    assert read_upstream_line(line.encode()) is None


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc": "2.0", "id": 1, "result": {"a": 1.10, "b": NaN, "c": "\\ud800"}}',
        b'{"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{"new":[]}}',
        b'{"jsonrpc":"2.0","method":"notifications/message","params":{}}',
    ],
)
def test_what_the_server_says_is_kept_byte_for_byte(line: bytes) -> None:
    for ending in (b"", b"\r"):
        message = read_upstream_line(line + ending)
        assert message is not None
        assert message.line == line


@pytest.mark.parametrize(
    ("version", "modern"),
    [("2026-07-28", True), ("2027-01-01", True), ("2025-11-25", False), (3, False), (None, False)],
)
def test_the_protocol_version_decides_whether_results_name_their_type(version: str | int | None, modern: bool) -> None:
    assert is_modern({"_meta": {"io.modelcontextprotocol/protocolVersion": version}}) is modern
