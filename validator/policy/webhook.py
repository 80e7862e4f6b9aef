"""A new request for approval in, a signed message to an address of the site out; no call ever waits for it."""

import hmac
import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from validator.model.cleanse import cleanse
from validator.model.errors import ApprovalError, Problem
from validator.model.known import JsonValue
from validator.policy.approval import Request, canonical

SIGNATURE: Final = "X-Validator-Signature"
MOST_WAITING: Final = 100  # messages that are not sent yet
PAUSES: Final = (1.0, 4.0, 16.0)  # seconds before each further try
TIMEOUT: Final = 5.0
_SHORTEST_SECRET: Final = 16
_SHOWN: Final = 5


class Webhook:
    """Posts each request to one address, from a thread of its own.

    The header `X-Validator-Signature` is `t=SECONDS,v1=HEX`: the HMAC-SHA-256 of `SECONDS.BODY` under the secret.
    """

    def __init__(self, url: str, secret: str, tell: Callable[[str], None], pauses: Sequence[float] = PAUSES) -> None:
        """Name address and secret; `tell` hears what could not be delivered. Raises ApprovalError."""
        self._address = _check(url, secret)
        self._secret = secret.encode()
        self._tell = tell
        self._pauses = pauses
        self._waiting: queue.Queue[Request | None] = queue.Queue(MOST_WAITING)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._deliver_all, name="webhook", daemon=True)
        self._thread.start()

    def __call__(self, request: Request) -> None:
        """Send word of a request soon; never waits."""
        try:
            self._waiting.put_nowait(request)
        except queue.Full:
            self._tell(f"no word was sent of request {request.id}: {MOST_WAITING} are waiting already")

    def close(self) -> None:
        """Send what still waits, once each, and end."""
        self._ending.set()
        self._waiting.put(None)
        self._thread.join()

    def _deliver_all(self) -> None:
        while (request := self._waiting.get()) is not None:
            self._deliver(request)

    def _deliver(self, request: Request) -> None:
        body = canonical(describe(request)).encode()
        problem = ""
        for pause in (*self._pauses, None):
            problem = self._post(body)
            if not problem:
                return
            if pause is None or self._ending.wait(pause):
                break
        self._tell(f"no word could be sent of request {request.id}: {problem}")

    def _post(self, body: bytes) -> str:
        """Try once; says what went wrong."""
        parts = urlsplit(self._address)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        # http.client follows no redirection: a signed message goes to the address that was named, or nowhere.
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        signed = {"Content-Type": "application/json", SIGNATURE: sign(self._secret, body, int(time.time()))}
        try:
            connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, signed)
            status = connection.getresponse().status
            return "" if 200 <= status < 300 else f"the answer was {status}"
        except (OSError, HTTPException, ValueError) as error:
            return str(error) or type(error).__name__
        finally:
            connection.close()


def sign(secret: bytes, body: bytes, seconds: int) -> str:
    """The value of the header that shows who sent a body, and when."""
    digest = hmac.new(secret, f"{seconds}.".encode() + body, "sha256").hexdigest()
    return f"t={seconds},v1={digest}"


def describe(request: Request) -> dict[str, JsonValue]:
    """What the site is told of a request: who asks for what and why, but not the code, which may hold secrets."""
    binding = request.petition.binding
    findings = [finding for piece in request.petition.pieces for finding in piece.findings]
    rules: list[JsonValue] = [*sorted(request.petition.asked)]
    worst = sorted(findings, key=lambda finding: -_weight(finding))[:_SHOWN]
    return {
        "event": "approval.requested",
        "id": request.id,
        "grant": binding.grant,
        "server": binding.server,
        "tool": cleanse(binding.tool),
        "policy": binding.policy,
        "rules": rules,
        "findings": [_shown(finding) for finding in worst],
        "created": request.created,
        "expires": request.expires,
        "approve": f"validator approvals approve {request.id}",
    }


def _shown(finding: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A finding without the secrets that its message may quote from the code."""
    told: dict[str, JsonValue] = {key: finding[key] for key in ("rule", "severity", "line")}
    return {**told, "message": cleanse(str(finding["message"]))}


def _weight(finding: dict[str, JsonValue]) -> float:
    weight = finding["weight"]
    return weight if isinstance(weight, int | float) else 0


def _check(url: str, secret: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ApprovalError(Problem("webhook", f"{json.dumps(url)} is not an address", "write https://HOST/PATH"))
    if len(secret) < _SHORTEST_SECRET:
        reason = f"the secret that signs the messages is shorter than {_SHORTEST_SECRET} characters"
        raise ApprovalError(Problem("webhook", reason, "set VALIDATOR_WEBHOOK_SECRET to a long random text"))
    return url
