"""The value test `under`: a path is one of some folders or lies in one, however it is written."""

import posixpath
import re
from collections.abc import Sequence
from typing import Final

from validator.rulebook.holds import HOLE, Pieces, complete, each_word, with_holes
from validator.rulebook.rule import Certainty, Predicate

HOME: Final = re.compile(
    r"^(?:~[^/]*|(?:/home|/users|/var/home|/documents and settings)/[^/]+|/root|/var/root"
    r"|\$home|\$\{home\}|\$userprofile|%userprofile%|\$env:userprofile)(?=/|$)"
)
DETOUR: Final = re.compile(r"^(?:/private(?=/(?:etc|tmp|var)(?:/|$))|/proc/(?:self|thread-self|\d+)/(?:root|cwd)(?=/))")
NOT_RELATIVE: Final = re.compile(r"^(?:[/~$%]|\.\.(?:/|$)|[^/]*:)")


def under(folders: Sequence[str]) -> Predicate:
    """The path is one of the folders or lies in one; `~` is any home, `.` every relative path."""
    return each_word(_judge, folders)


def _judge(pieces: Pieces, folders: Sequence[str]) -> Certainty:
    whole = complete(pieces)
    if whole is not None and any(_lies_in(_normal(whole), _normal(folder)) for folder in folders):
        return Certainty.SURE
    if any(_seen_in(with_holes(pieces), _folded(_normal(folder))) for folder in folders):
        return Certainty.SEEN
    return Certainty.NO if whole is not None else Certainty.PERHAPS


def _seen_in(text: str, folder: str) -> bool:
    path = _folded(_climbed(_normal(text)))
    if text.startswith(f"{HOLE}/"):  # it may begin with a home, which only tells where the rest is telling
        return folder.startswith("~/") and _lies_in(f"~{path[1:]}", folder)
    return _lies_in(path, folder) or _lies_in(HOME.sub("~", path), folder)


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
