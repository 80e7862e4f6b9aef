"""The value test `under`: a path is one of some folders or lies in one, however it is written."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from validator.model.known import UNKNOWN
from validator.rulebook.holds import each_word
from validator.rulebook.rule import NO, PERHAPS, SEEN, SURE, Certainty, Predicate
from validator.rulebook.sight import HOLE, Pieces, complete, with_holes

HOME: Final = re.compile(
    r"^(?:~[^/]*|(?:/home|/users|/var/home|/documents and settings)/[^/]+|/root|/var/root"
    r"|\$home|\$\{home\}|\$userprofile|%userprofile%|\$env:userprofile)(?=/|$)"
)
DETOUR: Final = re.compile(r"^(?:/private(?=/(?:etc|tmp|var)(?:/|$))|/proc/(?:self|thread-self|\d+)/(?:root|cwd)(?=/))")
LONGEST_PATH: Final = 4_096
NOT_RELATIVE: Final = re.compile(r"^(?:[/~$%]|\.\.(?:/|$)|[^/]*:)")


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of a rule: as they are written, and in the spelling that paths are compared in."""

    normal: frozenset[str]
    folded: frozenset[str]
    homes: frozenset[str]


def under(folders: Sequence[str]) -> Predicate:
    """The path is one of the folders or lies in one; `~` is any home, `.` every relative path."""
    return each_word(_judge, _prepared, folders)


def folders_of(texts: Sequence[str]) -> frozenset[str]:
    """The folders of a rule in every spelling that paths are compared in."""
    wanted = _prepared(texts)
    return wanted.normal | wanted.folded


@lru_cache(maxsize=1_024)
def places_of(pieces: Pieces) -> frozenset[str]:
    """The folders that a path may lie in, in these spellings: if none is a folder of the rule, it is not under it."""
    surely, perhaps, homes = _places(pieces)
    return perhaps | homes | (surely or frozenset())


def _prepared(texts: Sequence[str]) -> Folders:
    normal = frozenset(map(_normal, texts))
    folded = frozenset(map(_folded, normal))
    return Folders(normal, folded, frozenset(folder for folder in folded if folder.startswith("~/")))


def _judge(pieces: Pieces, folders: Folders) -> Certainty:
    surely, perhaps, homes = _places(pieces)
    if surely is not None and not folders.normal.isdisjoint(surely):
        return SURE
    if not folders.folded.isdisjoint(perhaps) or not folders.homes.isdisjoint(homes):
        return SEEN
    return NO if surely is not None else PERHAPS


@lru_cache(maxsize=1_024)
def _places(pieces: Pieces) -> tuple[frozenset[str] | None, frozenset[str], frozenset[str]]:
    """The folders that a path surely lies in (None if not all is known), perhaps lies in, and those of a home.

    Every rule asks the same of the same path.
    """
    if sum(len(piece) for piece in pieces if isinstance(piece, str)) > LONGEST_PATH:
        pieces = (UNKNOWN,)  # no system takes it
    whole = complete(pieces)
    surely = None if whole is None else frozenset(_above(_normal(whole)))
    text = with_holes(pieces)
    path = _folded(_climbed(_normal(text)))
    if text.startswith(f"{HOLE}/"):  # it may begin with a home, which only tells where the rest is telling
        return surely, frozenset(), frozenset(_above(f"~{path[1:]}"))
    return surely, frozenset((*_above(path), *_above(HOME.sub("~", path)))), frozenset()


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


def _above(path: str) -> Iterator[str]:
    """The path itself and every folder it lies in."""
    if NOT_RELATIVE.match(path) is None:
        yield "."
    if path.startswith("/"):
        yield "/"
    while path:
        yield path
        path = path.rpartition("/")[0]
