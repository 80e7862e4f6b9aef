"""A client on stdin and stdout in front of a server over HTTP: lines in, posts out, and what is said back as lines."""

import asyncio
import sys
import time
from contextlib import suppress
from typing import Final

import httpx2

from validator.model.errors import UpstreamError
from validator.proxy.gatekeeper import Gatekeeper
from validator.proxy.http.dial import Dial, Posting
from validator.proxy.http.headers import Pairs
from validator.proxy.http.inbound import INITIALIZE
from validator.proxy.http.learning import learn
from validator.proxy.http.reverse import open_client
from validator.proxy.http.schemas import Schemas
from validator.proxy.http.stamp import stamp
from validator.proxy.judging import decide
from validator.proxy.notes import note
from validator.proxy.pipes import open_reader, open_writer, read_lines
from validator.proxy.reply import error
from validator.proxy.session import CANCEL, LIST, Session
from validator.proxy.sides import Behind
from validator.proxy.stdio import SIGNALS
from validator.proxy.step import Step
from validator.proxy.upstream import GRACE
from validator.proxy.waiting import Holding
from validator.proxy.wire import INTERNAL_ERROR, Message, RequestId, ToolCall, is_modern, usable_id, write_answer

INITIALIZED: Final = "notifications/initialized"
ENDED: Final = "the server has ended the session: start the client again"


def run_dialling(gate: Gatekeeper, behind: Behind, credentials: Pairs) -> int:
    """Serve until the client leaves, the server ends the session, or a signal says so."""
    return asyncio.run(_run(gate, behind, credentials))


async def _run(gate: Gatekeeper, behind: Behind, credentials: Pairs) -> int:
    loop = asyncio.get_running_loop()
    async with open_client(behind.url, credentials, behind.silence) as client:
        pump = HttpPump(Session(gate, time.monotonic), client, behind.url, await open_writer(sys.stdout))
        for number in SIGNALS:
            loop.add_signal_handler(number, pump.stop, 128 + number)
        inward = asyncio.create_task(pump.carry_inward(await open_reader(sys.stdin)))
        await pump.done.wait()
        inward.cancel()
        await pump.release()
        # A judgment may still be under way in its thread; its call is answered with the rest.
        await loop.shutdown_default_executor()
        await pump.finish()
    return pump.exit_code


class HttpPump:
    """Carries messages both ways, each request in a task of its own, and says when there is nothing left to carry."""

    def __init__(self, session: Session, client: httpx2.AsyncClient, url: str, out: asyncio.StreamWriter) -> None:
        """Write to `out` what the session lets pass."""
        self.exit_code = 0
        self.done = asyncio.Event()
        self._session = session
        self._dial = Dial(url, client, self._hear, self._end)
        self._schemas = Schemas()
        self._out = out
        self._asking: dict[RequestId, tuple[Message, asyncio.Task[None]]] = {}
        self._watching = asyncio.create_task(self._watch())
        self._listening: asyncio.Task[None] | None = None
        self._client_ended = False
        self._holding = Holding(session, self._tell, self._carry_out)

    def stop(self, exit_code: int) -> None:
        """Be done now, because a signal says so."""
        self.exit_code = exit_code
        self.done.set()

    async def carry_inward(self, reader: asyncio.StreamReader) -> None:
        """Judge and carry what the client says, until it has said everything."""
        try:
            async for line in read_lines(reader):
                step = await decide(self._session, line)
                if step.question is not None:
                    self._holding.begin(step.question)
                await self._carry_out(step)
            # Who says nothing more will answer no question.
            await self._holding.release()
        finally:
            self._client_ended = True
            self._rest()

    async def release(self) -> None:
        """Refuse what waits for a person, for nobody is there any more to answer."""
        await self._holding.release()

    async def finish(self) -> None:
        """Answer what the server left unanswered, end the session, and wait a while for the client to read it."""
        tasks = [task for _, task in self._asking.values()]
        if self._listening is not None:
            tasks.append(self._listening)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for line in self._session.upstream_ended():
            await self._tell(line)
        await self._dial.end()
        self._out.close()
        await asyncio.wait({self._watching}, timeout=GRACE)

    async def _carry_out(self, step: Step) -> None:
        if step.note:
            note(step.note)
        await self._tell(step.client)
        if step.message is not None and step.upstream is not None:
            await self._send(step, step.message, step.upstream)

    async def _send(self, step: Step, message: Message, line: bytes) -> None:
        """Post a request beside all others but the first, and anything else before what comes next."""
        request = message.id if message.method is not None else None
        if message.method == CANCEL and self._abort(message):
            return
        asking = self._ask(step, message, line, request)
        if request is not None:
            task = asyncio.create_task(asking)
            self._asking[request] = (message, task)
            if message.method == INITIALIZE:
                await asyncio.wait({task})
            return
        await asking
        if message.method == INITIALIZED:
            self._listening = asyncio.create_task(self._dial.listen())

    async def _ask(self, step: Step, message: Message, line: bytes, request: RequestId | None) -> None:
        delivered = True
        try:
            headers = await self._stamp(step, message)
            await self._dial.post(
                Posting(line, headers, request, message.method or "", self._session.asked.__contains__)
            )
        except httpx2.HTTPError as failure:
            note(f"the server cannot be reached: {type(failure).__name__}: {failure}")
            delivered = not isinstance(failure, (httpx2.ConnectError, httpx2.ConnectTimeout))
        except UpstreamError as failure:
            note(str(failure))
            if request is not None:
                await self._hear(write_answer(error(request, INTERNAL_ERROR, failure.problems[0].reason)))
        finally:
            if request is not None and self._asking.get(request, (None,))[0] is message:
                del self._asking[request]
            self._rest()
        lost = None if request is None else self._session.lose(request, delivered=delivered)
        if lost is not None:
            await self._tell(lost)
            self._rest()

    async def _stamp(self, step: Step, message: Message) -> Pairs:
        if not isinstance(message, ToolCall):
            return stamp(message, self._dial.version, {}, {})
        if is_modern(message.params) and message.tool not in self._schemas.known:
            await learn(self._dial, self._schemas, message)
        arguments = message.arguments if step.arguments is None else step.arguments
        return stamp(message, self._dial.version, self._schemas.places(message.tool), arguments)

    async def _hear(self, data: bytes | None) -> None:
        """Pass one message of the server, and learn from it what later messages need."""
        step = self._session.from_upstream(data)
        if step.note:
            note(step.note)
        if step.message is not None and step.message.method is None and step.message.id in self._asking:
            method = self._asking[step.message.id][0].method
            result = step.message.body.get("result")
            if method == LIST:
                self._schemas.learn(step.message)
            if method == INITIALIZE and isinstance(result, dict) and isinstance(result.get("protocolVersion"), str):
                self._dial.version = str(result["protocolVersion"])
        await self._tell(step.client)

    async def _tell(self, line: bytes | None) -> None:
        if line is None:
            return
        try:
            self._out.write(line + b"\n")
            await self._out.drain()
        except ConnectionError:
            self.done.set()

    async def _watch(self) -> None:
        """Be done when the client no longer listens."""
        with suppress(ConnectionError):
            await self._out.wait_closed()
        self.done.set()

    def _abort(self, cancelled: Message) -> bool:
        """Leave the stream of a request, which is how to cancel it in the versions without a handshake."""
        request = usable_id(cancelled.params.get("requestId"))
        asked = self._asking.get(request) if request is not None else None
        if asked is None or not is_modern(asked[0].params):
            return self._dial.version is None
        asked[1].cancel()
        return True

    def _end(self) -> None:
        note(ENDED)
        self.stop(1)

    def _rest(self) -> None:
        if self._client_ended and not self._asking:
            self.done.set()
