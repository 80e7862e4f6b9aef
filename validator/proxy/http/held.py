"""A call over HTTP that waits for a person in, out the step that follows; its own stream carries the question."""

from typing import Final

from validator.proxy.events import make_event
from validator.proxy.http.exchange import Exchange
from validator.proxy.http.headers import Pairs
from validator.proxy.reply import error
from validator.proxy.session import Session
from validator.proxy.step import Step
from validator.proxy.waiting import ask_person
from validator.proxy.wire import write_answer

PING: Final = b": ping\n\n"
REQUEST_CANCELLED: Final = -32800


async def hear_out(exchange: Exchange, session: Session, step: Step, headers: Pairs) -> Step:
    """Put the question of a step, where it has one, and give the step that follows its answer."""
    question = step.question
    if question is None:
        return step
    await exchange.reply.open_stream(headers)

    async def tell(line: bytes | None) -> None:
        await exchange.reply.write(PING if line is None else make_event(line))

    step = await ask_person(session, question, tell)
    if step.client is None and step.upstream is None:
        # It was cancelled, which in these versions takes an answer over HTTP.
        told = error(question.call.request, REQUEST_CANCELLED, "the request was cancelled")
        return Step(client=write_answer(told))
    return step
