"""A gate and a command in, an exit code out: between a client on our stdin and stdout and a server that we start.

What judges takes a while to load. So the server is started first, and the client's `initialize`, of which no policy
speaks, passes before the gate is there; everything else waits for it.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from validator.proxy.greeting import Greeting
from validator.proxy.notes import note
from validator.proxy.pipes import open_reader, open_writer
from validator.proxy.upstream import GRACE, end, start, watch

if TYPE_CHECKING:
    from validator.proxy.gatekeeper import Gatekeeper
    from validator.proxy.pump import StdioPump

LAST_WORDS = 0.2  # seconds
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_proxy(open_gate: Callable[[], "Gatekeeper"], command: Sequence[str]) -> int:
    """Serve until client or server leaves; raises UpstreamError if the server cannot be started, or as `open_gate`."""
    return asyncio.run(_run(open_gate, start(command)))


async def _run(open_gate: Callable[[], "Gatekeeper"], process: subprocess.Popen[bytes]) -> int:
    """Greet while the gate loads, then pump; the server is ended in good order, whatever happens."""
    halted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, _halt, halted, 128 + number)
    ended = asyncio.create_task(watch(process))
    try:
        pump, greeting = await _begin(open_gate, process, halted)
        halted.add_done_callback(lambda halt: pump.stop(halt.result()))
        return await _pump(pump, greeting, process, ended)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await end(process, ended)


async def _begin(
    open_gate: Callable[[], "Gatekeeper"], process: subprocess.Popen[bytes], halted: asyncio.Future[int]
) -> tuple["StdioPump", Greeting]:
    """Let client and server greet each other until there is a gate; raises as `open_gate` where there will be none."""
    assert process.stdin is not None
    assert process.stdout is not None
    client, server = await open_writer(sys.stdout), await open_writer(process.stdin)
    greeting = Greeting(await open_reader(sys.stdin), await open_reader(process.stdout))
    opening = asyncio.ensure_future(asyncio.to_thread(_open_pump, open_gate))
    halting = asyncio.ensure_future(_leave(halted, opening, process))
    await greeting.pass_on(opening, client, server)
    await asyncio.wait({opening})
    halting.cancel()
    if opening.exception() is not None:
        greeting.close()
        server.close()
        _ask_to_end(process)
    return (await opening)(greeting, client, server), greeting


async def _leave(halted: asyncio.Future[int], opening: asyncio.Future[Any], process: subprocess.Popen[bytes]) -> None:
    """On a signal before there is a gate, end at once: what loads it may wait for something that never comes."""
    exit_code = await asyncio.shield(halted)
    if not opening.done():
        _ask_to_end(process)
        os._exit(exit_code)


def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


def _open_pump(open_gate: Callable[[], "Gatekeeper"]) -> "Callable[..., StdioPump]":
    """Load all that judges, in a thread beside the greeting."""
    from functools import partial

    from validator.proxy.pump import make_pump

    return partial(make_pump, open_gate())


def _halt(halted: asyncio.Future[int], exit_code: int) -> None:
    if not halted.done():
        halted.set_result(exit_code)


async def _pump(
    pump: "StdioPump", greeting: Greeting, process: subprocess.Popen[bytes], ended: asyncio.Task[int]
) -> int:
    """Pump until one side is gone, end the server in good order, answer what it left unanswered."""
    inward = asyncio.create_task(pump.carry_inward(greeting.from_client))
    outward = asyncio.create_task(pump.carry_outward(greeting.from_server))
    done = asyncio.create_task(pump.done())
    await asyncio.wait({ended, outward, done}, return_when=asyncio.FIRST_COMPLETED)
    pump.close_upstream()
    code = await end(process, ended)
    # What the client has said already is answered, though the server may have gone before we looked.
    await asyncio.wait({inward}, timeout=LAST_WORDS)
    # A process that the server left behind may hold its stdout open for ever.
    await asyncio.wait({outward}, timeout=GRACE)
    inward.cancel()
    await pump.release()
    # A judgment may still be under way in its thread; its call is answered with the rest.
    await asyncio.get_running_loop().shutdown_default_executor()
    await pump.finish()
    if code:
        note(f"the server ended with exit code {code}")
    return pump.exit_code or code
