"""The proxy over HTTP as a person runs it: health, numbers, words on standard error, and the end."""

import json
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.proxy.conftest import POLICY
from tests.proxy.http.conftest import Proxy, call, environment, serve, until
from tests.proxy.http.upstream import Upstream

LOST = "[UPSTREAM LOST]"


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    return ["--policy", str(tmp_path / "policy.json"), "--anonymous", "me"]


def test_health_and_readiness_are_told_to_everybody(proxy: Proxy) -> None:
    for path, word in (("/healthz", b"alive\n"), ("/readyz", b"ready\n")):
        answer = proxy.ask(None, http="GET", path=path, token="", Host="10.0.0.1")
        assert (answer.status, answer.body) == (200, word)
    assert proxy.ask(b"", path="/healthz", token="").status == 405


def test_numbers_count_and_name_nobody(proxy: Proxy) -> None:
    proxy.call("odd-name")
    proxy.call("secret")
    proxy.ask(None, http="BREW")
    page = proxy.ask(None, http="GET", path="/metrics", token="").body.decode()
    assert re.search(r'^validator_decisions_total\{action="refuse"\} [1-9]', page, re.MULTILINE)
    assert re.search(r'^validator_outcomes_total\{outcome="ok"\} [1-9]', page, re.MULTILINE)
    assert 'validator_http_requests_total{method="other",status="405"} ' in page
    assert re.search(r'^validator_decision_seconds_bucket\{le="\+Inf"\} [1-9]', page, re.MULTILINE)
    assert not {"odd-name", "agent", "BREW"} & set(re.findall(r"[\w-]+", page))


def test_a_server_that_is_not_there_is_told_survived_and_found_again(tmp_path: Path, options: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with serve(tmp_path, *options, "--upstream", f"http://127.0.0.1:{port}/mcp") as proxy:
        assert proxy.ask(None, http="GET", path="/readyz").body == b"the server cannot be reached\n"
        assert proxy.call("echo").text.startswith(LOST)
        ping = proxy.ask({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert (ping.status, ping.message["error"]["code"]) == (502, -32603)
        assert proxy.ask({"jsonrpc": "2.0", "method": "notifications/x"}).status == 502
        # The port was free a moment ago.
        with socket.create_server(("127.0.0.1", port)) as late, ThreadPoolExecutor(1) as pool:
            asked = pool.submit(proxy.call, "echo")
            served = late.accept()[0]
            body = b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}'
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            served.sendall(head.encode() + body)
            assert asked.result().message["result"] == {"content": []}
            served.close()


def test_a_signal_lets_calls_end_and_ends_streams(tmp_path: Path, options: list[str], upstream: Upstream) -> None:
    upstream.asked.clear()
    upstream.release.clear()
    with serve(tmp_path, *options, "--upstream", upstream.url) as proxy, ThreadPoolExecutor(1) as pool:
        stream = proxy.connect()
        stream.request("GET", "/mcp", None, {"Accept": "text/event-stream"})
        opened = stream.getresponse()
        slow = pool.submit(proxy.call, "slow")
        assert upstream.asked.wait(20)
        proxy.process.send_signal(signal.SIGTERM)
        assert opened.read().startswith(b"event: message")
        upstream.release.set()
        assert slow.result().message["result"]["future"] == {"a": 1}
        assert proxy.process.wait(20) == 0
        stream.close()


def test_requests_are_told_where_that_was_asked_for(tmp_path: Path, options: list[str], upstream: Upstream) -> None:
    with serve(tmp_path, *options, "--log-requests", "--upstream", upstream.url) as proxy:
        proxy.call("echo")
        proxy.ask(None, http="GET", path="/a%0ab")
    # A request is told once it is all over, which the client does not wait for.
    found, called = sorted((tmp_path / "stderr").read_text().splitlines())
    assert re.fullmatch(r'validator: request method=GET path="/a\\nb" status=404 ms=\d+ count=1', found)
    assert re.fullmatch(r"validator: request method=POST path=/mcp rpc=tools/call grant=me status=200 ms=\d+", called)


def test_what_is_turned_away_is_told_at_every_doubling(tmp_path: Path, options: list[str], upstream: Upstream) -> None:
    with serve(tmp_path, *options, "--upstream", upstream.url) as proxy:
        for _ in range(9):
            assert proxy.ask(call("echo"), token="wrong").status == 401
    told = re.findall(r"count=(\d+)", (tmp_path / "stderr").read_text())
    assert told == ["1", "2", "4", "8"]


def test_the_headers_of_a_file_are_shown_to_the_server(tmp_path: Path, options: list[str], upstream: Upstream) -> None:
    (tmp_path / "headers").write_text("# ours\nX-Api-Key: k 1\n")
    shown = ("--upstream", upstream.url, "--upstream-headers", str(tmp_path / "headers"))
    with serve(tmp_path, *options, *shown) as proxy:
        proxy.ask(call("echo"), X_Api_Key="theirs")
    keys = [value for name, value in upstream.heard[-1].headers if name.lower() == "x-api-key"]
    assert keys == ["k 1"]


def test_a_client_that_closes_its_half_is_survived(proxy: Proxy) -> None:
    with socket.create_connection((proxy.connect().host, proxy.connect().port)) as client:
        client.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        client.shutdown(socket.SHUT_WR)
        client.recv(1000)
    assert proxy.call("echo").status == 200


def test_a_client_that_begins_and_leaves_is_not_counted_as_open(proxy: Proxy) -> None:
    for _ in range(5):
        with socket.create_connection((proxy.connect().host, proxy.connect().port)) as client:
            head = f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {proxy.token}\r\n"
            client.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
    until(lambda: b"validator_open_requests 0" in proxy.ask(None, http="GET", path="/metrics").body)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--listen", "nowhere", "--", "cat"], "--listen nowhere: is no address (write HOST:PORT"),
        (["--listen", "127.0.0.1:99999", "--", "cat"], "is no address"),
        (["--listen", "127.0.0.1:TAKEN", "--", "cat"], "cannot be listened at: Address already in use (choose another"),
        (["--listen", "0.0.0.0:0", "--", "cat"], "nobody knows by which address clients come"),
        (["--listen", "0.0.0.0:0", "--anonymous", "me", "--", "cat"], "--anonymous: would let in whoever reaches this"),
        (["--listen", "127.0.0.1:0", "--grant", "me", "--", "cat"], "--grant: is for the one client on stdio"),
        (["--listen", "127.0.0.1:0", "--public-url", "gate", "--", "cat"], "--public-url gate: is no address"),
        (["--listen", "127.0.0.1:0", "--tls-key", "k", "--", "cat"], "--tls-certificate: comes with --tls-key"),
        (
            ["--listen", "127.0.0.1:0", "--tls-key", "k", "--tls-certificate", "c", "--", "cat"],
            "c: cannot be used with k",
        ),
        (["--listen", "127.0.0.1:0", "--", "no-such-server"], "no-such-server: cannot be started"),
        (["--anonymous", "me", "--", "cat"], "--anonymous: is for clients that come over HTTP"),
        (["--upstream", "http://h/", "--", "cat"], "the server: is to be either an address or a command"),
        ([], "the server: is to be either an address or a command"),
        (["--upstream", "ftp://h/"], "is no address of a server"),
        (["--upstream", "http://a:b@h/"], "--upstream: holds credentials, which others can see there"),
        (["--upstream", "http://h/", "--upstream-headers", "missing"], "missing: cannot be read: No such file"),
        (["--upstream", "http://h/", "--upstream-headers", "BAD"], "headers:1: is no header (write NAME: VALUE)"),
        (["--upstream-headers", "missing", "--", "cat"], "--upstream-headers: are for a server that has an address"),
        (["--listen", "127.0.0.1:0", "--policy", "BROKEN", "--upstream", "http://h/"], "broken.json"),
    ],
)
def test_wrong_use_is_told_in_one_line_and_ends_with_2(tmp_path: Path, arguments: list[str], problem: str) -> None:
    (tmp_path / "policy.json").write_text(json.dumps({"version": "1", "default": "deny", "tools": {}}))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "headers").write_text("nonsense\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        places = {
            "127.0.0.1:TAKEN": f"127.0.0.1:{taken.getsockname()[1]}",
            "BAD": str(tmp_path / "headers"),
            "BROKEN": str(tmp_path / "broken.json"),
        }
        command = [sys.executable, "-m", "validator", "proxy", "--policy", str(tmp_path / "policy.json")]
        told = [places.get(each, each) for each in arguments]
        done = subprocess.run(
            [*command, *told], env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False
        )
    assert (done.returncode, problem in done.stderr) == (2, True), done.stderr
    assert len(done.stderr.splitlines()) == 1
