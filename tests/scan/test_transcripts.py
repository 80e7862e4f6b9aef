"""Promises of transcripts: the code of every tool call is found, by the form of the call, wherever it stands."""

import json
from pathlib import Path
from typing import Any

import pytest

from validator.scan.inputs.find import find_series
from validator.scan.inputs.options import Reading
from validator.scan.sample import Sample, Series

MCP = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
CALLS: dict[str, tuple[Any, str]] = {
    "MCP": (
        {**MCP, "params": {"name": "run_python_code", "arguments": {"code": "x"}}},
        "/params/arguments/code",
    ),
    "MCP in an envelope": (
        {"at": 1, "message": {**MCP, "params": {"name": "execute_python", "arguments": {"script": "x"}}}},
        "/message/params/arguments/script",
    ),
    "Anthropic": (
        {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "name": "run", "input": {"code": "x"}}]}]},
        "/messages/0/content/0/input/code",
    ),
    "OpenAI chat": (
        {
            "messages": [
                {"role": "assistant", "tool_calls": [{"function": {"name": "p", "arguments": '{"code": "x"}'}}]}
            ]
        },
        "/messages/0/tool_calls/0/function/arguments/code",
    ),
    "OpenAI responses": (
        {"output": [{"type": "function_call", "name": "p", "arguments": '{"code": "x"}'}]},
        "/output/0/arguments/code",
    ),
    "OpenAI code interpreter": (
        {"output": [{"type": "code_interpreter_call", "code": "x", "container_id": "c"}]},
        "/output/0/code",
    ),
    "code without JSON around it": (
        {"output": [{"type": "function_call", "name": "python", "arguments": "x"}]},
        "/output/0/arguments",
    ),
    "our audit": ({"event": "decided", "decision": "forward", "code": ["x"], "lines": 1}, "/code/0"),
}


def find(path: Path, *records: Any) -> list[Series]:
    file = path / "log.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return list(find_series([file], Reading()))


def samples(path: Path, *records: Any) -> list[Sample]:
    return [sample for series in find(path, *records) for sample in series.samples]


@pytest.mark.parametrize("name", CALLS)
def test_the_code_of_a_call_is_found_with_its_pointer(tmp_path: Path, name: str) -> None:
    record, pointer = CALLS[name]
    (sample,) = samples(tmp_path, record)
    assert (sample.content, sample.place.part, sample.place.line, sample.problem) == ("x", pointer, 1, "")


@pytest.mark.parametrize(
    "record",
    [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize"},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
        {"messages": [{"role": "user", "content": "hello"}]},
        {"event": "settled", "of": 1},
        {**MCP, "params": {"name": "read_file", "arguments": {"path": "x"}}},
    ],
)
def test_what_tells_of_no_code_is_no_sample(tmp_path: Path, record: Any) -> None:
    assert samples(tmp_path, record) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({**MCP, "params": {"name": "run_python_code", "arguments": {}}}, "takes code in args.code"),
        ({**MCP, "params": {"name": "run_python_code", "arguments": {"code": 7}}}, "cannot be read"),
        ({**MCP, "params": {"name": "run_python_code", "arguments": [7]}}, "not an object"),
        ({"event": "decided", "decision": "forward", "lines": 3}, "kept without the code"),
    ],
)
def test_code_that_should_be_there_and_is_not_is_a_sample_with_a_problem(
    tmp_path: Path, record: Any, reason: str
) -> None:
    (sample,) = samples(tmp_path, record)
    assert reason in sample.problem


def test_calls_of_one_log_that_name_a_session_are_one_series(tmp_path: Path) -> None:
    calls = [
        {**MCP, "params": {"name": "run_python_code", "arguments": {"code": code, "session_id": session}}}
        for code, session in (("1", "a"), ("2", "b"), ("3", "a"))
    ]
    (series,) = find(tmp_path, *calls)
    assert [each.content for each in series.samples] == ["1", "2", "3"]
    assert series.samples[0].session == series.samples[2].session != series.samples[1].session


def test_two_conversations_share_no_session(tmp_path: Path) -> None:
    record, _ = CALLS["OpenAI code interpreter"]
    one, two = samples(tmp_path, record, record)
    assert one.session != two.session


def test_a_series_too_long_to_hold_goes_on_as_one_whose_past_is_not_known(tmp_path: Path) -> None:
    call = {**MCP, "params": {"name": "run_python_code", "arguments": {"code": "1", "session_id": "a"}}}
    found = find(tmp_path, *[call] * 600)
    assert [len(series.samples) for series in found] == [256, 256, 88]
    assert [series.broken for series in found] == [False, True, True]
