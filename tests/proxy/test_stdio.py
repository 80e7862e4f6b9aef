"""The whole proxy as a process: bad input is refused, nothing unjudged goes on, and the proxy lives on."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proxy.conftest import POLICY, STUB, Converse, call

PING = b'{"jsonrpc":"2.0","id":"last","method":"ping"}'
# What cannot be tied to a request is answered by an error without an id.
UNANSWERABLE = [
    ("not JSON", b"hello", -32700),
    ("not UTF-8", b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', -32700),
    ("a line of 70 MB", b'{"a":"' + b"x" * 70_000_000 + b'"}', -32700),
    ("a batch", b"[" + call(1, "echo") + b"]", -32600),
    ("a fractional id", call(1.5, "echo"), -32600),
    ("an id of null", call(None, "echo"), -32600),
]
# A tool call is refused by a tool result that says why.
REFUSED = [
    ("duplicate keys", call(1, "echo", code=1).replace(b'"code": 1', b'"code":1,"code":2'), "'code' stands twice"),
    ("arguments that are a list", call(1, "echo").replace(b"{}", b"[]"), "arguments"),
    ("a name that is a number", call(1, "echo").replace(b'"echo"', b"5"), "name"),
    ("no params", b'{"jsonrpc":"2.0","id":1,"method":"tools/call"}', "params"),
    ("NaN", call(1, "echo", n=float("nan")), "NaN"),
    ("half a surrogate pair", call(1, "echo", text="\ud800"), "surrogate"),
    ("a hidden tool", call(1, "secret"), "(hidden)"),
    ("code with NUL", call(1, "run_python_code", code="print(1)\x00"), "(verdict)"),
    ("code that is missing", call(1, "run_python_code"), "code"),
    ("code that is a number", call(1, "run_python_code", code=3), "code"),
    ("10 MB of code", call(1, "run_python_code", code="x=1\n" * 2_500_000), "(verdict)"),
]


def test_what_cannot_be_read_is_refused_recorded_and_survived(converse: Converse) -> None:
    seen = converse(*[line for _, line, _ in UNANSWERABLE], PING)
    told = [answer["error"]["code"] for answer in seen.answers if answer["id"] is None]
    assert told == [code for _, _, code in UNANSWERABLE]
    assert seen.answer("last")["result"]
    assert [message["method"] for message in seen.heard] == ["ping"]
    assert [record["rule"] for record in seen.audit] == ["(unreadable call)"] * len(UNANSWERABLE)


def test_bad_tool_calls_are_refused_recorded_and_survived(converse: Converse) -> None:
    seen = converse(*[line for _, line, _ in REFUSED], PING)
    texts = [answer["result"]["content"][0]["text"] for answer in seen.answers if answer["id"] == 1]
    for (name, _, reason), text in zip(REFUSED, texts, strict=True):
        assert text.startswith("[POLICY DENIED]"), name
        assert reason in text, name
    assert seen.answer("last")["result"]
    assert [message["method"] for message in seen.heard] == ["ping"]
    assert [record["decision"] for record in seen.audit] == ["refuse"] * len(REFUSED)


def test_a_tool_call_without_an_id_is_dropped_and_recorded(converse: Converse) -> None:
    seen = converse(b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}}', PING)
    assert [answer["id"] for answer in seen.answers] == ["last"]
    assert [message["method"] for message in seen.heard] == ["ping"]
    assert len(seen.audit) == 1


def test_everything_else_passes_untouched_in_both_directions(converse: Converse) -> None:
    lines = [
        b'{"jsonrpc":"2.0","id":"a","method":"later/method","params":{"new":[1.5,null]},"extra":true}',
        b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"a","progress":1}}',
        b'{"jsonrpc":"2.0","id":"s1","result":{"roots":[]}}',
        call("b", "protocol-error"),
    ]
    seen = converse(*lines)
    assert seen.heard == [json.loads(line) for line in lines]
    assert seen.answer("a")["result"]["future"] == {"a": 1}
    assert seen.answer("b")["error"] == {"code": -32000, "message": "no", "data": {"future": True}}


def test_hidden_tools_are_not_listed_and_nothing_else_is_lost(converse: Converse) -> None:
    result = converse(b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}').answer(1)["result"]
    assert result == {
        "tools": [{"name": "echo", "inputSchema": {"type": "object"}, "future": [None]}],
        "nextCursor": "later",
        "future": 1.5,
    }


def test_junk_and_forged_answers_of_the_server_are_dropped(converse: Converse) -> None:
    seen = converse(call(1, "junk"), call(2, "twice"), PING)
    assert [answer["id"] for answer in seen.answers] == [1, 2, "last"]
    assert "dropped" in seen.stderr
    assert "xxx" not in seen.stderr


def test_calls_that_the_server_takes_with_it_are_answered(converse: Converse) -> None:
    seen = converse(call(1, "silent"), b'{"jsonrpc":"2.0","id":2,"method":"tools/call/not"}', call(3, "die"))
    assert seen.answer(1)["result"]["isError"] is True
    assert seen.answer(2)["result"]
    assert seen.answer(3)["result"]["content"][0]["text"].startswith("[UPSTREAM LOST]")
    assert [record["outcome"] for record in seen.audit if record["event"] == "settled"] == ["lost", "lost"]
    assert seen.exit_code == 3


@pytest.mark.parametrize(
    ("tool", "outcome"), [("echo", "ok"), ("tool-error", "tool error"), ("protocol-error", "protocol error")]
)
def test_the_audit_tells_what_became_of_a_call(converse: Converse, tool: str, outcome: str) -> None:
    decided, settled = converse(call(1, tool)).audit
    assert (decided["tool"], settled["outcome"], settled["of"]) == (tool, outcome, decided["sequence"])


def test_a_limit_says_when_to_come_back(converse: Converse) -> None:
    seen = converse(call(1, "scarce"), call(2, "scarce"))
    refused = seen.answer(2)["result"]
    assert 0 < refused["structuredContent"]["retry_after"] <= 86400
    assert "Retry in " in refused["content"][0]["text"]
    assert len(seen.heard) == 1


def test_the_client_may_leave_first_and_gets_the_code_of_the_server(converse: Converse) -> None:
    seen = converse(call(1, "echo"))
    assert seen.answer(1)["result"]
    assert seen.exit_code == 7
    assert "the server's own words" in seen.stderr


def test_a_server_that_cannot_be_started_is_said_in_one_line(converse: Converse) -> None:
    seen = converse(command=("no-such-server",))
    assert seen.exit_code == 2
    said = [line for line in seen.stderr.splitlines() if not line.startswith("warning: ")]
    assert said == [
        "no-such-server: cannot be started: No such file or directory "
        "(after -- give the command of the server as you would type it in a shell)"
    ]


def test_files_serve_as_well_as_pipes(tmp_path: Path) -> None:
    said, told = tmp_path / "said.jsonl", tmp_path / "told.jsonl"
    said.write_bytes(call(1, "echo") + b"\n" + PING)
    with said.open() as stdin, told.open("w") as stdout:
        command = _proxy(tmp_path, sys.executable, str(STUB), str(tmp_path / "heard.jsonl"))
        subprocess.run(command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, timeout=60, check=False)
    assert [json.loads(line)["id"] for line in told.read_text().splitlines()] == [1, "last"]


def test_a_client_that_no_longer_listens_ends_the_proxy(tmp_path: Path) -> None:
    with _start(_proxy(tmp_path, sys.executable, str(STUB), str(tmp_path / "heard.jsonl"))) as process:
        assert _ping(process)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=30) == 7


def test_a_signal_ends_proxy_and_server(tmp_path: Path) -> None:
    server = ["sh", "-c", 'echo $$ >&2; trap "" TERM; exec "$0" "$@"', sys.executable, str(STUB)]
    with _start(_proxy(tmp_path, *server, str(tmp_path / "heard.jsonl"))) as process:
        assert _ping(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
        assert process.stderr is not None
        number = next(line for line in process.stderr if not line.startswith(b"warning: "))
        with pytest.raises(ProcessLookupError):
            os.kill(int(number), 0)


def test_the_proxy_starts_without_the_sdk() -> None:
    code = "import sys, validator.cli.proxy; sys.exit('mcp' in sys.modules or 'rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _proxy(folder: Path, *server: str) -> list[str]:
    policy = folder / "policy.json"
    policy.write_text(json.dumps(POLICY))
    return [sys.executable, "-m", "validator", "proxy", "--policy", str(policy), "--", *server]


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _ping(process: subprocess.Popen[bytes]) -> bool:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(PING + b"\n")
    process.stdin.flush()
    return b"result" in process.stdout.readline()
