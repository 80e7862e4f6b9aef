"""One server process for all requests of one grant, in the versions without a handshake."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final

from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from validator.model.known import JsonValue
from validator.proxy.http.callers import Caller
from validator.proxy.http.exchange import Exchange
from validator.proxy.http.inbound import called_tool, check_modern, status_of
from validator.proxy.http.link import Link
from validator.proxy.http.outlet import Delivery, Outlet, deliver
from validator.proxy.http.refusal import answer_refusal
from validator.proxy.http.rename import (
    cancellation,
    number_of,
    progress_token,
    rename,
    restore_answer,
    restore_notification,
)
from validator.proxy.http.schemas import Schemas
from validator.proxy.judging import decide
from validator.proxy.notes import note
from validator.proxy.question import CAPABILITIES_KEY
from validator.proxy.session import LIST, Session
from validator.proxy.wire import VERSION_KEY, Body, Message, RequestId, read_upstream_line, write_line

MOST_ABANDONED: Final = 1000
LIST_CHANGED: Final = "notifications/tools/list_changed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that the server knows by a number of ours."""

    session: Session
    outlet: Outlet
    request: RequestId
    lasting: bool


class Shared:
    """Says requests of many clients to one server, each under a number of its own."""

    def __init__(self, caller: Caller, silence: float) -> None:
        """Start nothing yet."""
        self.link = Link(self._hear, self._left)
        self._caller = caller
        self._silence = silence
        self._entries: dict[int, Entry] = {}
        self._abandoned: OrderedDict[int, Entry] = OrderedDict()
        self._listing: dict[int, asyncio.Future[Message | None]] = {}
        self._numbers = count(1)
        self._schemas = Schemas()
        self._listed = asyncio.Lock()
        self._complete = False

    async def post(self, exchange: Exchange) -> None:
        """Judge a message, say it to the server, and give its answer."""
        tool = called_tool(exchange.headers)
        if tool is not None and tool not in self._schemas.known:
            await self._learn(exchange.headers.get(MCP_PROTOCOL_VERSION_HEADER, ""))
        session = self._session()
        check = partial(check_modern, headers=exchange.headers, schemas=self._schemas)
        step = await decide(session, exchange.body, check)
        if step.message is None or step.upstream is None:
            await answer_refusal(exchange, step)
        elif step.message.id is None:
            # A client of these versions has nothing to tell; one that does is not to be told off for it.
            await exchange.reply.answer(202)
        else:
            body = step.message.body
            if step.arguments is not None:
                body = {**body, "params": {**step.message.params, "arguments": step.arguments}}
            await self._carry(exchange, session, step.message, body)

    async def _carry(self, exchange: Exchange, session: Session, message: Message, body: Body) -> None:
        assert message.id is not None
        exchange.rpc = message.method or ""
        outlet, number = Outlet(progress_token(message.params)), next(self._numbers)
        self._entries[number] = Entry(session, outlet, message.id, exchange.lasting)
        try:
            if not await self.link.say(rename(body, number)):
                self._lose(number, delivered=False)
            silence = None if exchange.lasting else self._silence
            give_up = partial(self._lose, number)
            await deliver(Delivery(exchange, outlet, status_of, [], silence, give_up))
        finally:
            session.abandon(message.id)
            self._leave(number, self._entries.pop(number, None))
            if not outlet.answered:
                await self.link.say(cancellation(number))

    def _leave(self, number: int, entry: Entry | None) -> None:
        """Keep in mind what the server may yet answer, though nobody waits for it: its call runs on until then."""
        if entry is not None:
            self._abandoned[number] = entry
            while len(self._abandoned) > MOST_ABANDONED:
                self._abandoned.popitem(last=False)

    async def _learn(self, version: str) -> None:
        """Ask the server what its tools take; where it does not say, their headers are not compared."""
        async with self._listed:
            cursor: JsonValue = None
            while not self._complete and version in MODERN_PROTOCOL_VERSIONS:
                meta: Body = {VERSION_KEY: version, CAPABILITIES_KEY: {}}
                page = await self._list({"_meta": meta} if cursor is None else {"_meta": meta, "cursor": cursor})
                result = None if page is None else page.body.get("result")
                if page is None or not isinstance(result, dict):
                    note("the server does not list its tools, so headers that mirror arguments are not compared")
                    return
                self._schemas.learn(page)
                last, cursor = cursor, result.get("nextCursor")
                self._complete = not isinstance(cursor, str) or cursor == last

    async def _list(self, params: Body) -> Message | None:
        number = next(self._numbers)
        self._listing[number] = answer = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._silence):
                said = await self.link.say(
                    write_line({"jsonrpc": "2.0", "id": number, "method": LIST, "params": params})
                )
                return await answer if said else None
        except TimeoutError:
            return None
        finally:
            self._listing.pop(number, None)

    def _hear(self, line: bytes | None) -> None:
        message = None if line is None else read_upstream_line(line)
        if message is None or (message.method is not None and message.id is not None):
            # Junk, or a question, which a server of these versions does not ask.
            self._drop(line if message is None else b"{}")
        elif message.method is None:
            self._answer(message)
        else:
            self._tell(message)

    def _answer(self, message: Message) -> None:
        # None of our numbers is 0.
        number = message.id if isinstance(message.id, int) else 0
        entry = self._entries.pop(number, None) or self._abandoned.pop(number, None)
        listing = self._listing.pop(number, None)
        if entry is not None:
            step = entry.session.from_upstream(restore_answer(message, entry.request))
            entry.outlet.answered = True
            entry.outlet.end(step.client)
            if step.note:
                note(step.note)
        elif listing is not None:
            listing.set_result(message)
        else:
            self._drop(message.line)

    def _tell(self, message: Message) -> None:
        if message.method == LIST_CHANGED:
            self._complete = False
        number = number_of(message)
        entry = self._entries.get(number) if isinstance(number, int) else None
        if entry is None and number is None:
            waiting = [each for each in self._entries.values() if not each.lasting]
            entry = waiting[-1] if waiting else None
        if entry is None:
            return
        if not entry.outlet.offer(restore_notification(message, entry.request, entry.outlet.token)):
            note("a message of the server was dropped: the client reads too slowly")

    def _left(self) -> None:
        for number in list(self._entries):
            self._lose(number)
        while self._abandoned:
            _, entry = self._abandoned.popitem()
            # Nobody hears it, but what was cancelled runs no more.
            list(entry.session.upstream_ended())
        for listing in self._listing.values():
            listing.set_result(None)
        self._listing.clear()

    def _lose(self, number: int, *, delivered: bool = True) -> None:
        entry = self._entries.pop(number, None)
        if entry is not None:
            entry.outlet.end(entry.session.lose(entry.request, delivered=delivered))

    def _drop(self, line: bytes | None) -> None:
        step = self._session().from_upstream(line)
        if step.note:
            note(step.note)

    def _session(self) -> Session:
        return self._caller.begin()
