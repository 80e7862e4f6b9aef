"""What a person says of either side of the proxy: where clients come from, and what is behind us."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from validator.model.errors import ListenError, Problem

BODY_LIMIT: Final = 4 * 1024 * 1024
MOST_OPEN: Final = 100
SILENCE: Final = 600.0


@dataclass(frozen=True, slots=True)
class Behind:
    """The server: a command to start, or an address.

    `credentials` is a file of headers for that address, `silence` how many seconds it may say nothing while it owes an
    answer.
    """

    command: tuple[str, ...] = ()
    url: str = ""
    credentials: Path | None = None
    silence: float = SILENCE


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen.

    `public` are the addresses by which clients reach us, where they are others than the one we listen at; `longest` is
    that of a body, `most` how many requests one grant may have open; `anonymous` is the grant of who shows no token.
    `talkative` has every request told.
    """

    host: str
    port: int
    path: str = "/mcp"
    public: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    longest: int = BODY_LIMIT
    most: int = MOST_OPEN
    anonymous: str | None = None
    talkative: bool = False


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of HOST:PORT; raises ListenError."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None or parts.netloc != text or "@" in text:
        raise ListenError(Problem(f"--listen {text}", "is no address", "write HOST:PORT, as in 127.0.0.1:8000"))
    return host, port


def check(listening: Listening) -> None:
    """Say what would let in more than was meant; raises ListenError."""
    if listening.anonymous is not None and not is_loopback(listening.host):
        advice = "listen at 127.0.0.1, or let clients show the token of a grant"
        raise ListenError(Problem("--anonymous", "would let in whoever reaches this machine", advice))
    if listening.host in ("0.0.0.0", "::") and not listening.public:
        advice = "name it with --public-url, as in http://gate.example:8000/mcp"
        raise ListenError(Problem("--listen", "nobody knows by which address clients come", advice))
    for url in listening.public:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ListenError(Problem(f"--public-url {url}", "is no address", "write http://HOST:PORT/PATH"))
    if (listening.certificate is None) != (listening.key is None):
        raise ListenError(Problem("--tls-certificate", "comes with --tls-key and not alone", "give both, or none"))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
