"""A message of a client in, the step that follows out, without holding up anybody else."""

import asyncio
from typing import Final

from validator.proxy.session import Check, Session, Step
from validator.proxy.wire import Broken, Message

SHORT: Final = 64 * 1024


async def decide(session: Session, line: bytes | None, check: Check | None = None) -> Step:
    """Judge a message, away from the loop if that may take long: it then holds up neither answers nor signals.

    This is the one place where judgments leave the loop, which costs more than most messages need. Who is cancelled
    meanwhile leaves nothing behind: the judgment is seen to its end, and the call that it let through is given up.
    """
    long = line is not None and len(line) > SHORT
    message = await asyncio.to_thread(session.read, line, check) if long else session.read(line, check)
    return await _apart(session, message) if session.takes_long(message) else session.judge(message)


async def _apart(session: Session, message: Message | Broken | None) -> Step:
    judging = asyncio.ensure_future(asyncio.to_thread(session.judge, message))
    try:
        return await asyncio.shield(judging)
    except asyncio.CancelledError:
        step = await judging
        if step.message is not None and step.message.id is not None:
            session.undelivered(step.message.id)
        raise
