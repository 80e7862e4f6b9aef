"""Lines of either side in, what the session says out: between a client and a server that both speak by lines."""

import asyncio
import time
from collections.abc import AsyncIterable

from validator.proxy.gatekeeper import Gatekeeper
from validator.proxy.greeting import Greeting
from validator.proxy.judging import decide
from validator.proxy.notes import note
from validator.proxy.session import Session
from validator.proxy.step import Step
from validator.proxy.upstream import GRACE
from validator.proxy.waiting import Holding


class StdioPump:
    """Carries lines both ways and says when there is nothing left to carry."""

    def __init__(self, session: Session, client: asyncio.StreamWriter, upstream: asyncio.StreamWriter) -> None:
        """Write to `client` and `upstream` what the session says."""
        self.exit_code = 0
        self._session = session
        self._client = client
        self._upstream = upstream
        self._client_ended = False
        self._done = asyncio.Event()
        self._holding = Holding(session, self._tell, self._carry_out)

    def stop(self, exit_code: int) -> None:
        """Be done now, because a signal says so."""
        self.exit_code = exit_code
        self._done.set()

    async def done(self) -> None:
        """Wait until we were stopped, the client has gone, or it has asked all it wanted and was answered."""
        stopped = asyncio.create_task(self._done.wait())
        gone = asyncio.create_task(self._client_gone())
        await asyncio.wait({stopped, gone}, return_when=asyncio.FIRST_COMPLETED)

    async def carry_inward(self, lines: AsyncIterable[bytes | None]) -> None:
        """Judge and carry what the client says, until it has said everything."""
        try:
            async for line in lines:
                step = await decide(self._session, line)
                if step.question is not None:
                    self._holding.begin(step.question)
                await self._carry_out(step)
            # Who says nothing more will answer no question.
            await self._holding.release()
        except ConnectionError:
            self._done.set()
        finally:
            self._client_ended = True
            self.close_upstream()
            self._rest()

    async def carry_outward(self, lines: AsyncIterable[bytes | None]) -> None:
        """Carry what the server says, until it has said everything."""
        try:
            async for line in lines:
                await self._carry_out(self._session.from_upstream(line))
                self._rest()
        except ConnectionError:
            self._done.set()

    async def release(self) -> None:
        """Refuse what waits for a person, for nobody is there any more to answer."""
        await self._holding.release()

    def close_upstream(self) -> None:
        """Tell the server that nothing more will come."""
        self._upstream.close()

    async def finish(self) -> None:
        """Answer what the server left unanswered, and wait a while for the client to read it."""
        for line in self._session.upstream_ended():
            self._client.write(line + b"\n")
        self._client.close()
        await asyncio.wait({asyncio.create_task(self._client_gone())}, timeout=GRACE)

    async def _client_gone(self) -> None:
        try:
            await self._client.wait_closed()
        except ConnectionError:
            return

    async def _tell(self, line: bytes | None) -> None:
        if line is not None:
            self._client.write(line + b"\n")
            await self._client.drain()

    async def _carry_out(self, step: Step) -> None:
        if step.request is not None and self._upstream.is_closing():
            # Nothing that is written now arrives.
            step = self._session.undelivered(step.request)
        if step.note:
            note(step.note)
        for writer, line in ((self._upstream, step.upstream), (self._client, step.client)):
            if line is not None:
                writer.write(line + b"\n")
                await writer.drain()

    def _rest(self) -> None:
        if self._client_ended and not self._session.asked:
            self._done.set()


def make_pump(
    gate: Gatekeeper, greeting: Greeting, client: asyncio.StreamWriter, server: asyncio.StreamWriter
) -> StdioPump:
    """The pump of a session that knows of what has passed before the gate was there."""
    session = Session(gate, time.monotonic)
    if greeting.asked is not None:
        session.from_client(greeting.asked)
    if greeting.answered is not None:
        session.from_upstream(greeting.answered)
    return StdioPump(session, client, server)
