"""A question in, what becomes of its call out, once somebody has answered or nobody needs to any more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from validator.policy.approval import Reply
from validator.proxy.judging import decide_anew
from validator.proxy.question import Question
from validator.proxy.session import Session
from validator.proxy.step import Step

Tell: TypeAlias = Callable[[bytes | None], Awaitable[None]]
"""Says a line to the client whose call waits; None is a sign of life without words."""


async def ask_person(session: Session, question: Question, tell: Tell) -> Step:
    """Put a question, wait for its answer, and decide; raises ConnectionError if the client has gone.

    Who is cancelled meanwhile takes the call back, and leaves no question open.
    """
    try:
        reply = await _put(question, tell, session.asker.tick)
    except (asyncio.CancelledError, ConnectionError):
        await decide_anew(session, question, Reply.WITHDRAWN)
        raise
    return await decide_anew(session, question, reply)


async def _put(question: Question, tell: Tell, tick: float) -> Reply:
    answer, left, number = asyncio.wrap_future(question.answer), question.decision.timeout, 0
    await tell(question.line)
    reply = Reply.UNANSWERED
    while left > 0:
        done, _ = await asyncio.wait({answer}, timeout=min(tick, left))
        if done:
            reply = answer.result()
            break
        left, number = left - tick, number + 1
        await tell(question.progress(number))
    if reply in (Reply.UNANSWERED, Reply.WITHDRAWN):
        await tell(question.withdrawal)
    return reply


class Holding:
    """The calls of one client on stdio that wait for a person, each in a task of its own."""

    def __init__(self, session: Session, tell: Tell, carry_out: Callable[[Step], Awaitable[None]]) -> None:
        """Say to the client by `tell` what is asked, and do by `carry_out` what comes of it."""
        self._session = session
        self._tell = tell
        self._carry_out = carry_out
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, question: Question) -> None:
        """Put a question while everything else goes on."""
        task = asyncio.create_task(self._ask(question))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def release(self) -> None:
        """Nobody is there any more who could answer: refuse every call that waits."""
        for question in list(self._session.questions.values()):
            question.settle(Reply.WITHDRAWN)
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _ask(self, question: Question) -> None:
        # A client that has gone is not told; whoever carries its lines sees to the rest.
        with suppress(ConnectionError):
            await self._carry_out(await ask_person(self._session, question, self._tell))
