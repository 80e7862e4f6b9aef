"""The value test `under`: a path is one of some folders or lies in one, however it is written."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from validator.rulebook.holds import HOLE, Pieces, complete, each_word, with_holes
from validator.rulebook.rule import Certainty, Predicate

HOME: Final = re.compile(
    r"^(?:~[^/]*|(?:/home|/users|/var/home|/documents and settings)/[^/]+|/root|/var/root"
    r"|\$home|\$\{home\}|\$userprofile|%userprofile%|\$env:userprofile)(?=/|$)"
)
DETOUR: Final = re.compile(r"^(?:/private(?=/(?:etc|tmp|var)(?:/|$))|/proc/(?:self|thread-self|\d+)/(?:root|cwd)(?=/))")
NOT_RELATIVE: Final = re.compile(r"^(?:[/~$%]|\.\.(?:/|$)|[^/]*:)")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a rule: as it is written, and in the spelling that paths are compared in."""

    normal: str
    folded: str


def under(folders: Sequence[str]) -> Predicate:
    """The path is one of the folders or lies in one; `~` is any home, `.` every relative path."""
    return each_word(_judge, _folder, folders)


def _folder(text: str) -> Folder:
    normal = _normal(text)
    return Folder(normal, _folded(normal))


def _judge(pieces: Pieces, folders: Sequence[Folder]) -> Certainty:
    whole = complete(pieces)
    if whole is not None:
        path = _normal(whole)
        if any(_lies_in(path, folder.normal) for folder in folders):
            return Certainty.SURE
    spellings, homes_only = _spellings(with_holes(pieces))
    for folder in folders:
        if homes_only and not folder.folded.startswith("~/"):
            continue
        if any(_lies_in(spelling, folder.folded) for spelling in spellings):
            return Certainty.SEEN
    return Certainty.NO if whole is not None else Certainty.PERHAPS


def _spellings(text: str) -> tuple[tuple[str, ...], bool]:
    """What the path may be, and whether only the rest of it tells: `{…}/.ssh` may begin with a home."""
    path = _folded(_climbed(_normal(text)))
    if text.startswith(f"{HOLE}/"):
        return (f"~{path[1:]}",), True
    return (path, HOME.sub("~", path)), False


def _normal(path: str) -> str:
    """One spelling for what surely is the same place."""
    slashed = path.replace("\\", "/").removeprefix("file://")
    plain = posixpath.normpath(slashed) if slashed else "."
    return "/" + plain.lstrip("/") if plain.startswith("/") else plain


def _folded(path: str) -> str:
    """One spelling for what probably is the same place: any drive, any case, no detour."""
    return DETOUR.sub("", re.sub(r"^[a-z]:(?=/)", "", path.casefold()))


def _climbed(path: str) -> str:
    """A path that climbs out of the working folder is taken to reach the root."""
    return re.sub(r"^(?:\.\./)+", "/", path)


def _lies_in(path: str, folder: str) -> bool:
    if folder == ".":
        return NOT_RELATIVE.match(path) is None
    if folder == "/":
        return path.startswith("/")
    return path == folder or path.startswith(f"{folder}/")
