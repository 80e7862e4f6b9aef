"""Records as text in, sealed entries out; and entries in, every place where the chain is broken out.

The seal of an entry is an HMAC over the seal before it, its number and its text, so that no entry can be changed,
removed, moved or added without the key. The head says how far the chain had come, which shows what was cut off its end.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

START: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the chain: `body` is a JSON object as text.

    `place` is where a person finds it, `end` the bytes of the file up to and with it, 0 where that means nothing.
    """

    sequence: int
    body: str
    mac: str
    place: str = ""
    end: int = 0


@dataclass(frozen=True, slots=True)
class Torn:
    """Something that is no entry at all; `last` says that it is an unfinished end, which a kill may leave."""

    place: str
    last: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain had come; `size` is the bytes of the file up to there, 0 where that means nothing."""

    sequence: int = 0
    mac: str = START
    size: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where the chain is broken."""

    place: str
    reason: str


def seal(key: bytes, previous: str, sequence: int, body: str) -> str:
    """The seal of one entry that follows the one with the seal `previous`."""
    return _mac(key, f"entry {previous} {sequence} ", body)


def seal_head(key: bytes, head: Head) -> str:
    """The seal of a head."""
    return _mac(key, "head ", f"{head.sequence} {head.mac} {head.size}")


def extend(key: bytes, head: Head, bodies: Iterable[str]) -> list[Entry]:
    """Seal records so that they follow the head."""
    entries = []
    sequence, previous = head.sequence, head.mac
    for body in bodies:
        sequence += 1
        previous = seal(key, previous, sequence, body)
        entries.append(Entry(sequence, body, previous))
    return entries


def follow(key: bytes, start: Head, found: Iterable[Entry | Torn]) -> Iterator[Entry | Fault]:
    """Check entries that ought to follow `start`; each comes out, behind the fault that was found at it."""
    expected, previous = start.sequence + 1, start.mac
    for entry in found:
        if isinstance(entry, Torn):
            if not entry.last:
                yield Fault(entry.place, "is not an entry: it was damaged or put in")
            continue
        fault = _fault(key, entry, expected, previous)
        if fault:
            yield Fault(entry.place, fault)
        yield entry
        expected, previous = entry.sequence + 1, entry.mac


def same(one: str, other: str) -> bool:
    """Whether two seals are the same, in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _fault(key: bytes, entry: Entry, expected: int, previous: str) -> str:
    number = entry.sequence
    if number > expected:
        gone = str(expected) if number == expected + 1 else f"{expected} to {number - 1}"
        return f"record {number} stands where record {expected} belongs: {gone} removed, or the order was changed"
    if number < expected:
        return f"record {number} stands where record {expected} belongs: it was put in again, or the order was changed"
    if not same(entry.mac, seal(key, previous, number, entry.body)):
        return f"record {number} was changed, or was not written with this key, or does not follow the one before it"
    return ""


def _mac(key: bytes, kind: str, text: str) -> str:
    # JSON keeps lone surrogates as escapes; what is read from a damaged file may hold them all the same.
    return hmac.digest(key, (kind + text).encode("utf-8", "surrogatepass"), "sha256").hex()
