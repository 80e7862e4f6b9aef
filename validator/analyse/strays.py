"""Paths that stand in the source and that no fact names: a file that is used may be any of them.

A path that went through a container, a library, an exception or a hook that changes a name is lost from sight, yet it
stands in the source. Where files are used, those of the machine and of people's homes that nothing else accounts for
are taken for what is used: by a fact of whose path nothing is known, or else by every one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from validator.analyse.run import Event, Run
from validator.model.known import UNKNOWN, Choice, Known, Partial, show

MOST: Final = 16
MOST_LOOKED_AT: Final = 256
LONGEST: Final = 1_024
MOST_NAMED: Final = 65_536  # characters
TAKING_PATHS: Final = ("fs.read", "fs.write", "fs.delete", "fs.permission", "fs.link")
NAMING: Final = (*TAKING_PATHS, "fs.list", "process.shell", "process.spawn", "network.connect", "code.execute")
ROLES: Final = ("path", "target")
NAMES: Final = frozenset({*ROLES, "command", "folder", "url"})
FOLDERS: Final = "root|home|etc|srv|var|usr|boot|bin|sbin|lib|opt|proc|sys|Users"
PATH: Final = re.compile(rf"""["']((?:~[\w.]*/|(?:\.\./){{2,}})[^"'\s\\{{]*|/(?:{FOLDERS})(?:/[^"'\s\\{{]*)?)["']""")
# Of more than are kept, those under the first of these.
TELLING: Final = ("/root", "~", "/etc", "..", "/home", "/srv", "/boot", "/proc", "/var", "/Users")
OPEN_TO_ALL: Final = ("/var/tmp", "/usr/bin/", "/bin/", "/usr/share/")


def take_in_strays(run: Run) -> None:
    """Let facts about files speak of the paths that stand in the source and that no fact names, beside their own."""
    using = {key: event for key, event in run.events.items() if event.capability in TAKING_PATHS}
    strays = _strays(run.source, run.events.values()) if using else []
    if not strays:
        return
    told: Known = Choice((UNKNOWN, *sorted(strays, key=_rank)[:MOST]))
    lost = [(key, event, role) for key, event in using.items() if (role := _hole(event)) is not None]
    for key, event, role in lost:
        run.events[key] = replace(event, roles={**event.roles, role: told})
    if not lost:
        # What is known of them stays as it is: the file that is lost from sight is one more.
        for event in {event.capability: event for event in using.values()}.values():
            run.keep(replace(event, roles={"path": told}))


def _hole(event: Event) -> str | None:
    """The role of an event that holds a path of which not even the beginning is known."""
    return next((role for role in ROLES if role in event.roles and _begins_unknown(event.roles[role])), None)


def _begins_unknown(value: Known) -> bool:
    if isinstance(value, Partial):
        return value.pieces[0] is UNKNOWN
    if isinstance(value, Choice):
        return any(map(_begins_unknown, value.options))
    return value is UNKNOWN


def _strays(source: str, events: Iterable[Event]) -> list[str]:
    found = (match[1] for match in PATH.finditer(source) if len(match[1]) <= LONGEST)
    paths = list(islice(dict.fromkeys(path for path in found if not path.startswith(OPEN_TO_ALL)), MOST_LOOKED_AT))
    named = "\n".join(_named(events))[:MOST_NAMED] if paths else ""
    return [path for path in paths if path not in named]


def _named(events: Iterable[Event]) -> Iterator[str]:
    """The paths that facts name, once each; they account for those that stand in the source."""
    values = (
        show(event.roles[role]) for event in events if event.capability in NAMING for role in NAMES & event.roles.keys()
    )
    yield from dict.fromkeys(values)


def _rank(path: str) -> int:
    return next((rank for rank, folder in enumerate(TELLING) if path.startswith(folder)), len(TELLING))
