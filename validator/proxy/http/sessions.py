"""The MCP sessions of one grant by the ids that the server gave them; nobody else finds them."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from validator.proxy.session import Session

MOST_SESSIONS: Final = 1000
# How many answers a client may have repeated to it, after its connection broke.
REMEMBERED: Final = 1000


@dataclass(slots=True)
class SessionTable:
    """Finds sessions; of too many, the one that was used the longest ago is forgotten, and its client begins anew."""

    most: int = MOST_SESSIONS
    known: OrderedDict[str, Session] = field(default_factory=OrderedDict)

    def find(self, name: str) -> Session | None:
        """The session of an id, None if this grant has none of that id."""
        session = self.known.get(name)
        if session is not None:
            self.known.move_to_end(name)
        return session

    def keep(self, name: str, session: Session) -> None:
        """Know a session from now on."""
        session.remembered = REMEMBERED
        self.known[name] = session
        while len(self.known) > self.most:
            _end(self.known.popitem(last=False)[1])

    def end(self, name: str) -> None:
        """Forget a session; what it has not had answered is lost."""
        session = self.known.pop(name, None)
        if session is not None:
            _end(session)


def _end(session: Session) -> None:
    for request in list(session.asked):
        session.lose(request)
