"""Headers of a request in, the grant that it comes under out, with the gate of that grant; or why there is none."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from starlette.datastructures import Headers

from validator.model.errors import GrantError, ValidatorError
from validator.policy.grant import GrantFile, identify
from validator.proxy.gatekeeper import Gatekeeper
from validator.proxy.http.sessions import SessionTable
from validator.proxy.http.unfit import UnfitError
from validator.proxy.notes import note
from validator.proxy.question import new_mark
from validator.proxy.rounds import Asker
from validator.proxy.session import Session

OpenGate: TypeAlias = Callable[[str], Gatekeeper]
"""The gate of a grant; raises ValidatorError where its policy does not load."""

LONGEST_TOKEN: Final = 4096


@dataclass(slots=True)
class Caller:
    """One grant: its gate, its sessions, and how many requests it has open, of at most `most`.

    `asker` asks its clients, and knows what it has asked them from what another grant was asked.
    """

    name: str
    gate: Gatekeeper
    most: int
    sessions: SessionTable = field(default_factory=SessionTable)
    dropped: Counter[str] = field(default_factory=Counter)
    asker: Asker = field(default_factory=Asker)
    open: int = 0

    def begin(self) -> Session:
        """A new session under this grant."""
        return Session(self.gate, time.monotonic, dropped=self.dropped, asker=self.asker)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places of this grant; raises UnfitError if all are taken."""
        if self.open >= self.most:
            reason = f"this grant has {self.most} requests open already: let one end, and try again"
            raise UnfitError(429, reason, {"retry-after": "1"})
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


@dataclass(slots=True)
class Callers:
    """Knows clients by their tokens; `anonymous` is the grant of those that show none, None if they must.

    `server` is the name of the server behind the proxy: a grant is for one server. `challenge` is what a client is told
    that has to show a token.
    """

    grants: GrantFile
    open_gate: OpenGate
    server: str
    most: int
    anonymous: str | None = None
    mark: str = field(default_factory=new_mark)
    known: dict[str, Caller] = field(default_factory=dict)
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self) -> None:
        """Look whether clients can call; raises GrantError and UnfitError."""
        if self.anonymous is None:
            await asyncio.to_thread(self.grants.read)
        else:
            await self._caller(self.anonymous)

    async def find(self, headers: Headers, challenge: str) -> Caller:
        """The caller of a request; raises UnfitError for who may not call."""
        return await self._caller(self._name(headers, challenge))

    async def _caller(self, name: str) -> Caller:
        if name not in self.known:
            async with self.opening:
                if name not in self.known:
                    self.known[name] = Caller(name, await self._open(name), self.most, asker=Asker(self.mark))
        return self.known[name]

    def _name(self, headers: Headers, challenge: str) -> str:
        shown = headers.getlist("authorization")
        if not shown and self.anonymous is not None:
            return self.anonymous
        if not shown:
            raise UnfitError(401, "show the token of a grant", {"www-authenticate": f"Bearer {challenge}"})
        try:
            grants = self.grants.read()
        except GrantError as error:
            note(f"nobody can be told apart: {error}")
            raise UnfitError(503, "the grants cannot be read: ask the person who runs this proxy") from error
        scheme, _, token = shown[0].partition(" ")
        usable = len(shown) == 1 and scheme.lower() == "bearer" and len(token) <= LONGEST_TOKEN
        grant = identify(grants, token.strip()) if usable else None
        if grant is None:
            refused = f'Bearer error="invalid_token", error_description="no grant has this token", {challenge}'
            raise UnfitError(401, "no grant has this token", {"www-authenticate": refused})
        if grant.server != self.server:
            raise UnfitError(403, f"this grant is for the server {grant.server!r}, and this one is {self.server!r}")
        return grant.name

    async def _open(self, name: str) -> Gatekeeper:
        try:
            return await asyncio.to_thread(self.open_gate, name)
        except ValidatorError as error:
            note(f"the gate of the grant {name!r} cannot be opened: {error}")
            reason = "the policy of this grant does not load: ask the person who runs this proxy"
            raise UnfitError(503, reason) from error
