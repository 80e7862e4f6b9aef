"""An answer of the server over HTTP in, its messages to the client out, each as the session lets it pass."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import httpx2

from validator.proxy.events import Event, EventSplitter, make_event
from validator.proxy.http.exchange import Exchange
from validator.proxy.http.headers import EVENTS, Pairs, pass_answer
from validator.proxy.http.schemas import Schemas
from validator.proxy.lines import LONGEST_LINE
from validator.proxy.notes import note
from validator.proxy.session import LIST, Session
from validator.proxy.step import Step
from validator.proxy.wire import INTERNAL_ERROR, RequestId, usable_id

CREDENTIALS: Final = (
    "the server behind the proxy asks for credentials: ask the person who runs the proxy "
    "to name them in --upstream-headers or VALIDATOR_UPSTREAM_TOKEN"
)
ELSEWHERE: Final = "the server behind the proxy sends us elsewhere, and the proxy goes nowhere else"
NO_ANSWER: Final = "the server behind the proxy gave no answer"


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer belongs to: the exchange, its session, and the id that it asks, None where it asks nothing.

    `lasting` says that the session outlives this exchange, so that its client may come back for the answer;
    `repeated` that it has done so.
    """

    exchange: Exchange
    session: Session
    request: RequestId | None
    schemas: Schemas
    lasting: bool = False
    repeated: bool = False

    def read(self, data: bytes | None) -> Step:
        """What becomes of one message of the server."""
        step = self.session.from_upstream(data, repeated=self.repeated)
        if step.note:
            note(step.note)
        if self.exchange.rpc == LIST and step.message is not None and step.message.method is None:
            self.schemas.learn(step.message)
        return step

    async def give_up(self, *, delivered: bool = True) -> None:
        """Answer what the server will not answer, where nothing was said yet."""
        lost = self.session.lose(self.request, delivered=delivered) if self.request is not None else None
        if lost is None:
            await self.exchange.reply.refuse(502, INTERNAL_ERROR, NO_ANSWER)
        else:
            # A tool result says itself what happened; an error says it by its status too.
            await self.exchange.reply.answer_json(200 if b'"result"' in lost else 502, lost)


async def relay(question: Question, response: httpx2.Response) -> None:
    """Pass an answer on as it comes."""
    exchange, status = question.exchange, response.status_code
    headers = pass_answer(response.headers.multi_items())
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if status in (401, 407) or 300 <= status < 400:
        reason = ELSEWHERE if status < 400 else CREDENTIALS
        note(f"{reason} (status {status})")
        if question.request is not None:
            question.session.lose(question.request)
        await exchange.reply.refuse(502, INTERNAL_ERROR, reason, question.request)
    elif status == 200 and kind == EVENTS:
        await _relay_events(question, response, headers)
    else:
        await _relay_whole(question, response, headers)


async def _relay_events(question: Question, response: httpx2.Response, headers: Pairs) -> None:
    """Pass events one by one, none later than the chunk that completes it."""
    exchange, splitter, marked = question.exchange, EventSplitter(), False
    await exchange.reply.start(200, headers)
    try:
        async for chunk in response.aiter_bytes():
            events = list(splitter.feed(chunk))
            marked = marked or any(event is not None and event.mark for event in events)
            await exchange.reply.write(b"".join(_told(question, event) for event in events))
    except httpx2.HTTPError as failure:
        note(f"the server broke off its answer: {type(failure).__name__}")
    # Who was given a place to come back to will come back; nobody else will hear more.
    if question.request is not None and not (question.lasting and marked):
        lost = question.session.lose(question.request)
        await exchange.reply.write(b"" if lost is None else make_event(lost))
    await exchange.reply.finish()


def _told(question: Question, event: Event | None) -> bytes:
    if event is None:
        question.read(None)
        return b""
    return event.carrying(question.read(event.data).client) if event.data else event.raw


async def _relay_whole(question: Question, response: httpx2.Response, headers: Pairs) -> None:
    """Pass a single message, or the text that goes with a status."""
    exchange = question.exchange
    try:
        body = await read_whole(response.aiter_bytes())
    except httpx2.HTTPError as failure:
        note(f"the server broke off its answer: {type(failure).__name__}")
        body = None
    if body is None:
        await question.give_up()
    elif response.status_code >= 400:
        await _relay_failure(question, response.status_code, body, headers)
    elif question.request is None:
        # What is no request has no answer: whatever the server wrote, its status says enough.
        await exchange.reply.answer(response.status_code, b"", headers)
    else:
        step = question.read(body)
        if step.client is None or question.request in question.session.asked:
            await question.give_up()
        else:
            await exchange.reply.answer_json(response.status_code, step.client, headers)


async def _relay_failure(question: Question, status: int, body: bytes, headers: Pairs) -> None:
    """Pass a status that says no: with the error it carries, or with its text if that is no message."""
    exchange, step = question.exchange, question.read(body) if _is_answer(body) else None
    if step is not None and step.client is not None:
        await exchange.reply.answer_json(status, step.client, headers)
        return
    if question.request is not None:
        question.session.fail(question.request)
    if status == 404 and exchange.session_id is not None:
        # It is not the request that was not found.
        exchange.caller.sessions.end(exchange.session_id)
    if exchange.reply.streaming:
        # A status can be told no more.
        await exchange.reply.refuse(
            status, INTERNAL_ERROR, f"the server answered with status {status}", question.request
        )
    else:
        await exchange.reply.answer(status, b"" if step is not None else body, headers)


def _is_answer(body: bytes) -> bool:
    """Whether a text could be taken for the answer to a request; an error without an id is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return body.lstrip()[:1] in (b"{", b"[")
    if not isinstance(said, dict):
        return isinstance(said, list)
    return "result" in said or usable_id(said.get("id")) is not None


async def read_whole(chunks: AsyncIterator[bytes]) -> bytes | None:
    """A body, None if it is too long to keep."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > LONGEST_LINE:
            note(f"the server's answer is longer than {LONGEST_LINE} bytes")
            return None
    return bytes(body)
