"""How a server is started and ended."""

import asyncio
import signal
import subprocess

import pytest

from validator.model.errors import UpstreamError
from validator.proxy.upstream import end, exit_code, start, watch

STUBBORN = ("sh", "-c", 'trap "" TERM; echo ready; while :; do sleep 1000; done')
POLITE = ("sh", "-c", "echo ready; sleep 1000; echo never")
QUICK = ("sh", "-c", "echo ready; exit 5")


async def _end(process: subprocess.Popen[bytes]) -> int:
    return await end(process, asyncio.create_task(watch(process)), grace=0.2)


@pytest.mark.parametrize(
    ("command", "code"), [(STUBBORN, 128 + signal.SIGKILL), (POLITE, 128 + signal.SIGTERM), (QUICK, 5)]
)
def test_a_server_is_asked_before_it_is_killed(command: tuple[str, ...], code: int) -> None:
    with start(command) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert asyncio.run(_end(process)) == code


def test_nothing_of_the_servers_group_is_left() -> None:
    with start(STUBBORN) as process:
        assert process.stdout is not None
        process.stdout.readline()
        asyncio.run(_end(process))
        # The sleeping grandchild holds the pipe: it ends only when that is gone too.
        assert process.stdout.read() == b""


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["no-such-server"], "no-such-server: cannot be started: No such file or directory"),
        (["/"], "/: cannot be started: Permission denied"),
        (["a\0b"], "cannot be started: embedded null byte"),
    ],
)
def test_a_command_that_cannot_be_started_is_named(command: list[str], reason: str) -> None:
    with pytest.raises(UpstreamError, match="after -- give the command") as caught:
        start(command)
    assert reason in str(caught.value)


def test_exit_codes_read_as_in_a_shell() -> None:
    assert [exit_code(returned) for returned in (0, 7, -15)] == [0, 7, 143]
