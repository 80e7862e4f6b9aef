"""One request of a client over HTTP, and the means to answer it."""

from dataclasses import dataclass
from typing import Final, Protocol

from starlette.datastructures import Headers
from starlette.types import Send

from validator.proxy.events import make_event
from validator.proxy.http.callers import Caller
from validator.proxy.http.headers import JSON, SESSION, STREAM, Pairs
from validator.proxy.http.unfit import UnfitError
from validator.proxy.reply import error
from validator.proxy.wire import INVALID_REQUEST, RequestId, write_answer

LISTEN: Final = "subscriptions/listen"


@dataclass(eq=False, slots=True)
class Reply:
    """The answer to a request; `status` is 0 until it has begun.

    Of one that is `streaming`, whatever else is given becomes the rest of the stream.
    """

    send: Send
    status: int = 0
    finished: bool = False
    streaming: bool = False

    async def open_stream(self, headers: Pairs) -> None:
        """Begin a stream of events, before it is known what the answer will be."""
        await self.start(200, [*STREAM, *headers])
        self.streaming = True

    async def start(self, status: int, headers: Pairs) -> None:
        """Begin an answer."""
        if self.streaming:
            return
        self.status = status
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, data: bytes) -> None:
        """Send a part of the answer, once the client has read enough of what came before."""
        if data:
            await self.send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """End the answer."""
        self.finished = True
        await self.send({"type": "http.response.body", "body": data, "more_body": False})

    async def answer(self, status: int, body: bytes = b"", headers: Pairs | None = None) -> None:
        """Give a whole answer."""
        if self.streaming:
            await self.finish(make_event(body) if body else b"")
            return
        # A status of 204 says itself that nothing follows.
        length = [] if status == 204 else [("content-length", str(len(body)))]
        await self.start(status, [*(headers or []), *length])
        await self.finish(body)

    async def answer_json(self, status: int, body: bytes, headers: Pairs | None = None) -> None:
        """Give a whole answer that is a message."""
        others = [(name, value) for name, value in headers or [] if name != "content-type"]
        await self.answer(status, body, [("content-type", JSON), *others])

    async def refuse(self, status: int, code: int, reason: str, request: RequestId | None = None) -> None:
        """Give an error of the protocol."""
        await self.answer_json(status, write_answer(error(request, code, reason)))

    async def turn_away(self, unfit: UnfitError) -> None:
        """Say why a request gets no further."""
        body = write_answer(error(None, INVALID_REQUEST, unfit.reason))
        await self.answer_json(unfit.status, body, list(unfit.headers.items()))

    async def break_off(self) -> None:
        """End in good order what has begun, and turn away what has not."""
        if not self.status:
            await self.turn_away(UnfitError(503, "the proxy is about to end"))
        elif not self.finished:
            await self.finish()


@dataclass(eq=False, slots=True)
class Exchange:
    """What a client asks, and who it is; `rpc` is the method of its message, once that was read."""

    method: str
    headers: Headers
    body: bytes
    caller: Caller
    reply: Reply
    rpc: str = ""

    @property
    def session_id(self) -> str | None:
        """The MCP session that the client names."""
        return self.headers.get(SESSION)

    @property
    def lasting(self) -> bool:
        """Whether its answer goes on for as long as there is something to tell."""
        return self.method == "GET" or self.rpc == LISTEN


class Back(Protocol):
    """The side of the server."""

    async def serve(self, exchange: Exchange) -> None:
        """Answer a request; raises UnfitError if it has not begun to."""

    async def reachable(self) -> bool:
        """Whether the server is there, as far as can be told without asking it for anything."""

    async def close(self) -> None:
        """Let go of the server."""
