"""The value test `host`: a host name, an address or the host of a URL fits a glob or lies in a network."""

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from validator.rulebook.holds import Pieces, complete, each_word
from validator.rulebook.rule import Certainty, Predicate

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
AUTHORITY: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//([^/?#]*)", re.IGNORECASE)
CLOSED: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//[^/?#\\]*[/?#]", re.IGNORECASE)
PLAIN: Final = re.compile(r"^[a-z0-9._-]+$|^[0-9a-f:.]+$")
ODD: Final = re.compile(r"[\s\\\x00-\x1f]")  # libraries disagree where the host of such a URL ends
NUMBER: Final = re.compile(r"^(?:0x[0-9a-f]+|\d+)$")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A host of a rule: a network, or a glob on names and addresses."""

    glob: str
    network: Network | None


def host(patterns: Sequence[str]) -> Predicate:
    """The host fits one of the globs or lies in one of the networks (`10.0.0.0/8`)."""
    return each_word(_judge, lambda texts: tuple(map(_pattern, texts)), patterns)


def _pattern(text: str) -> Pattern:
    if "/" in text and is_network(text):
        return Pattern("", ipaddress.ip_network(text, strict=False))
    return Pattern(text.lower(), None)


def _judge(pieces: Pieces, patterns: Sequence[Pattern]) -> Certainty:
    text = complete(pieces)
    if text is None:
        first = pieces[0]
        closed = CLOSED.match(first) if isinstance(first, str) else None
        if closed is None:
            return Certainty.PERHAPS
        text = closed.group()
    name = host_of(text)
    address = address_of(name)
    if not any(_fits(pattern, name, address) for pattern in patterns):
        return Certainty.NO
    return Certainty.SURE if PLAIN.match(name) and name in text.lower() and not ODD.search(text) else Certainty.SEEN


def host_of(text: str) -> str:
    """The host that a URL, `host:port` or bare host speaks of, in lower case."""
    found = AUTHORITY.match(text.strip())
    rest = (found.group(1) if found else text.strip()).rpartition("@")[2]
    if rest.startswith("["):
        bare = rest[1:].partition("]")[0]
    else:
        bare = rest.partition(":")[0] if rest.count(":") == 1 else rest
    folded = unicodedata.normalize("NFKC", bare).replace("\u3002", ".").casefold()
    return folded.rstrip(".")


def address_of(name: str) -> Address | None:
    """The address that a host is, also in the old spellings: `127.1`, `0x7f000001`, `2130706433`."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return _old_spelling(name)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_network(pattern: str) -> bool:
    """Whether a pattern with a slash is a network."""
    try:
        ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return False
    return True


def _old_spelling(name: str) -> Address | None:
    parts = name.split(".")
    if len(parts) > 4 or not all(NUMBER.match(part) and len(part) < 13 for part in parts):
        return None
    numbers = [_number(part) for part in parts]
    *head, last = numbers
    if any(number > 255 for number in head) or last >= 256 ** (5 - len(numbers)):
        return None
    value = sum(number << (24 - 8 * position) for position, number in enumerate(head))
    return ipaddress.IPv4Address(value + last)


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part, 16)
    octal = part.startswith("0") and part != "0" and set(part) <= set("01234567")
    return int(part, 8 if octal else 10)


def _fits(pattern: Pattern, name: str, address: Address | None) -> bool:
    if pattern.network is not None:
        return address is not None and address in pattern.network
    return fnmatchcase(name, pattern.glob) or (address is not None and fnmatchcase(str(address), pattern.glob))
