"""Answered requests in, lines for the person who runs the proxy out: NAME=VALUE, each value quoted where it must be."""

import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from validator.proxy.notes import note

LONGEST: Final = 80
_PLAIN: Final = re.compile(r"[\w./:@-]+", re.ASCII)


@dataclass(slots=True)
class Visit:
    """A request while it is answered."""

    method: str
    path: str
    grant: str = ""
    rpc: str = ""
    status: int = 0
    begun: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Journal:
    """Tells of every request, or only of those that were turned away: at every doubling of a kind."""

    everything: bool = False
    seen: Counter[tuple[str, int]] = field(default_factory=Counter)

    def tell(self, visit: Visit) -> None:
        """Tell of a request that was answered; one whose client left before has no status."""
        kind = (visit.grant, visit.status)
        turned_away = visit.status >= 400
        if turned_away:
            self.seen[kind] += 1
        count = self.seen[kind]
        if self.everything or (turned_away and count & (count - 1) == 0):
            milliseconds = round((time.monotonic() - visit.begun) * 1000)
            values = {
                "method": visit.method,
                "path": visit.path,
                "rpc": visit.rpc,
                "grant": visit.grant,
                "status": visit.status,
                "ms": milliseconds,
            }
            if turned_away:
                values["count"] = count
            said = (f"{name}={_quoted(str(value))}" for name, value in values.items() if value != "")
            note(f"request {' '.join(said)}")


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) and len(value) <= LONGEST else json.dumps(value[:LONGEST])
