"""Paths that stand in the source and that no fact names: a file that is used may be any of them.

A path that went through a container, a library, an exception or a hook that changes a name is lost from sight, yet it
stands in the source. Where files are used, those of the machine and of people's homes that nothing else accounts for
are taken for what is used: by a fact of whose path nothing is known, or else by every one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from validator.analyse.run import Event, Run
from validator.model.known import UNKNOWN, Choice, Known, Partial

MOST: Final = 4
TAKING_PATHS: Final = ("fs.read", "fs.write", "fs.delete", "fs.permission", "fs.link")
ROLES: Final = ("path", "target")
PATH: Final = re.compile(
    r"""["'](~[\w.]*/[^"'\s\\{]*|/(?:root|home|etc|srv|var|usr|boot|bin|sbin|lib|opt|proc|sys|Users)(?:/[^"'\s\\{]*)?)["']"""
)
OPEN_TO_ALL: Final = ("/var/tmp", "/usr/bin/", "/bin/", "/usr/share/")


def take_in_strays(run: Run) -> None:
    """Let facts about files speak of the paths that stand in the source and that no fact names, beside their own."""
    using = {key: event for key, event in run.events.items() if event.capability in TAKING_PATHS}
    strays = tuple(_strays(run.source, run.events.values()))[:MOST] if using else ()
    if not strays:
        return
    told: Known = Choice((UNKNOWN, *strays))
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


def _strays(source: str, events: Iterable[Event]) -> Iterator[str]:
    paths = dict.fromkeys(PATH.findall(source))
    if paths:
        named = " ".join(repr(value) for event in events for value in event.roles.values())
        yield from (path for path in paths if path not in named and not path.startswith(OPEN_TO_ALL))
