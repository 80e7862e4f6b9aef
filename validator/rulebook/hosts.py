"""The value test `host`: a host name, an address or the host of a URL fits a glob or lies in a network."""

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Final, TypeAlias

from validator.rulebook.holds import each_word
from validator.rulebook.rule import NO, PERHAPS, SEEN, SURE, Certainty, Predicate
from validator.rulebook.sight import Pieces, complete

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
AUTHORITY: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//([^/?#]*)", re.IGNORECASE)
CLOSED: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//[^/?#\\]*[/?#]", re.IGNORECASE)
PLAIN: Final = re.compile(r"^[a-z0-9._-]+$|^[0-9a-f:.]+$")
ODD: Final = re.compile(r"[\s\\\x00-\x1f]")  # libraries disagree where the host of such a URL ends
NUMBER: Final = re.compile(r"^(?:0x[0-9a-f]+|\d+)$")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of a rule: networks, plain names and addresses, and one expression for the globs on them."""

    names: frozenset[str]
    globs: re.Pattern[str] | None
    networks: tuple[Network, ...]


def host(patterns: Sequence[str]) -> Predicate:
    """The host fits one of the globs or lies in one of the networks (`10.0.0.0/8`)."""
    return each_word(_judge, _prepared, patterns)


def _prepared(texts: Sequence[str]) -> Hosts:
    networks = [text for text in texts if "/" in text and is_network(text)]
    names = [text.lower() for text in texts if text not in networks]
    globs = [name for name in names if set(name) & set("*?[")]
    expression = re.compile("|".join(map(translate, globs))) if globs else None
    return Hosts(frozenset(names), expression, tuple(ipaddress.ip_network(text, strict=False) for text in networks))


def _judge(pieces: Pieces, hosts: Hosts) -> Certainty:
    text = complete(pieces)
    if text is None:
        first = pieces[0]
        closed = CLOSED.match(first) if isinstance(first, str) else None
        if closed is None:
            return PERHAPS
        text = closed.group()
    name, address, plain = _read(text)
    if not (_fits(hosts, name) or (address is not None and _holds(hosts, address))):
        return NO
    return SURE if plain else SEEN


@lru_cache(maxsize=1_024)
def _read(text: str) -> tuple[str, Address | None, bool]:
    """The host that a text speaks of, its address, and whether nobody can read it otherwise; every rule asks it."""
    name = host_of(text)
    plain = PLAIN.match(name) is not None and name in text.lower() and ODD.search(text) is None
    return name, address_of(name), plain


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


def _fits(hosts: Hosts, name: str) -> bool:
    return name in hosts.names or (hosts.globs is not None and hosts.globs.match(name) is not None)


def _holds(hosts: Hosts, address: Address) -> bool:
    return _fits(hosts, str(address)) or any(address in network for network in hosts.networks)
