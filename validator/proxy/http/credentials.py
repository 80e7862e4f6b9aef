"""What the person who runs the proxy gives it to show to the server in, headers out; never from the command line."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from validator.model.errors import Problem, UpstreamError
from validator.proxy.http.headers import Pairs

TOKEN: Final = "VALIDATOR_UPSTREAM_TOKEN"
_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
# These say how a message travels, or what it is: not who sends it.
_OURS: Final = re.compile(
    r"host|content-.*|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|accept.*|mcp-.*", re.IGNORECASE
)


def read_credentials(file: Path | None, environment: Mapping[str, str]) -> Pairs:
    """The headers of a file, and the token of the environment; raises UpstreamError."""
    headers = [] if file is None else _read(file)
    token = environment.get(TOKEN)
    if not token:
        return headers
    if _VALUE.fullmatch(token) is None:
        raise UpstreamError(Problem(TOKEN, "holds what a header cannot", "set it to the token alone, on one line"))
    if any(name.lower() == "authorization" for name, _ in headers):
        advice = f"unset {TOKEN}, or take the header out of the file"
        raise UpstreamError(Problem(str(file), f"holds an Authorization, and {TOKEN} is set as well", advice))
    return [*headers, ("authorization", f"Bearer {token}")]


def check_address(url: str) -> str:
    """The path of a server's address; raises UpstreamError."""
    advice = "write http://HOST:PORT/PATH or https://HOST/PATH"
    try:
        parts = urlsplit(url)
        # A port that is none is found out only by asking for it.
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not url.isprintable():
        raise UpstreamError(Problem(f"--upstream {url!r}", "is no address of a server", advice))
    if parts.username is not None or parts.password is not None:
        advice = f"set {TOKEN}, or name a file with --upstream-headers"
        raise UpstreamError(Problem("--upstream", "holds credentials, which others can see there", advice))
    return parts.path or "/"


def _read(file: Path) -> Pairs:
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not plain ASCII"
        raise UpstreamError(
            Problem(str(file), f"cannot be read: {reason}", "write one NAME: VALUE per line")
        ) from error
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    return [_header(f"{file}:{number}", line) for number, line in lines if line and not line.startswith("#")]


def _header(place: str, line: str) -> tuple[str, str]:
    name, _, value = (part.strip() for part in line.partition(":"))
    if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
        raise UpstreamError(Problem(place, "is no header", "write NAME: VALUE"))
    if _OURS.fullmatch(name) is not None:
        raise UpstreamError(Problem(place, f"{name} is set by the proxy itself", "leave it out"))
    return name, value
