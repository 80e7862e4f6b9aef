"""Messages for one client in, the answer to its request out: one message, or a stream of events."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from validator.model.known import JsonValue
from validator.proxy.events import make_event
from validator.proxy.http.exchange import Exchange
from validator.proxy.http.headers import STREAM, Pairs

PING_SECONDS: Final = 15.0
PING: Final = b": ping\n\n"
MOST_WAITING: Final = 16 * 1024 * 1024


@dataclass(eq=False, slots=True)
class Outlet:
    """What waits to be sent to one client; `token` is what its request calls progress by.

    `answered` says that the server has given the last message itself.
    """

    token: JsonValue = None
    waiting: deque[bytes] = field(default_factory=deque)
    size: int = 0
    last: bytes | None = None
    ended: bool = False
    answered: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, line: bytes) -> bool:
        """Have a message sent; a client that reads too slowly misses it."""
        if self.ended or self.size + len(line) > MOST_WAITING:
            return False
        self.size += len(line)
        self.waiting.append(line)
        self.changed.set()
        return True

    def end(self, last: bytes | None = None) -> None:
        """Have the last message sent, if there is one."""
        if not self.ended:
            self.ended, self.last = True, last
            self.changed.set()

    async def take(self, seconds: float) -> bytes | None:
        """The next message but the last, None when there are no more of those; raises TimeoutError."""
        while not self.waiting:
            if self.ended:
                return None
            self.changed.clear()
            async with asyncio.timeout(seconds):
                await self.changed.wait()
        line = self.waiting.popleft()
        self.size -= len(line)
        return line


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an answer is given: after `silence` seconds without a word `give_up` is to end the outlet; None never.

    `streamed` has even a single message sent as an event.
    """

    exchange: Exchange
    outlet: Outlet
    status_of: Callable[[bytes], int]
    headers: Pairs = field(default_factory=list)
    silence: float | None = None
    give_up: Callable[[], None] = lambda: None
    streamed: bool = False


async def deliver(delivery: Delivery) -> None:
    """Send what comes: a single message as such, and events as soon as there are several or it takes long."""
    reply, outlet, quiet = delivery.exchange.reply, delivery.outlet, 0.0
    if delivery.exchange.lasting or delivery.streamed:
        await _start(delivery)
    while True:
        patience = PING_SECONDS if delivery.silence is None else min(PING_SECONDS, delivery.silence)
        try:
            line = await outlet.take(patience)
        except TimeoutError:
            quiet += patience
            if delivery.silence is not None and quiet >= delivery.silence:
                delivery.give_up()
            else:
                await _start(delivery)
                await reply.write(PING)
            continue
        if line is None:
            break
        quiet = 0.0
        await _start(delivery)
        await reply.write(make_event(line))
    await _end(delivery)


async def _start(delivery: Delivery) -> None:
    if not delivery.exchange.reply.status:
        await delivery.exchange.reply.start(200, [*STREAM, *delivery.headers])


async def _end(delivery: Delivery) -> None:
    reply, last = delivery.exchange.reply, delivery.outlet.last
    if reply.status:
        await reply.finish(b"" if last is None else make_event(last))
    elif last is None:
        await reply.answer(202, b"", delivery.headers)
    else:
        await reply.answer_json(delivery.status_of(last), last, delivery.headers)
