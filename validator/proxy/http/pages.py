"""What machines that look after the proxy ask, answered: is it alive, can it work, and what has it done."""

import time
from dataclasses import dataclass
from typing import Final

from validator.model.errors import GrantError
from validator.proxy.http.callers import Callers
from validator.proxy.http.exchange import Back, Reply
from validator.proxy.http.metrics import KIND, Metrics
from validator.proxy.http.unfit import UnfitError

PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
# Whoever asks more often hears what was found last: each look is a connection to the server.
FRESH_SECONDS: Final = 1.0


@dataclass(slots=True)
class Pages:
    """Tells nothing that names a client, a tool or a server, for it tells everybody."""

    callers: Callers
    back: Back
    metrics: Metrics
    draining: bool = False
    looked: float = 0.0
    obstacle: str = ""

    async def tell(self, path: str, method: str, reply: Reply) -> None:
        """Answer one of the paths; raises UnfitError for what is no question."""
        if method not in ("GET", "HEAD"):
            raise UnfitError(405, "use GET", {"allow": "GET, HEAD"})
        if path == "/healthz":
            await reply.answer(200, b"alive\n", [("content-type", "text/plain")])
        elif path == "/metrics":
            await reply.answer(200, self.metrics.render(self._gauges()).encode(), [("content-type", KIND)])
        else:
            obstacle = await self._obstacle()
            body = f"{obstacle or 'ready'}\n".encode()
            await reply.answer(503 if obstacle else 200, body, [("content-type", "text/plain")])

    async def _obstacle(self) -> str:
        """Why the proxy cannot work; empty if it can."""
        if self.draining:
            return "about to end"
        if time.monotonic() - self.looked >= FRESH_SECONDS:
            self.obstacle = await self._look()
            self.looked = time.monotonic()
        return self.obstacle

    async def _look(self) -> str:
        try:
            await self.callers.check()
        except GrantError:
            return "the grants cannot be read"
        except UnfitError:
            return "the gate cannot be opened"
        return "" if await self.back.reachable() else "the server cannot be reached"

    def _gauges(self) -> dict[str, int]:
        known = self.callers.known.values()
        return {
            "open_requests": sum(caller.open for caller in known),
            "known_grants": len(known),
            "dropped_messages": sum(sum(caller.dropped.values()) for caller in known),
        }
