"""Why a request gets no further than the door."""

from collections.abc import Mapping


class UnfitError(Exception):
    """A request that is turned away: by which status, and with which words."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep what the client is told."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})
