"""One MCP session of the versions with a handshake, in front of a server process of its own."""

import asyncio
from collections import deque
from typing import Final

from validator.model.known import JsonValue
from validator.proxy.http.exchange import Exchange
from validator.proxy.http.headers import SESSION, Pairs
from validator.proxy.http.held import REQUEST_CANCELLED, hear_out
from validator.proxy.http.link import Link
from validator.proxy.http.outlet import Delivery, Outlet, deliver
from validator.proxy.http.refusal import answer_refusal
from validator.proxy.http.rename import progress_token
from validator.proxy.http.unfit import UnfitError
from validator.proxy.judging import decide
from validator.proxy.notes import note
from validator.proxy.reply import error
from validator.proxy.session import CANCEL, Session
from validator.proxy.wire import Message, RequestId, usable_id, write_answer

MOST_HELD: Final = 100


class Conversation:
    """What one client and its server say to each other.

    A message that belongs to no request goes to the only one there is, to the client's GET stream, or waits for that.
    `busy` says how many exchanges are under way, `idle` ends the session where there are none for long.
    """

    def __init__(self, name: str, session: Session, silence: float) -> None:
        """Name a session whose server is not started yet."""
        self.name = name
        self.session = session
        self.link = Link(self._hear, self._left)
        self.busy = 0
        self.idle: asyncio.TimerHandle | None = None
        self._silence = silence
        self._outlets: dict[RequestId, Outlet] = {}
        self._general: Outlet | None = None
        self._held: deque[bytes] = deque(maxlen=MOST_HELD)

    async def post(self, exchange: Exchange) -> None:
        """Judge a message, say it to the server, and give its answer."""
        step = await decide(self.session, exchange.body)
        step = await hear_out(exchange, self.session, step, self._headers())
        if step.message is None or step.upstream is None:
            await answer_refusal(exchange, step)
        else:
            await self.carry(exchange, step.message, step.upstream)

    async def carry(self, exchange: Exchange, message: Message, line: bytes) -> None:
        """Say a judged message to the server, and give its answer."""
        exchange.rpc = message.method or ""
        request = message.id if message.method is not None else None
        if message.method == CANCEL:
            self._cancel(usable_id(message.params.get("requestId")))
        outlet = Outlet(progress_token(message.params))
        if request is not None:
            self._outlets[request] = outlet
        said = await self.link.say(line)
        if request is None:
            await exchange.reply.answer(202, b"", self._headers())
            return
        if not said:
            self._lose(request, delivered=False)
        await self._give(exchange, outlet, request)

    async def get(self, exchange: Exchange) -> None:
        """Give the stream of what belongs to no request; there is one."""
        if self._general is not None:
            raise UnfitError(409, "this session has a stream already")
        self._general = outlet = Outlet()
        try:
            while self._held:
                outlet.offer(self._held.popleft())
            await deliver(Delivery(exchange, outlet, lambda _: 200, self._headers()))
        finally:
            self._general = None

    def _hear(self, line: bytes | None) -> None:
        """Pass one line of the server to where it belongs."""
        step = self.session.from_upstream(line)
        if step.note:
            note(step.note)
        if step.message is None or step.client is None:
            return
        if step.message.method is None and step.message.id is not None:
            answered = self._outlets.pop(step.message.id, None)
            if answered is not None:
                answered.end(step.client)
        else:
            self._tell(step.message, step.client)

    def _left(self) -> None:
        """The server has gone: answer what it has left."""
        for request in list(self.session.asked):
            self._lose(request)
        # Nobody hears it, but what was cancelled runs no more.
        list(self.session.upstream_ended())
        if self._general is not None:
            self._general.end()

    async def _give(self, exchange: Exchange, outlet: Outlet, request: RequestId) -> None:
        def give_up() -> None:
            self._lose(request)

        try:
            await deliver(Delivery(exchange, outlet, lambda _: 200, self._headers(), self._silence, give_up, True))
        finally:
            # To leave is not to cancel in these versions: the answer is still counted when it comes.
            if self._outlets.get(request) is outlet:
                del self._outlets[request]

    def _lose(self, request: RequestId, *, delivered: bool = True) -> None:
        lost, outlet = self.session.lose(request, delivered=delivered), self._outlets.pop(request, None)
        if outlet is not None:
            outlet.end(lost)

    def _cancel(self, request: RequestId | None) -> None:
        """End the stream of a cancelled request, which in these versions takes an answer."""
        outlet = self._outlets.pop(request, None) if request is not None else None
        if outlet is not None:
            outlet.end(write_answer(error(request, REQUEST_CANCELLED, "the request was cancelled")))

    def _tell(self, message: Message, line: bytes) -> None:
        token: JsonValue = message.params.get("progressToken")
        outlets = list(self._outlets.values())
        belongs = [outlet for outlet in outlets if token is not None and outlet.token == token]
        if not belongs and len(outlets) == 1:
            belongs = outlets
        if not belongs and self._general is not None:
            belongs = [self._general]
        belongs = belongs or outlets
        if not belongs:
            self._held.append(line)
        elif not belongs[-1].offer(line):
            note("a message of the server was dropped: the client reads too slowly")

    def _headers(self) -> Pairs:
        return [(SESSION, self.name)]
