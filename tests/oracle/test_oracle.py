"""What a program is seen to do when it runs is what the analyser said it would do.

A fact covers an event if it has one of the capabilities that `events.yaml` names for it and nothing that is known of its
roles says otherwise. Failing that, a fact that says that *something* goes on behind a door covers it; the summary tells both apart.
"""

import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Final

import pytest
import yaml

from validator.analyse.observe import observe
from validator.model.argument import Argument
from validator.model.catalog import Catalog
from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial, show

Event = tuple[str, tuple[object, ...]]
TABLE: Final = yaml.safe_load((Path(__file__).parent / "events.yaml").read_text())
LOOPBACK: Final = {"127.0.0.1", "localhost", "::1", "0.0.0.0", ""}
NOWHERE: Final = (("/dev/null",), (":memory:",))  # what is written there is gone
# Which roles of a fact speak of what.
SPEAKING: Final = {
    "path": ("path", "target", "folder", "library", "socket"),
    "host": ("host", "address", "url", "socket"),
    "url": ("url", "host", "path"),
    "command": ("command", "path"),
    "module": ("module",),
    "key": ("key", "value"),
    "code": ("code", "setup"),
    "signal": ("signal",),
}


def text(value: object) -> str:
    match value:
        case bytes():
            return value.decode(errors="replace")
        case tuple():
            return " ".join(map(text, value))
        case _:
            return str(value)


def pattern(value: Known) -> str:
    """A regular expression for the text that a value may be; what is not known may be anything."""
    match value:
        case Partial(pieces):
            return "".join(".*" if piece is UNKNOWN else re.escape(str(piece)) for piece in pieces)
        case Choice(options):
            return "(" + "|".join(map(pattern, options)) + ")"
        case tuple():
            return ".*".join(map(pattern, value))
        case _:
            return ".*" if value is UNKNOWN else re.escape(show(value))


def each(known: Known) -> Iterator[Known]:
    """The values that one may stand for: several paths, or one of a few."""
    match known:
        case Choice(options) | tuple(options):
            for option in options:
                yield from each(option)
        case _:
            yield known


def same_path(known: Known, seen: object, home: str) -> bool:
    return not isinstance(seen, str | bytes) or any(same_place(option, text(seen), home) for option in each(known))


def same_place(known: Known, seen: str, home: str) -> bool:
    """The same place, one below it, one beside it with a suffix, or one above it in the program's own folder."""
    if not isinstance(known, str | bytes):
        return re.match(f"(.*/)?{pattern(known)}", seen, re.DOTALL) is not None
    if not seen.startswith("/") and text(known).endswith(f"/{seen}"):
        return True  # an event names it as it is written, a fact as it is seen from where the program started
    expected, actual = (str(PurePath(home, place)) for place in (text(known).replace("~", home, 1), seen))
    before = expected.partition("*")[0].removeprefix("file://")
    return actual.startswith(before) or (actual.startswith(home) and before.startswith(actual))


def same_host(known: Known, seen: object, home: str) -> bool:
    host = text(seen[0] if isinstance(seen, tuple) and seen else seen)
    values = [text(value) for value in each(known) if isinstance(value, str)]
    return not values or any(host in value or {host, value} <= LOOPBACK for value in values)


def same_text(known: Known, seen: object, home: str) -> bool:
    return any(re.search(pattern(option), text(seen), re.DOTALL) is not None for option in (known, *each(known)))


def same_module(known: Known, seen: object, home: str) -> bool:
    names = [re.split("[:.]", text(option))[0] for option in each(known) if isinstance(option, str)]
    return not names or text(seen).partition(".")[0] in names or "" in names


def same_code(known: Known, seen: object, home: str) -> bool:
    """The same source, a piece of it, or one that the library wraps it in; what is not text was source before."""
    return (
        not isinstance(seen, str | bytes)
        or text(seen) in ("pass", *map(show, each(known)))
        or any(text(seen) in show(option) or same_text(option, seen, home) for option in each(known))
    )


def same_signal(known: Known, seen: object, home: str) -> bool:
    return seen in [getattr(signal, text(option).rpartition(".")[2], option) for option in each(known)]


SAME: Final[dict[str, Callable[[Known, object, str], bool]]] = {
    "path": same_path, "host": same_host, "url": same_text, "command": same_text, "module": same_module, "key": same_text,
    "code": same_code, "signal": same_signal, "name": same_text,
}  # fmt: skip


def said(fact: Fact, kind: str) -> list[Known]:
    """What a fact says of this kind of thing."""
    if kind == "name" or (kind == "module" and fact.kind is Kind.IMPORT):
        return [
            fact.name.rpartition(".")[2]
            if kind == "name" and "name" not in fact.roles
            else fact.roles.get("name", fact.name)
        ]
    return [fact.roles[role] for role in SPEAKING[kind] if role in fact.roles]


def agrees(fact: Fact, kind: str, seen: object, home: str, *, silence: bool) -> bool:
    """Whether nothing that the fact says of this kind of thing says otherwise; `silence`: it may say nothing."""
    values = said(fact, kind)
    return (silence and not values) or any(value is UNKNOWN or SAME[kind](value, seen, home) for value in values)


def is_of(fact: Fact, capabilities: list[str]) -> bool:
    return any(f"{fact.capability}.".startswith(f"{capability}.") for capability in capabilities)


def covers(fact: Fact, event: Event, home: str) -> bool:
    """Whether the fact says that this happens."""
    name, arguments = event
    entry = {"by": [], "said": []} | TABLE["covered"][name]
    silence = is_of(fact, entry.pop("by"))
    if not silence | is_of(fact, entry.pop("said")):
        return False
    seen = [(kind, arguments[place]) for kind, places in entry.items() for place in places]
    if "command" in entry:
        seen = [("command", tuple(value for _, value in seen))]
    return all(agrees(fact, kind, value, home, silence=silence) for kind, value in seen)


def is_door(fact: Fact) -> bool:
    """Whether the fact says that something goes on which nobody can see."""
    told = {fact.roles.get(role, UNKNOWN) for role in ("code", "module")} != {UNKNOWN}
    return fact.capability in TABLE["doors"] or (fact.capability in ("code.execute", "code.import") and not told)


def matters(event: Event) -> bool:
    """Whether there is anything to know of an event."""
    return event[0] not in TABLE["nothing"] and event[1][:1] not in NOWHERE


def test_what_a_program_does_is_what_the_analyser_said(
    area: str, observed: tuple[str, list[Event], str], catalog: Catalog, tally: Counter[tuple[str, str]]
) -> None:
    code, every_event, home = observed
    events = [event for event in every_event if matters(event)]
    assert {name for name, _ in events} - TABLE["covered"].keys() == set()
    facts = observe(Argument(code), catalog)
    named = [event for event in events if any(covers(fact, event, home) for fact in facts)]
    missed = [event for event in events if event not in named and not any(map(is_door, facts))]
    tally.update({(area, "events"): len(events), (area, "named"): len(named), (area, "missed"): len(missed)})
    assert events != []
    assert missed == [], [fact.to_dict() for fact in facts]


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("open('a')", ("open to read", ("b",))),
        ("open('a')", ("open to write", ("a",))),
        ("open('a', 'w')", ("open to write", ("/elsewhere/a",))),
        ("import os\nos.rename('a', 'b')", ("os.rename", ("a", "c", -1, -1))),
        ("import os\nos.remove('a/b')", ("shutil.rmtree", ("/",))),
        ("import os\nos.system('true')", ("os.system", (b"false",))),
        ("import subprocess\nsubprocess.run(['true'])", ("subprocess.Popen", ("false", ("false",), None, None))),
        ("import socket\nsocket.create_connection(('127.0.0.1', 1))", ("socket.connect", ("", ("192.0.2.1", 1)))),
        ("import os\nos.environ['A'] = '1'", ("os.putenv", (b"B", b"1"))),
        ("import os\nos.kill(1, 0)", ("os.kill", (1, 9))),
        ("import csv", ("import", ("os",))),
        ("exec('x = 1')", ("compile", (b"y = 2", "<string>"))),
        ("import urllib.request as r\nr.urlopen('http://localhost/')", ("open to write", ("a",))),
    ],
)
def test_a_fact_that_says_something_else_covers_nothing(code: str, event: Event, catalog: Catalog) -> None:
    assert not any(covers(fact, event, "/home/oracle") for fact in observe(Argument(code), catalog))
