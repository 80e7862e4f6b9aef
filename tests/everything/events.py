"""What was sent over HTTP, kept in memory so that a client that lost its stream can have the rest."""

from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp.types import JSONRPCMessage


class Events(EventStore):
    """All events of all streams, numbered in the order in which they were sent.

    A stream is named by the id of its request, so two sessions at a time may hear of each other's events: good
    enough for one client after the other.
    """

    def __init__(self) -> None:
        self._sent: list[tuple[str, JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep an event; its number is its id."""
        self._sent.append((stream_id, message))
        return str(len(self._sent))

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Send again what the stream of that event carried after it."""
        number = int(last_event_id) if last_event_id.isdecimal() else 0
        if not 1 <= number <= len(self._sent):
            return None
        stream = self._sent[number - 1][0]
        for place, (of, message) in enumerate(self._sent[number:], start=number + 1):
            if of == stream and message is not None:
                await send_callback(EventMessage(message, str(place)))
        return stream
