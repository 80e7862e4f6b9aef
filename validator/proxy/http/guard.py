"""What a request must be like before anybody looks at who sends it; and its body, if it is small enough."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Receive

from validator.proxy.http.headers import JSON
from validator.proxy.http.unfit import UnfitError
from validator.proxy.sides import is_loopback

BODY_SECONDS: Final = 30.0
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class GoneError(Exception):
    """The client has gone before it had said everything."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The names by which clients reach us, without ports, and the longest body."""

    names: frozenset[str]
    longest: int

    def check_names(self, headers: Headers) -> None:
        """Turn away what a foreign page sends through somebody's browser; raises UnfitError."""
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or _host_of(f"//{hosts[0]}") not in self.names:
            raise UnfitError(421, "this is not a name of this proxy; see --public-url")
        if any(_host_of(origin) not in self.names for origin in origins):
            raise UnfitError(403, "pages of this origin may not call; see --public-url")

    async def read_body(self, headers: Headers, receive: Receive) -> bytes:
        """The body of a POST; raises UnfitError, and GoneError if the client leaves."""
        if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise UnfitError(415, f"the body must be {JSON}")
        declared = headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > 15 or int(declared) > self.longest):
            raise self._too_long()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self._read(receive)
        except TimeoutError as error:
            raise UnfitError(408, f"the body did not come within {BODY_SECONDS:.0f} seconds") from error

    async def _read(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise GoneError
            body += message.get("body", b"")
            if len(body) > self.longest:
                raise self._too_long()
            if not message.get("more_body", False):
                return bytes(body)

    def _too_long(self) -> UnfitError:
        return UnfitError(413, f"the body is longer than {self.longest} bytes")


def make_guard(host: str, public: Sequence[str], longest: int) -> Guard:
    """The guard of an address: who listens on this machine alone is called by the names of this machine."""
    local = _LOOPBACK if is_loopback(host) else ()
    return Guard(frozenset({host.lower(), *local, *map(_host_of, public)} - {"", "0.0.0.0", "::"}), longest)


def _host_of(address: str) -> str:
    """The host of an address, in lower case; empty if it has none."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
