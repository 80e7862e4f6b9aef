"""Who may call over HTTP: tokens, names, origins, and what is too much."""

import json
import socket
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.proxy.conftest import POLICY
from tests.proxy.http.conftest import Proxy, call, serve, validator
from tests.proxy.http.upstream import Upstream

SCARCE = {"limits": [{"counter": "scarce", "window": "day", "max": 1, "scope": "grant"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.json").write_text(json.dumps({**POLICY, "tools": {"echo": SCARCE}}))
    return tmp_path


def _create(folder: Path, name: str, *options: str) -> str:
    return validator(folder, "grants", "create", name, "--policy", str(folder / "policy.json"), *options).strip()


def test_who_shows_no_token_is_told_where_to_ask(proxy: Proxy) -> None:
    answer = proxy.ask(call("echo"), token="")
    assert answer.status == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith("Bearer resource_metadata=")
    metadata = proxy.ask(None, http="GET", path=urlsplit(challenge.split('"')[1]).path)
    assert metadata.message["resource"] == proxy.url
    assert metadata.message["bearer_methods_supported"] == ["header"]


@pytest.mark.parametrize("token", ["wrong", "validator_", "x" * 10_000])
def test_a_token_that_nobody_has_is_refused(proxy: Proxy, upstream: Upstream, token: str) -> None:
    before = len(upstream.heard)
    answer = proxy.ask(call("echo"), token=token)
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert len(upstream.heard) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_foreign_names_and_pages_are_turned_away(proxy: Proxy, headers: dict[str, str], status: int) -> None:
    assert proxy.ask(call("echo"), **headers).status == status


@pytest.mark.parametrize(("http", "path", "status"), [("PUT", "", 405), ("POST", "/", 404), ("POST", "/mcp/", 404)])
def test_there_is_one_door(proxy: Proxy, http: str, path: str, status: int) -> None:
    assert proxy.ask(call("echo"), http=http, path=path).status == status


def test_each_grant_has_its_own_limits_and_ends_when_it_is_revoked(folder: Path, upstream: Upstream) -> None:
    first, second = _create(folder, "first"), _create(folder, "second")
    elsewhere = _create(folder, "third", "--server", "elsewhere")
    with serve(folder, "--upstream", upstream.url) as proxy:
        refused = [b"isError" in proxy.ask(call("echo"), token=token).body for token in (first, first, second)]
        assert refused == [False, True, False]
        assert proxy.ask(call("echo"), token=elsewhere).status == 403
        validator(folder, "grants", "revoke", "first")
        assert proxy.ask(call("echo"), token=first).status == 401
        assert proxy.ask(call("echo"), token=second).status == 200


def test_a_session_is_of_no_use_to_another_grant(folder: Path, upstream: Upstream) -> None:
    mine, yours = _create(folder, "mine"), _create(folder, "yours")
    with serve(folder, "--upstream", upstream.url) as proxy:
        begun = proxy.ask({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}, token=mine)
        session = begun.headers["mcp-session-id"]
        for http in ("GET", "POST", "DELETE"):
            body = {"jsonrpc": "2.0", "id": 2, "method": "ping"} if http == "POST" else None
            assert proxy.ask(body, http=http, token=yours, Mcp_Session_Id=session).status == 404


def test_an_edited_policy_holds_from_the_next_call_on(folder: Path, upstream: Upstream) -> None:
    token = _create(folder, "agent")
    with serve(folder, "--upstream", upstream.url, token=token) as proxy:
        assert proxy.call("other-tool").message["result"].get("isError") is None
        (folder / "policy.json").write_text(json.dumps({"version": "1", "default": "deny", "tools": {}}))
        assert proxy.call("other-tool").text.startswith("[POLICY DENIED]")
        (folder / "policy.json").write_text("broken")
        assert proxy.call("other-tool").text.startswith("[POLICY DENIED]")


def test_who_shows_no_token_may_be_a_grant_but_a_wrong_token_is_still_wrong(folder: Path, upstream: Upstream) -> None:
    policy = ("--policy", str(folder / "policy.json"))
    with serve(folder, *policy, "--upstream", upstream.url, "--anonymous", "me") as proxy:
        assert proxy.call("echo").status == 200
        assert proxy.ask(call("echo"), token="wrong").status == 401


def test_a_body_that_is_too_long_is_not_read(proxy: Proxy, upstream: Upstream) -> None:
    before = len(upstream.heard)
    head = f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {proxy.token}\r\nContent-Type: application/json\r\n"
    for length in ("Content-Length: 67108864\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"):
        with socket.create_connection((proxy.connect().host, proxy.connect().port)) as client:
            client.sendall((head + length).encode())
            assert _flood(client).startswith(b"HTTP/1.1 413")
    assert len(upstream.heard) == before
    assert proxy.call("echo").status == 200


def test_a_grant_that_opens_a_thousand_streams_gets_its_share(folder: Path, upstream: Upstream) -> None:
    greedy, modest = _create(folder, "greedy"), _create(folder, "modest")
    with serve(folder, "--upstream", upstream.url, "--concurrency", "20") as proxy, ThreadPoolExecutor(50) as pool:

        def open_stream(_number: int) -> Any:
            connection = proxy.connect()
            connection.request(
                "GET", "/mcp", None, {"Accept": "text/event-stream", "Authorization": f"Bearer {greedy}"}
            )
            status = connection.getresponse().status
            if status == 200:
                return connection
            assert status == 429
            connection.close()
            return None

        opened = [connection for connection in pool.map(open_stream, range(1000)) if connection is not None]
        assert len(opened) == 20
        assert proxy.ask(call("echo"), token=modest).status == 200
        for connection in opened:
            connection.close()


def test_tls_is_spoken_where_a_certificate_is_given(folder: Path, upstream: Upstream) -> None:
    token, certificate, key = _create(folder, "agent"), folder / "certificate.pem", folder / "key.pem"
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*openssl, *named], check=True, capture_output=True)
    tls = ("--tls-certificate", str(certificate), "--tls-key", str(key))
    with serve(folder, "--upstream", upstream.url, *tls, token=token) as proxy:
        assert proxy.url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(certificate))
        raw = socket.create_connection((proxy.connect().host, proxy.connect().port))
        with context.wrap_socket(raw, server_hostname="127.0.0.1") as client:
            client.sendall(b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 401")


def _flood(client: socket.socket) -> bytes:
    """Send until the other side has had enough, and say what it answered."""
    try:
        for _ in range(1024):
            client.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
    except OSError:
        pass
    try:
        return client.recv(1000)
    except OSError:
        return b""
