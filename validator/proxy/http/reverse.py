"""The server behind us speaks HTTP: each request of a client in, the same request judged to the server out."""

from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx2

from validator.proxy.http.exchange import Exchange
from validator.proxy.http.headers import LAST_EVENT, SESSION, Pairs, contradiction, pass_request, stamp_parameters
from validator.proxy.http.held import hear_out
from validator.proxy.http.refusal import answer_refusal
from validator.proxy.http.relay import Question, relay
from validator.proxy.http.schemas import Schemas
from validator.proxy.http.unfit import UnfitError
from validator.proxy.judging import decide
from validator.proxy.notes import note
from validator.proxy.session import Session
from validator.proxy.sides import is_loopback
from validator.proxy.step import Step
from validator.proxy.wire import ToolCall

CONNECT_SECONDS: Final = 10.0
WRITE_SECONDS: Final = 30.0
MOST_IDLE: Final = 100
LOOK_SECONDS: Final = 2.0


@dataclass(slots=True)
class Reverse:
    """Carries requests to the server at an address; one pool of warm connections for all clients."""

    url: str
    client: httpx2.AsyncClient
    schemas: Schemas = field(default_factory=Schemas)

    async def serve(self, exchange: Exchange) -> None:
        """Judge a request, carry it to the server, and what it answers back."""
        session = self._session(exchange)
        if exchange.method != "POST":
            await self._carry(Question(exchange, session, None, self.schemas, True, LAST_EVENT in exchange.headers))
            return
        step = await decide(session, exchange.body, partial(contradiction, headers=exchange.headers.items()))
        step = await hear_out(exchange, session, step, [])
        if step.message is None or step.upstream is None:
            await answer_refusal(exchange, step)
            return
        exchange.rpc = step.message.method or ""
        request = step.message.id if step.message.method is not None else None
        question = Question(exchange, session, request, self.schemas, exchange.session_id is not None)
        await self._carry(question, step)

    async def reachable(self) -> bool:
        """Whether the server answers, whatever it may say."""
        try:
            await self.client.head(self.url, timeout=LOOK_SECONDS)
        except httpx2.HTTPError:
            return False
        return True

    async def close(self) -> None:
        """Let the connections go."""
        await self.client.aclose()

    def _session(self, exchange: Exchange) -> Session:
        """The session that the client names, and may name; else one that ends with this exchange."""
        if exchange.session_id is None:
            return exchange.caller.begin()
        session = exchange.caller.sessions.find(exchange.session_id)
        if session is None:
            raise UnfitError(404, "there is no session of this id: begin a new one")
        return session

    async def _carry(self, question: Question, step: Step | None = None) -> None:
        exchange, request = question.exchange, question.request
        try:
            outgoing = self._outgoing(exchange, step)
            try:
                response = await self.client.send(outgoing, stream=True)
            except httpx2.HTTPError as failure:
                note(f"the server cannot be reached: {type(failure).__name__}: {failure}")
                await question.give_up(delivered=not isinstance(failure, (httpx2.ConnectError, httpx2.ConnectTimeout)))
                return
            try:
                self._follow(question, response)
                await relay(question, response)
            finally:
                await response.aclose()
        finally:
            # Whoever left may come back for the answer in a session; else leaving is how to cancel.
            if request is not None and not question.lasting:
                question.session.abandon(request)

    def _outgoing(self, exchange: Exchange, step: Step | None) -> httpx2.Request:
        headers: Pairs = pass_request(exchange.headers.items(), body=step is not None)
        silence = None if step is None or exchange.lasting else self.client.timeout.read
        if step is not None and step.arguments is not None and isinstance(step.message, ToolCall):
            headers = stamp_parameters(headers, self.schemas.places(step.message.tool), step.arguments)
        waiting = httpx2.Timeout(CONNECT_SECONDS, read=silence, write=WRITE_SECONDS)
        content = None if step is None else step.upstream
        return self.client.build_request(exchange.method, self.url, headers=headers, content=content, timeout=waiting)

    def _follow(self, question: Question, response: httpx2.Response) -> None:
        """Keep the sessions that the server begins and ends."""
        exchange, sessions = question.exchange, question.exchange.caller.sessions
        begun, named = response.headers.get(SESSION), exchange.session_id
        if begun is not None and begun != named and response.is_success:
            sessions.keep(begun, question.session)
        if named is not None and exchange.method == "DELETE" and response.is_success:
            sessions.end(named)


def open_client(url: str, credentials: Pairs, seconds: float) -> httpx2.AsyncClient:
    """The pool of connections to a server; `seconds` is the longest silence while an answer is due."""
    return httpx2.AsyncClient(
        headers=credentials,
        timeout=httpx2.Timeout(seconds),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=MOST_IDLE),
        # What the server gives to one client is not to be shown by another.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        # A proxy of the network does not lead back to this machine.
        trust_env=not is_loopback(httpx2.URL(url).host),
    )
