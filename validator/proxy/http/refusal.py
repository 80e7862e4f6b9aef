"""A step that goes nowhere in, the answer to the client over HTTP out."""

from typing import Final

from validator.proxy.http.exchange import Exchange
from validator.proxy.notes import note
from validator.proxy.step import Step
from validator.proxy.wire import INVALID_REQUEST, PARSE_ERROR

METHOD_NOT_FOUND: Final = -32601
CANCELLED: Final = "it was cancelled before it was judged"


async def answer_refusal(exchange: Exchange, step: Step) -> None:
    """Say why a message goes no further: a refused tool call is a result like any other, the rest are errors."""
    if step.note:
        note(step.note)
    if step.heard:
        await exchange.reply.answer(202)
    elif step.client is not None:
        await exchange.reply.answer_json(_status(step), step.client)
    elif step.broken is not None:
        await exchange.reply.refuse(400, step.broken.code, step.broken.reason)
    elif exchange.body.strip():
        await exchange.reply.refuse(400, INVALID_REQUEST, CANCELLED)
    else:
        await exchange.reply.refuse(400, PARSE_ERROR, "the body is empty")


def _status(step: Step) -> int:
    if step.broken is None or (step.broken.tool is not None and step.broken.id is not None):
        return 200
    return 404 if step.broken.code == METHOD_NOT_FOUND else 400
