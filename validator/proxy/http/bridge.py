"""The server behind us speaks over stdio: each request of a client in, to the process that it belongs to out."""

import asyncio
import secrets
import shutil
from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Final

from validator.model.errors import UpstreamError
from validator.proxy.http.exchange import Exchange
from validator.proxy.http.handshake import Conversation
from validator.proxy.http.headers import EVENTS, JSON
from validator.proxy.http.inbound import check_handshake, names_modern
from validator.proxy.http.link import Link
from validator.proxy.http.refusal import answer_refusal
from validator.proxy.http.shared import Shared
from validator.proxy.http.unfit import UnfitError
from validator.proxy.judging import decide
from validator.proxy.notes import note
from validator.proxy.session import Session

MOST_PROCESSES: Final = 32
IDLE_SECONDS: Final = 30 * 60.0


@dataclass(slots=True)
class Rooms:
    """The processes of one grant: one for each session, and one for all requests that need none."""

    sessions: OrderedDict[str, Conversation] = field(default_factory=OrderedDict)
    shared: Shared | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Bridge:
    """Starts processes of a command, and ends them when their clients have had enough; `silence` is in seconds."""

    command: Sequence[str]
    silence: float
    rooms: dict[str, Rooms] = field(default_factory=dict)
    ending: set["asyncio.Task[None]"] = field(default_factory=set)

    async def serve(self, exchange: Exchange) -> None:
        """Judge a request, say it to the process it belongs to, and give what that answers."""
        rooms = self.rooms.setdefault(exchange.caller.name, Rooms())
        if names_modern(exchange.headers):
            await self._serve_modern(rooms, exchange)
        elif exchange.session_id is not None:
            await self._serve_session(rooms, exchange, exchange.session_id)
        elif exchange.method == "POST":
            _check_accept(exchange, JSON, EVENTS)
            await self._begin(rooms, exchange)
        else:
            raise UnfitError(400, "there is no session: begin one with initialize")

    async def reachable(self) -> bool:
        """Whether there is a program to start."""
        return shutil.which(self.command[0]) is not None

    async def close(self) -> None:
        """End every process in good order."""
        for rooms in self.rooms.values():
            for name in list(rooms.sessions):
                self._end(rooms, name)
            if rooms.shared is not None:
                self._later(rooms.shared.link.close())
        if self.ending:
            await asyncio.wait(self.ending)

    async def _serve_modern(self, rooms: Rooms, exchange: Exchange) -> None:
        if exchange.method != "POST":
            raise UnfitError(405, "this version is spoken by POST alone", {"allow": "POST"})
        _check_accept(exchange, JSON, EVENTS)
        async with rooms.starting:
            if rooms.shared is None or not rooms.shared.link.alive:
                shared = Shared(exchange.caller, self.silence)
                await self._open(shared.link)
                rooms.shared = shared
        await rooms.shared.post(exchange)

    async def _serve_session(self, rooms: Rooms, exchange: Exchange, name: str) -> None:
        conversation = rooms.sessions.get(name)
        if conversation is None or not conversation.link.alive:
            rooms.sessions.pop(name, None)
            raise UnfitError(404, "there is no session of this id: begin a new one")
        rooms.sessions.move_to_end(name)
        if exchange.method == "DELETE":
            self._end(rooms, name)
            await exchange.reply.answer(200)
        elif exchange.method == "GET":
            _check_accept(exchange, EVENTS)
            await self._busy(rooms, conversation, conversation.get(exchange))
        else:
            _check_accept(exchange, JSON, EVENTS)
            await self._busy(rooms, conversation, conversation.post(exchange))

    async def _begin(self, rooms: Rooms, exchange: Exchange) -> None:
        """Start a process for a session that a client begins."""
        session = exchange.caller.begin()
        step = await decide(session, exchange.body, check_handshake)
        if step.message is None or step.upstream is None:
            await answer_refusal(exchange, step)
            return
        conversation = await self._start(rooms, session)
        await self._busy(rooms, conversation, conversation.carry(exchange, step.message, step.upstream))

    async def _start(self, rooms: Rooms, session: Session) -> Conversation:
        async with rooms.starting:
            self._make_room(rooms)
            # Its process is its own, so what a call leaves there no other session meets.
            session.connection = secrets.token_hex(16)
            conversation = Conversation(session.connection, session, self.silence)
            await self._open(conversation.link)
            rooms.sessions[conversation.name] = conversation
        return conversation

    def _make_room(self, rooms: Rooms) -> None:
        """End the session that was idle for longest, where there are too many."""
        for name, conversation in list(rooms.sessions.items()):
            if not conversation.link.alive:
                del rooms.sessions[name]
        if len(rooms.sessions) >= MOST_PROCESSES:
            idle = [name for name, conversation in rooms.sessions.items() if not conversation.busy]
            if not idle:
                reason = f"this grant has {MOST_PROCESSES} sessions open already: let one end, and try again"
                raise UnfitError(503, reason, {"retry-after": "10"})
            self._end(rooms, idle[0])

    async def _busy(self, rooms: Rooms, conversation: Conversation, work: Awaitable[None]) -> None:
        """Do something for a session, which is over when nothing was done for it for long."""
        conversation.busy += 1
        if conversation.idle is not None:
            conversation.idle.cancel()
        try:
            await work
        finally:
            conversation.busy -= 1
            if not conversation.busy:
                loop = asyncio.get_running_loop()
                conversation.idle = loop.call_later(IDLE_SECONDS, self._end, rooms, conversation.name)

    def _end(self, rooms: Rooms, name: str) -> None:
        conversation = rooms.sessions.pop(name, None)
        if conversation is not None:
            self._later(conversation.link.close())

    def _later(self, closing: Awaitable[None]) -> None:
        task = asyncio.ensure_future(closing)
        self.ending.add(task)
        task.add_done_callback(self.ending.discard)

    async def _open(self, link: Link) -> None:
        try:
            await link.open(self.command)
        except UpstreamError as error:
            note(f"the server cannot be started: {error}")
            raise UnfitError(502, "the server behind the proxy cannot be started: look at its log") from error


def _check_accept(exchange: Exchange, *kinds: str) -> None:
    accepted = [part.partition(";")[0].strip() for part in exchange.headers.get("accept", "").lower().split(",")]
    for kind in kinds:
        if not {kind, f"{kind.partition('/')[0]}/*", "*/*"} & set(accepted):
            raise UnfitError(406, f"the client must accept {kind}")
