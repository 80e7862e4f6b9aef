"""What a place that keeps the entries of an audit promises, whatever it is made of."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from validator.audit.chain import Entry, Head, Torn


class Store(Protocol):
    """Entries in the order they were appended. What cannot be read or kept raises AuditError."""

    @property
    def place(self) -> str:
        """Where the entries are, as a person finds it, without passwords."""

    def transaction(self) -> AbstractContextManager[None]:
        """What is written within is kept as a whole or not at all, and on the disk when this ends."""

    def after(self, head: Head) -> list[Entry | Torn]:
        """What follows the head; raises AuditError when the store does not reach it."""

    def write(self, end: Head, entries: Sequence[Entry]) -> Head:
        """Append entries behind the end of the chain, within a transaction; returns the new end."""

    def entries(self) -> Iterator[Entry | Torn]:
        """All there is, oldest first."""

    def last(self, count: int) -> list[Entry | Torn]:
        """The last few, oldest first."""

    def empty(self) -> bool:
        """Whether nothing was ever appended."""

    def close(self) -> None:
        """Let go of it."""
