"""A message of a client in, the step that follows out, without holding up anybody else."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from validator.policy.approval import Reply
from validator.proxy.question import Question
from validator.proxy.reading import Check, read_client
from validator.proxy.session import Session
from validator.proxy.step import Step
from validator.proxy.wire import Broken, Message, ToolCall

SHORT: Final = 64 * 1024


async def decide(session: Session, line: bytes | None, check: Check | None = None) -> Step:
    """Judge a message, away from the loop if that may take long: it then holds up neither answers nor signals."""
    long = line is not None and len(line) > SHORT
    message = await asyncio.to_thread(read_client, line, check) if long else read_client(line, check)
    if _takes_long(session, message):
        return await _see_through(session, partial(session.judge, message))
    return session.judge(message)


async def decide_anew(session: Session, question: Question, reply: Reply) -> Step:
    """Do the same with a call that somebody was asked about."""
    return await _see_through(session, partial(session.resume, question, reply))


def _takes_long(session: Session, message: Message | Broken | None) -> bool:
    """Whether judging a message may take long; what is refused or called may have to be recorded first."""
    match message:
        case Broken() as broken:
            return session.gate.takes_long(broken.tool or "")
        case ToolCall() as call:
            return session.gate.takes_long(call.tool)
        case Message() | None:
            return False


async def _see_through(session: Session, work: Callable[[], Step]) -> Step:
    """Do work in a thread; this is the one place where judgments leave the loop, which costs more than most need.

    Who is cancelled meanwhile leaves nothing behind: the judgment is seen to its end, and the call that it let through
    is given up, as is one that it would ask about.
    """
    judging = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(judging)
    except asyncio.CancelledError:
        step = await judging
        if step.question is not None:
            await asyncio.to_thread(session.resume, step.question, Reply.WITHDRAWN)
        if step.message is not None and step.message.id is not None:
            session.undelivered(step.message.id)
        raise
