"""A message of a client in, the step that follows out, without holding up anybody else."""

import asyncio
from functools import partial

from validator.proxy.session import Check, Session, Step


async def decide(session: Session, line: bytes | None, check: Check | None = None) -> Step:
    """Judge a message away from the loop: a long judgment holds up neither answers nor signals.

    This is the one place where judgments leave the loop. Who is cancelled meanwhile leaves nothing behind: the
    judgment is seen to its end, and the call that it let through is given up.
    """
    judging = asyncio.ensure_future(asyncio.to_thread(partial(session.from_client, line, check)))
    try:
        return await asyncio.shield(judging)
    except asyncio.CancelledError:
        step = await judging
        if step.message is not None and step.message.id is not None:
            session.undelivered(step.message.id)
        raise
