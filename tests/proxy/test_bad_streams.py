"""Servers and clients that break the rules of their pipes: the proxy answers what it can, ends, and says with what code."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.proxy.conftest import Conversation, Converse, call

UNRULY = Path(__file__).parent / "stubs" / "unruly.py"
Behave: TypeAlias = Callable[..., Conversation]
OK = {"content": []}
MUCH = 50_000_000


@pytest.fixture
def behave(converse: Converse) -> Behave:
    """Talk to a server that behaves as it is told."""

    def behave(how: str, *lines: bytes) -> Conversation:
        return converse(*lines, command=(sys.executable, str(UNRULY), how))

    return behave


def _is_lost(answer: dict[str, Any]) -> bool:
    text: str = answer["result"]["content"][0]["text"]
    return text.startswith("[UPSTREAM LOST]")


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("exits_at_once", 4),
        ("closes_stdout", 0),
        ("stops_within_an_answer", 5),
        ("says_junk_before_json_in_one_line", 0),
    ],
)
def test_a_server_that_does_not_answer_has_lost_the_call_and_its_end_is_told(
    behave: Behave, how: str, code: int
) -> None:
    seen = behave(how, call(1, "echo"))
    assert [answer["id"] for answer in seen.answers] == [1]
    assert _is_lost(seen.answer(1))
    assert seen.exit_code == code
    assert "Traceback" not in seen.stderr


@pytest.mark.parametrize(
    "how",
    [
        "greets_with_junk",
        "floods_with_junk",
        "says_a_line_without_end",
        "answers_in_pieces",
        "ends_after_half_a_line_of_utf8",
    ],
)
def test_an_answer_is_found_among_whatever_else_is_said(behave: Behave, how: str) -> None:
    seen = behave(how, call(1, "echo"))
    assert [(answer["id"], answer["result"]) for answer in seen.answers] == [(1, OK)]
    assert seen.exit_code == 0


def test_a_flood_of_junk_leaves_a_few_lines_in_the_log(behave: Behave) -> None:
    seen = behave("floods_with_junk", call(1, "echo"), call(2, "echo"))
    assert len(seen.answers) == 2
    assert len([line for line in seen.stderr.splitlines() if "dropped" in line]) < 30


def test_a_flood_of_notifications_arrives_whole_and_in_order(behave: Behave) -> None:
    seen = behave("floods_with_notifications", call(1, "echo"))
    assert [answer.get("id") for answer in seen.answers] == [None] * 2_000 + [1]


def test_the_first_of_several_answers_counts(behave: Behave) -> None:
    seen = behave("answers_twice", call(1, "echo"), call(2, "echo"))
    assert [(answer["id"], answer["result"]["number"]) for answer in seen.answers] == [(1, 1), (2, 1)]
    assert [record["outcome"] for record in seen.audit if record["event"] == "settled"] == ["ok", "ok"]


def test_answers_may_come_in_any_order(behave: Behave) -> None:
    seen = behave("answers_backwards", *[call(number, "echo") for number in range(50)])
    assert [answer["id"] for answer in seen.answers] == list(range(49, -1, -1))


def test_a_server_that_stops_listening_leaves_no_call_unanswered(behave: Behave) -> None:
    lines = [call(number, "echo", text="x" * 10_000) for number in range(200)]
    seen = behave("closes_stdin", *lines)
    assert sorted(answer["id"] for answer in seen.answers) == list(range(len(seen.answers)))
    assert seen.answer(0)["result"] == OK
    assert all(_is_lost(answer) for answer in seen.answers if answer["id"] != 0)


def test_a_call_to_a_server_that_hangs_is_lost_when_the_client_ends_the_proxy(tmp_path: Path) -> None:
    with _proxy(tmp_path, "hangs") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(call(1, "echo") + b"\n")
        process.stdin.flush()
        assert b"ready" in process.stdout.readline()
        process.terminate()
        assert _is_lost(json.loads(process.stdout.readline()))
        assert process.wait(timeout=30) == 143


def test_of_what_a_server_does_not_read_little_is_taken(tmp_path: Path) -> None:
    with _proxy(tmp_path, "never_reads") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert b"ready" in process.stdout.readline()
        assert _push(process.stdin.fileno(), call(1, "echo", text="x" * 1_000_000) + b"\n") < MUCH
        process.terminate()
        assert process.wait(timeout=30) == 143
        process.stdin.close()


def test_64_megabytes_of_code_are_refused_and_the_next_call_is_answered(behave: Behave) -> None:
    huge = call(1, "run_python_code", code="x" * (64 * 1024 * 1024 - 200))
    seen = behave("greets_with_junk", huge, call(2, "echo"))
    assert seen.answer(1)["result"]["content"][0]["text"].startswith("[POLICY DENIED]")
    assert seen.answer(2)["result"] == OK
    assert len(seen.heard) == 1


def test_64_megabytes_for_a_tool_without_code_arrive_whole(behave: Behave) -> None:
    seen = behave("answers_in_pieces", call(1, "echo", text="x" * (64 * 1024 * 1024 - 200)))
    assert seen.answer(1)["result"] == OK
    assert len(seen.heard[0]["params"]["arguments"]["text"]) == 64 * 1024 * 1024 - 200


def test_more_than_64_megabytes_are_refused_without_an_id(behave: Behave) -> None:
    seen = behave("greets_with_junk", call(1, "echo", text="x" * 64 * 1024 * 1024), call(2, "echo"))
    assert [answer["id"] for answer in seen.answers] == [None, 2]
    assert "longer than" in seen.answers[0]["error"]["message"]


def test_a_client_that_closes_its_side_gets_every_answer(behave: Behave) -> None:
    seen = behave("answers_backwards", *[call(number, "echo") for number in range(20)])
    assert len(seen.answers) == 20


def test_a_client_that_stops_within_a_line_is_told_so(converse: Converse) -> None:
    seen = converse(call(1, "echo"), call(2, "echo")[:40])
    assert {answer["id"] for answer in seen.answers} == {1, None}
    assert [message["id"] for message in seen.heard] == [1]


def test_a_client_that_says_nothing_ends_the_proxy_with_the_code_of_the_server(converse: Converse) -> None:
    assert converse().exit_code == 7


def _proxy(folder: Path, how: str) -> "subprocess.Popen[bytes]":
    policy = folder / "policy.json"
    policy.write_text(json.dumps({"version": "1", "default": "allow"}))
    proxy = [
        sys.executable,
        "-m",
        "validator",
        "proxy",
        "--policy",
        str(policy),
        "--audit",
        "none",
        "--store",
        "memory",
    ]
    server = [sys.executable, str(UNRULY), how, str(folder / "heard")]
    environment = {**os.environ, "VALIDATOR_STATE": str(folder / "state")}
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen([*proxy, "--", *server], stdin=pipe, stdout=pipe, stderr=quiet, env=environment, bufsize=0)


def _push(pipe: int, line: bytes) -> int:
    """Write a line over and over until it is no longer taken; gives how many bytes were."""
    os.set_blocking(pipe, False)
    taken = 0
    while taken < MUCH and select.select([], [pipe], [], 2)[1]:
        taken += os.write(pipe, line[taken % len(line) :])
    return taken
