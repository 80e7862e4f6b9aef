"""An application in, an exit code out: listens until a signal, and lets what has begun come to its end."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from validator.proxy.http.address import BACKLOG, bind, check_certificate, url_of
from validator.proxy.http.app import App
from validator.proxy.http.callers import Callers
from validator.proxy.http.exchange import Back
from validator.proxy.http.guard import make_guard
from validator.proxy.http.journal import Journal
from validator.proxy.http.metrics import Metrics
from validator.proxy.http.pages import Pages
from validator.proxy.notes import note
from validator.proxy.sides import Listening
from validator.proxy.stdio import SIGNALS

GRACE: Final = 10
KEEP_ALIVE: Final = 30
IDLE_SECONDS: Final = 30
MOST_CONNECTIONS: Final = 1000
LONGEST_HEADERS: Final = 64 * 1024


def run_server(listening: Listening, callers: Callers, open_back: Callable[[], Back], metrics: Metrics) -> int:
    """Serve until a signal says to stop; raises ListenError, and UpstreamError if the server cannot be started."""
    if listening.certificate is not None:
        check_certificate(listening.certificate, listening.key)
    with bind(listening) as here:
        return asyncio.run(_run(listening, callers, open_back, metrics, here))


async def _run(
    listening: Listening, callers: Callers, open_back: Callable[[], Back], metrics: Metrics, here: socket.socket
) -> int:
    url = url_of(listening, here.getsockname()[1])
    known_as = listening.public[0] if listening.public else url
    guard = make_guard(listening.host, listening.public, listening.longest)
    back = open_back()
    pages = Pages(callers, back, metrics)
    app = App(known_as, listening.path, guard, callers, back, pages, Journal(listening.talkative))
    server = PatientServer(_config(app, listening), url)

    def stop() -> None:
        server.should_exit = True
        app.drain()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await server.serve(sockets=[here])
    finally:
        await app.back.close()
    return 0


class PatientServer(uvicorn.Server):
    """Says where it listens, leaves signals to us, and closes connections on which nothing is asked for long."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        """Serve at an address."""
        super().__init__(config)
        self._url = url
        self._idle: dict[H11Protocol, RequestResponseCycle | None] = {}

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals be."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, and say so."""
        await super().startup(sockets)
        note(f"listening on {self._url}")

    async def on_tick(self, counter: int) -> bool:
        """Look after connections from time to time; this is called ten times a second."""
        if counter % (IDLE_SECONDS * 10) == 0:
            self.close_idle()
        return await super().on_tick(counter)

    def close_idle(self) -> None:
        """Close connections on which nothing was asked since the last look, however slowly bytes come."""
        connections = [each for each in self.server_state.connections if isinstance(each, H11Protocol)]
        before, self._idle = self._idle, {each: each.cycle for each in connections if not _is_busy(each.cycle)}
        for connection, cycle in self._idle.items():
            if connection in before and before[connection] is cycle:
                connection.transport.close()


def _is_busy(cycle: RequestResponseCycle | None) -> bool:
    return cycle is not None and not cycle.response_complete


def _config(app: App, listening: Listening) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        http="h11",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=LONGEST_HEADERS,
        ssl_certfile=listening.certificate,
        ssl_keyfile=listening.key,
    )
