"""A command in, the server's process out; and the ladder by which it is ended."""

import asyncio
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress

from validator.model.errors import Problem, UpstreamError
from validator.worker.apart import environment_of_others

GRACE = 2.0


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the server with our own environment and stderr, in a process group of its own."""
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env=environment_of_others(),
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _cannot_start(command, reason) from error


def check_command(command: Sequence[str]) -> None:
    """Look whether there is such a program, for a server that is started later; raises UpstreamError."""
    if "\0" in command[0] or shutil.which(command[0]) is None:
        raise _cannot_start(command, "there is no such program")


def _cannot_start(command: Sequence[str], reason: str) -> UpstreamError:
    advice = "after -- give the command of the server as you would type it in a shell"
    return UpstreamError(Problem(command[0], f"cannot be started: {reason}", advice))


async def watch(process: subprocess.Popen[bytes]) -> int:
    """What the process returns, once it has ended; waits in a thread of its own, for that may take for ever."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def tell(returned: int) -> None:
        if not ended.done():
            ended.set_result(returned)

    def wait() -> None:
        returned = process.wait()
        # Nobody is there to hear it when the loop has ended first.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, returned)

    threading.Thread(target=wait, daemon=True).start()
    return await ended


async def end(process: subprocess.Popen[bytes], ended: asyncio.Task[int], grace: float = GRACE) -> int:
    """Wait for a server whose stdin is closed, then ask its group to end, then end it; gives its exit code."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        await asyncio.wait({ended}, timeout=grace)
        if not ended.done():
            # It may end by itself between the question and the signal.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
    return exit_code(await ended)


def exit_code(returned: int) -> int:
    """The exit code as a shell gives it: 128 and the signal for a process that a signal ended."""
    return returned if returned >= 0 else 128 - returned
