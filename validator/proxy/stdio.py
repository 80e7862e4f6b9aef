"""A gate and a command in, an exit code out: the pump between a client on our stdin and stdout and the server."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from validator.proxy.gatekeeper import Gatekeeper
from validator.proxy.judging import decide
from validator.proxy.pipes import open_reader, open_writer, read_lines
from validator.proxy.session import Session
from validator.proxy.step import Step
from validator.proxy.upstream import GRACE, end, start, watch
from validator.proxy.waiting import Holding

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_proxy(gate: Gatekeeper, command: Sequence[str]) -> int:
    """Serve until client or server leaves; raises UpstreamError if the server cannot be started."""
    return asyncio.run(_run(gate, start(command)))


async def _run(gate: Gatekeeper, process: subprocess.Popen[bytes]) -> int:
    """Pump until one side is gone, end the server in good order, answer what it left unanswered."""
    assert process.stdin is not None
    assert process.stdout is not None
    loop = asyncio.get_running_loop()
    pump = StdioPump(Session(gate, time.monotonic), await open_writer(sys.stdout), await open_writer(process.stdin))
    for number in SIGNALS:
        loop.add_signal_handler(number, pump.stop, 128 + number)
    ended = asyncio.create_task(watch(process))
    inward = asyncio.create_task(pump.carry_inward(await open_reader(sys.stdin)))
    outward = asyncio.create_task(pump.carry_outward(await open_reader(process.stdout)))
    done = asyncio.create_task(pump.done())
    await asyncio.wait({ended, outward, done}, return_when=asyncio.FIRST_COMPLETED)
    pump.close_upstream()
    code = await end(process, ended)
    # A process that the server left behind may hold its stdout open for ever.
    await asyncio.wait({outward}, timeout=GRACE)
    inward.cancel()
    await pump.release()
    # A judgment may still be under way in its thread; its call is answered with the rest.
    await loop.shutdown_default_executor()
    await pump.finish()
    if code:
        note(f"the server ended with exit code {code}")
    return pump.exit_code or code


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
        except ConnectionError:
            self._done.set()
        finally:
            self._client_ended = True
            self.close_upstream()
            self._rest()

    async def carry_outward(self, reader: asyncio.StreamReader) -> None:
        """Carry what the server says, until it has said everything."""
        try:
            async for line in read_lines(reader):
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


def note(text: str) -> None:
    """Tell the person who runs the proxy; stdout belongs to the protocol."""
    print(f"validator: {text}", file=sys.stderr, flush=True)
