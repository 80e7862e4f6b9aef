"""Lines in, what became of them out: sent through a real proxy to a server that keeps all it hears, over either transport."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fuzz.oracle import NOBODY, Heard, Id, answerable, calls_in, cancelled_by, name_of, recorded

RECORDER = Path(__file__).parent / "recorder.py"
POLICY = {"version": "1", "default": "allow", "hide": ["secret"], "code": {"profile": "balanced"}, "tools": {}}
LAST = b'{"jsonrpc":"2.0","id":"the-end","method":"ping"}'
HELLO = b'{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{}}'
MODERN = {"MCP-Protocol-Version": "2026-07-28"}
THREADS = 4


@dataclass(slots=True)
class Outcome:
    """What was seen on all sides. `problems` says what should not have been, one line each."""

    sent: int = 0
    seconds: float = 0.0
    heard: int = 0
    calls: Counter[Heard] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def over_stdio(lines: Sequence[bytes], folder: Path) -> Outcome:
    """Say all lines on one pair of pipes, close our side, and compare what was heard, answered and recorded."""
    outcome = Outcome(len(lines))
    pipe = subprocess.PIPE
    begun = time.monotonic()
    with (
        (folder / "log.txt").open("wb") as log,
        subprocess.Popen(_command(folder), stdin=pipe, stdout=pipe, stderr=log, env=_environment(folder)) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        writer = threading.Thread(target=_say, args=[process.stdin, [*lines, LAST]])
        writer.start()
        answers = [json.loads(line) for line in process.stdout]
        writer.join()
    outcome.seconds = time.monotonic() - begun
    outcome.answers = len(answers)
    if process.returncode != 0:
        outcome.problems.append(f"the proxy ended with {process.returncode}: {(folder / 'log.txt').read_text()[-500:]}")
    _compare_answers(lines, [name_of(answer.get("id")) for answer in answers], outcome)
    _compare_calls(folder, outcome, with_ids=True)
    return outcome


def over_http(lines: Sequence[bytes], folder: Path) -> Outcome:
    """Post every line, most in one session and some without, and compare likewise; an answer comes with its request."""
    outcome = Outcome(len(lines))
    with _listening(folder) as url, closing(_connect(url)) as connection:
        session = _post(connection, HELLO, {})[1]["mcp-session-id"]
        begun = time.monotonic()
        with ThreadPoolExecutor(THREADS) as threads:
            # In runs of neighbours: a line that cancels a call of a moment ago never comes while that is in flight.
            size = -(-len(lines) // THREADS)
            parts = [(url, session, lines[start : start + size]) for start in range(0, len(lines), size)]
            for part in threads.map(lambda each: _post_all(*each), parts):
                outcome.answers += part.answers
                outcome.statuses += part.statuses
                outcome.problems += part.problems
        outcome.seconds = time.monotonic() - begun
        connection.close()  # It has rested for long; the next request opens it anew.
        if _post(connection, LAST, {"Mcp-Session-Id": session})[0] != 200:
            outcome.problems.append("the proxy no longer answers")
    _compare_calls(folder, outcome, with_ids=False)
    return outcome


def _compare_answers(lines: Sequence[bytes], answers: list[Id], outcome: Outcome) -> None:
    """Each line that may be answered is answered once, under its id; one without a usable id under none."""
    due = Counter(expected for line in [*lines, LAST] if (expected := answerable(line)) is not None)
    cancelled = {each for line in lines if (each := cancelled_by(line)) is not None}
    given = Counter(answers)
    # An id that is used again while its request waits is refused without one; a cancelled request is not answered.
    loose = {each for each, count in due.items() if count > 1 or each in cancelled} | {NOBODY}
    for each in due.keys() | given.keys():
        if each not in loose and due[each] != given[each]:
            outcome.problems.append(f"id {each}: {due[each]} answers are due, {given[each]} were given")
        if each != NOBODY and given[each] > due[each]:
            outcome.problems.append(f"id {each}: {given[each]} answers were given, {due[each]} are due")
    missing = sum(due.values()) - sum(given.values())
    if not 0 <= missing <= sum(due[each] for each in cancelled):
        outcome.problems.append(f"{missing} answers are missing in all")


def _compare_calls(folder: Path, outcome: Outcome, *, with_ids: bool) -> None:
    """Every call that was heard was let through by a decision with the same code, and there is no other line in doubt."""
    heard: Counter[Heard] = Counter()
    for file in folder.glob("heard-*"):
        for line in file.read_bytes().splitlines(keepends=True):
            outcome.heard += 1
            try:
                heard.update(calls_in(line.removesuffix(b"\n")))
            except ValueError as error:
                outcome.problems.append(str(error)[:500])
    records = [json.loads(line) for line in (folder / "audit.jsonl").read_text("utf-8").splitlines()]
    decided = [record for record in records if record["event"] == "decided"]
    outcome.decisions = Counter(record["decision"] for record in decided)
    outcome.calls = heard
    never_sent = {record["of"] for record in records if record["event"] == "settled" and record["outcome"] == "not run"}
    forwarded = [
        record for record in decided if record["decision"] == "forward" and record["sequence"] not in never_sent
    ]
    allowed = Counter(map(recorded, forwarded))
    if not with_ids:
        heard, allowed = _without_ids(heard), _without_ids(allowed)
    outcome.problems += [f"heard, but not judged: {call}" for call in (heard - allowed)]
    outcome.problems += [f"judged, but not heard: {call}" for call in (allowed - heard)]


def _without_ids(calls: Counter[Heard]) -> Counter[Heard]:
    plain: Counter[Heard] = Counter()
    for call, count in calls.items():
        plain[replace(call, request="")] += count
    return plain


def _say(pipe: Any, lines: Iterable[bytes]) -> None:
    try:
        for line in lines:
            pipe.write(line + b"\n")
        pipe.close()
    except BrokenPipeError:
        # The proxy has ended, which is told by its exit code.
        return


def _connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)


def _post_all(url: str, session: str, lines: Sequence[bytes]) -> Outcome:
    with closing(_connect(url)) as connection:
        return _post_each(connection, session, lines)


def _post_each(connection: http.client.HTTPConnection, session: str, lines: Sequence[bytes]) -> Outcome:
    part = Outcome()
    for number, line in enumerate(lines):
        headers = MODERN if number % 4 == 3 else {"Mcp-Session-Id": session}
        try:
            status, _, body = _post(connection, line, headers)
        except (OSError, http.client.HTTPException) as error:
            part.problems.append(f"no answer ({error!r}) to {line[:200]!r}")
            connection.close()
            continue
        part.statuses[status] += 1
        answers = _answers(body)
        part.answers += len(answers)
        due = answerable(line)
        if status >= 500 or len(answers) > 1 or (status == 200 and due is not None and due not in (*answers, NOBODY)):
            part.problems.append(f"status {status} and {len(answers)} answers to {line[:200]!r}")
    return part


def _post(
    connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    connection.request("POST", "/mcp", body, usual | headers)
    answer = connection.getresponse()
    return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()


def _answers(body: bytes) -> list[Id]:
    """The ids of the JSON-RPC answers in a body, plain or a stream of events."""
    texts = [line[5:] for line in body.split(b"\n") if line.startswith(b"data:") and line[5:].strip()]
    if not texts and body[:1] == b"{":
        texts = [body]
    messages = map(json.loads, texts)
    return [name_of(message.get("id")) for message in messages if "result" in message or "error" in message]


@contextmanager
def _listening(folder: Path) -> Iterator[str]:
    command = _command(folder, "--listen", "127.0.0.1:0", "--anonymous", "fuzz")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=_environment(folder))
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "listening on" in line:
            break
    else:
        raise AssertionError("".join(said))
    # What is told must be read, or the proxy would wait for us.
    drain = threading.Thread(target=process.stderr.read)
    drain.start()
    try:
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait(timeout=30)
        drain.join()
        process.stderr.close()


def _command(folder: Path, *options: str) -> list[str]:
    policy = folder / "policy.json"
    policy.write_text(json.dumps(POLICY))
    kept = ["--policy", str(policy), "--audit", str(folder / "audit.jsonl"), "--store", "memory"]
    return [
        *(sys.executable, "-m", "validator", "proxy", *kept, *options, "--"),
        *(sys.executable, str(RECORDER), str(folder)),
    ]


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "VALIDATOR_STATE": str(folder / "state")}
