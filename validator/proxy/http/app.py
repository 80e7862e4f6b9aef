"""Requests over HTTP in, answers out: who asks is known before anything is read, and what is read is judged."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from validator.proxy.http.callers import Callers
from validator.proxy.http.exchange import Back, Exchange, Reply
from validator.proxy.http.guard import GoneError, Guard
from validator.proxy.http.journal import Journal, Visit
from validator.proxy.http.pages import PATHS, Pages
from validator.proxy.http.unfit import UnfitError

METADATA: Final = "/.well-known/oauth-protected-resource"
METHODS: Final = ("GET", "POST", "DELETE")


@dataclass(slots=True)
class App:
    """The application at one address; `url` is that of its MCP endpoint, as clients know it."""

    url: str
    path: str
    guard: Guard
    callers: Callers
    back: Back
    pages: Pages
    journal: Journal
    open: dict[Exchange, asyncio.Future[None]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        reply, visit = Reply(send), Visit(scope["method"], scope["path"])
        try:
            await self._route(scope, receive, reply, visit)
        except UnfitError as unfit:
            await reply.turn_away(unfit)
        except GoneError:
            return
        finally:
            visit.status = reply.status
            self.pages.metrics.answered(visit.method, visit.status)
            self.journal.tell(visit)

    def drain(self) -> None:
        """End what would last for ever, for the rest is to come to its end."""
        self.pages.draining = True
        for exchange, work in self.open.items():
            if exchange.lasting:
                work.cancel()

    async def _route(self, scope: Scope, receive: Receive, reply: Reply, visit: Visit) -> None:
        path = visit.path
        if path == self.path:
            await self._serve(scope, receive, reply, visit)
        elif path in PATHS:
            await self.pages.tell(path, visit.method, reply)
        elif path in (METADATA, METADATA + self.path):
            self.guard.check_names(Headers(scope=scope))
            about = {"resource": self.url, "bearer_methods_supported": ["header"], "resource_name": "validator"}
            await reply.answer_json(200, json.dumps(about).encode())
        else:
            raise UnfitError(404, f"there is nothing here: the MCP endpoint is {self.path}")

    async def _serve(self, scope: Scope, receive: Receive, reply: Reply, visit: Visit) -> None:
        method, headers = visit.method, Headers(scope=scope)
        self.guard.check_names(headers)
        parts = urlsplit(self.url)
        metadata = f"{parts.scheme}://{parts.netloc}{METADATA}{self.path}"
        caller = await self.callers.find(headers, f'resource_metadata="{metadata}"')
        visit.grant = caller.name
        if method not in METHODS:
            raise UnfitError(405, "use GET, POST or DELETE", {"allow": ", ".join(METHODS)})
        with caller.place():
            body = await self.guard.read_body(headers, receive) if method == "POST" else b""
            exchange = Exchange(method, headers, body, caller, reply)
            try:
                await self._while_heard(exchange, receive)
            finally:
                visit.rpc = exchange.rpc

    async def _while_heard(self, exchange: Exchange, receive: Receive) -> None:
        """Answer as long as the client is there to hear it."""
        work = asyncio.ensure_future(self.back.serve(exchange))
        leaving = asyncio.ensure_future(_gone(receive))
        self.open[exchange] = work
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if exchange.reply.finished:
                await asyncio.wait({work})
            if work.done() and not work.cancelled():
                work.result()
            elif self.pages.draining:
                await exchange.reply.break_off()
        finally:
            del self.open[exchange]
            work.cancel()
            leaving.cancel()
            await asyncio.gather(work, leaving, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
