"""What a webhook sends, how it is signed, and that nobody waits for it."""

import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest

from tests.approvals.conftest import Ask
from tests.audit.leaks import SECRETS
from validator.cli.approvals import _line
from validator.model.errors import ApprovalError
from validator.policy.approval import Piece, Request, State
from validator.policy.webhook import MOST_WAITING, SIGNATURE, Webhook, describe

SECRET = "a secret of some length"
SOON = 30.0


@dataclass
class Site:
    """A site that answers with one status after the other, and keeps what it was sent."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: "Queue[tuple[str, bytes]]" = field(default_factory=Queue)
    open: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    site.open.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            site.open.wait(SOON)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            site.heard.put((self.headers[SIGNATURE], body))
            self.send_response(site.answers.pop(0) if site.answers else 204)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
    yield site
    site.open.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def request_(ask: Ask) -> Request:
    return Request("id1", ask("print('hunter2')"), State.PENDING, 1.0, 101.0)


def test_a_message_is_signed_and_holds_no_code(site: Site, request_: Request) -> None:
    hook = Webhook(site.url, SECRET, pytest.fail)
    hook(request_)
    signature, body = site.heard.get(timeout=SOON)
    hook.close()
    told = json.loads(body)
    assert (told["id"], told["grant"], told["tool"], told["expires"]) == ("id1", "g", "t", 101.0)
    assert b"hunter2" not in body
    time, digest = (part.partition("=")[2] for part in signature.split(","))
    assert digest == hmac.new(SECRET.encode(), f"{time}.".encode() + body, "sha256").hexdigest()


@pytest.mark.parametrize("failure", [500, 302, 404])
def test_what_was_not_taken_is_sent_again(site: Site, request_: Request, failure: int) -> None:
    site.answers = [failure, failure]
    hook = Webhook(site.url, SECRET, pytest.fail, pauses=(0.0, 0.0))
    hook(request_)
    sent = [site.heard.get(timeout=SOON)[1] for _ in range(3)]
    hook.close()
    assert len(set(sent)) == 1


def test_what_cannot_be_delivered_is_told(request_: Request) -> None:
    told: Queue[str] = Queue()
    hook = Webhook("http://127.0.0.1:1/", SECRET, told.put, pauses=(0.0,))
    hook(request_)
    assert "id1: [Errno 111] Connection refused" in told.get(timeout=SOON)
    hook.close()


def test_a_site_that_does_not_answer_holds_nobody_up(site: Site, request_: Request) -> None:
    site.open.clear()
    told: list[str] = []
    hook = Webhook(site.url, SECRET, told.append, pauses=())
    for _ in range(MOST_WAITING + 2):
        hook(request_)
    assert told[-1] == f"no word was sent of request id1: {MOST_WAITING} are waiting already"
    site.open.set()
    hook.close()


@pytest.mark.parametrize(
    ("url", "secret", "problem"),
    [
        ("ftp://h/", SECRET, "is not an address"),
        ("http:///x", SECRET, "is not an address"),
        ("http://h:99999/", SECRET, "is not an address"),
        ("https://h/", "short", "shorter than 16 characters"),
    ],
)
def test_a_webhook_that_could_not_work_does_not_start(url: str, secret: str, problem: str) -> None:
    with pytest.raises(ApprovalError, match=problem):
        Webhook(url, secret, pytest.fail)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_of_a_finding_is_sent(request_: Request, kind: str) -> None:
    text, secret = SECRETS[kind]
    finding: dict[str, Any] = {"rule": "r", "severity": "high", "line": 3, "message": text, "weight": 5}
    petition = replace(request_.petition, pieces=(Piece("args.code", text, (finding,)),))
    told: Any = describe(replace(request_, petition=petition))
    assert secret not in json.dumps(told, ensure_ascii=False)
    assert [(each["rule"], each["line"]) for each in told["findings"]] == [("r", 3)]


def test_a_list_of_requests_holds_no_secret(request_: Request) -> None:
    binding = replace(request_.petition.binding, tool="run password=hunter2")
    line = _line(replace(request_, petition=replace(request_.petition, binding=binding)))
    assert ("hunter2" in line, "run password=(withheld)" in line) == (False, True)
