"""Messages of one client in, posted to a server over HTTP; what it says, on whatever stream, out one by one."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import httpx2

from validator.model.errors import Problem, UpstreamError
from validator.proxy.events import EventSplitter
from validator.proxy.http.exchange import LISTEN
from validator.proxy.http.headers import EVENTS, JSON, LAST_EVENT, SESSION, Pairs
from validator.proxy.http.relay import CREDENTIALS, ELSEWHERE, read_whole
from validator.proxy.notes import note
from validator.proxy.reply import error
from validator.proxy.wire import INTERNAL_ERROR, Body, RequestId, usable_id, write_answer

CONNECT_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 1.0
MOST_ATTEMPTS: Final = 5
VERSION: Final = "mcp-protocol-version"


@dataclass(frozen=True, slots=True)
class Posting:
    """A message as it is posted: its request, None where it asks nothing; `waits` tells of one that is not answered."""

    line: bytes
    headers: Pairs
    request: RequestId | None
    method: str
    waits: Callable[[RequestId | None], bool]


@dataclass(slots=True)
class Dial:
    """Speaks to one server for one client; `hear` is given every message, `gone` is called when it ends the session."""

    url: str
    client: httpx2.AsyncClient
    hear: Callable[[bytes | None], Awaitable[None]]
    gone: Callable[[], None]
    session: str | None = None
    version: str | None = None

    async def post(self, posting: Posting) -> None:
        """Say a message and hear what follows; raises httpx2.HTTPError and UpstreamError."""
        silence = None if posting.method == LISTEN else self.client.timeout.read
        headers = [*posting.headers, ("content-type", JSON), *self._common()]
        async with self.client.stream(
            "POST", self.url, content=posting.line, headers=headers, timeout=_waiting(silence)
        ) as response:
            self._follow(response)
            last = await self._read(response, posting.request)
        # The server may have gone on purpose, after it had told us where to come back.
        for _ in range(MOST_ATTEMPTS):
            if last is None or not posting.waits(posting.request):
                return
            await asyncio.sleep(PAUSE_SECONDS)
            last = await self._resume(last) or last

    async def listen(self) -> None:
        """Hear what belongs to no request, until there is no such stream any more."""
        last, failures = None, 0
        while failures < MOST_ATTEMPTS:
            try:
                last, failures = await self._resume(last) or last, 0
            except httpx2.HTTPError as failure:
                failures += 1
                note(f"the server broke off its stream: {type(failure).__name__}")
            except UpstreamError:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def end(self) -> None:
        """End the session, if there is one."""
        if self.session is not None:
            try:
                await self.client.delete(self.url, headers=self._common(), timeout=PAUSE_SECONDS)
            except httpx2.HTTPError as failure:
                note(f"the server did not hear that its session ends: {type(failure).__name__}")

    async def _resume(self, last: str | None) -> str | None:
        """Hear a stream from where it broke, or from now on; raises UpstreamError where there is none."""
        place = [] if last is None else [(LAST_EVENT, last)]
        headers = [*self._common(), *place, *([] if self.version is None else [(VERSION, self.version)])]
        async with self.client.stream("GET", self.url, headers=headers, timeout=_waiting(None)) as response:
            if response.status_code != 200 or _kind(response) != EVENTS:
                raise UpstreamError(Problem(self.url, f"has no such stream (status {response.status_code})"))
            return await self._read(response, None)

    async def _read(self, response: httpx2.Response, request: RequestId | None) -> str | None:
        """Hear an answer; gives the place to come back to, if it has told one."""
        status = response.status_code
        if status in (401, 407) or 300 <= status < 400:
            raise UpstreamError(Problem(self.url, f"{ELSEWHERE if status < 400 else CREDENTIALS} (status {status})"))
        if status == 200 and _kind(response) == EVENTS:
            return await self._read_events(response)
        body = await read_whole(response.aiter_bytes())
        if request is not None and status >= 400:
            await self.hear(_failure(body or b"", status, request))
            if status == 404 and self.session is not None and not _is_answer(body or b""):
                # It is not the request that was not found.
                self.gone()
        elif body is None or body.strip():
            await self.hear(body)
        return None

    async def _read_events(self, response: httpx2.Response) -> str | None:
        splitter, last = EventSplitter(), None
        async for chunk in response.aiter_bytes():
            for event in splitter.feed(chunk):
                last = last if event is None else event.mark or last
                if event is None or event.data:
                    await self.hear(None if event is None else event.data)
        return last

    def _follow(self, response: httpx2.Response) -> None:
        if response.is_success:
            self.session = response.headers.get(SESSION, self.session)

    def _common(self) -> Pairs:
        accept = [("accept", f"{JSON}, {EVENTS}"), ("accept-encoding", "identity")]
        return accept if self.session is None else [*accept, (SESSION, self.session)]


def _waiting(silence: float | None) -> httpx2.Timeout:
    return httpx2.Timeout(CONNECT_SECONDS, read=silence)


def _kind(response: httpx2.Response) -> str:
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()


def _error_in(body: bytes) -> Body | None:
    """The error that a body holds, None if it holds none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and isinstance(said.get("error"), dict) else None


def _is_answer(body: bytes) -> bool:
    said = _error_in(body)
    return said is not None and usable_id(said.get("id")) is not None


def _failure(body: bytes, status: int, request: RequestId) -> bytes:
    """The error that goes with a status, under the id of the request that it answers."""
    said = _error_in(body)
    if said is None:
        return write_answer(error(request, INTERNAL_ERROR, f"the server answered with status {status}"))
    return body if _is_answer(body) else write_answer({**said, "id": request})
