"""A call and what is asked of its arguments in; the call that may go on out, what was changed, what stands against it.

Paths are brought to their shortest form and must stay under the workspace; a package must be named plainly; numbers
are cut to the most that is allowed, and arguments set to what they must be.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from validator.intake.tools import CodeTool
from validator.model.call import Call
from validator.model.known import JsonValue

# What pip takes for a file when one of that name is at hand.
_ARCHIVES: Final = (".whl", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".lz", ".tlz", ".lzma")
_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_EXTRAS: Final = rf"(?:\s*\[\s*{_NAME}(?:\s*,\s*{_NAME})*\s*\])?"
_VERSION: Final = r"(?:===?|~=|!=|<=?|>=?)\s*[A-Za-z0-9.*+!_-]+"
_REQUIREMENT: Final = re.compile(rf"({_NAME}){_EXTRAS}(?:\s*{_VERSION}(?:\s*,\s*{_VERSION})*)?", re.ASCII)
_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Demands:
    """What a site asks of the arguments of one tool: the folders it may touch, packages it may add, and values."""

    workspace: Sequence[str] = ()
    packages: Sequence[str] = ()
    clamp: Mapping[str, int] = field(default_factory=dict)
    force: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shaped:
    """The call that may go on, the paths of the arguments that were changed, and why it may not go on at all."""

    call: Call
    changed: tuple[str, ...] = ()
    problem: str = ""


class _RefusedError(ValueError):
    """An argument that cannot be made what it must be."""


def shape(call: Call, ways: Sequence[CodeTool], demands: Demands) -> Shaped:
    """Make the arguments of a call what its tool and the site ask of them."""
    try:
        wanted = dict(_wanted(call, ways, demands))
    except _RefusedError as error:
        return Shaped(call, (), f"the call of {call.tool!r} is refused: {error}")
    changed = {path: value for path, value in wanted.items() if _differs(_find(call.arguments, path), value)}
    if not changed:
        return Shaped(call)
    arguments = dict(call.arguments)
    for path, value in changed.items():
        arguments = _put(arguments, path.split(".")[1:], value)
    return Shaped(replace(call, arguments=arguments), tuple(changed))


def plain_requirement(text: str) -> str | None:
    """The name of the package that a requirement asks an index for, None if it asks for anything else."""
    found = _REQUIREMENT.fullmatch(text.strip(" "))
    return None if found is None or text.strip(" ").lower().endswith(_ARCHIVES) else _folded(found[1])


def under_workspace(path: str, workspace: Sequence[str]) -> str | None:
    """A path in its shortest form, None if it may lead out of the workspace."""
    if "\\" in path or _DRIVE.match(path) or path.startswith("~") or any(ord(each) < 32 for each in path):
        return None
    normal = posixpath.normpath(path)
    if not normal.startswith("/"):
        return None if normal == ".." or normal.startswith("../") else normal
    roots = [posixpath.normpath(root) for root in workspace if root.startswith("/")]
    inside = any(normal == root or normal.startswith(root.rstrip("/") + "/") for root in roots)
    # Two slashes at the start are a place of their own in POSIX, and normpath keeps them.
    return normal if inside and not normal.startswith("//") else None


def _wanted(call: Call, ways: Sequence[CodeTool], demands: Demands) -> Iterator[tuple[str, JsonValue]]:
    for path in dict.fromkeys(path for way in ways for path in way.paths):
        value = _find(call.arguments, path)
        if value not in (None, ""):
            yield path, _path(path, value, demands.workspace)
    for path in dict.fromkeys(path for way in ways for path in way.packages):
        _check_packages(path, _find(call.arguments, path), demands.packages)
    for path, most in demands.clamp.items():
        yield path, _clamped(path, _find(call.arguments, path), most)
    yield from demands.force.items()


def _path(place: str, value: JsonValue, workspace: Sequence[str]) -> str:
    normal = under_workspace(value, workspace) if isinstance(value, str) else None
    if normal is None:
        raise _RefusedError(f"{place} must be a path inside the workspace, without `~`, drives or `..` that lead out")
    return normal


def _check_packages(place: str, value: JsonValue, allowed: Sequence[str]) -> None:
    names = {_folded(each) for each in allowed}
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each in allowed:
            continue
        if not isinstance(each, str) or plain_requirement(each) is None:
            raise _RefusedError(f"{place} must be a plain requirement: no options, addresses, paths or archives")
        if names and plain_requirement(each) not in names:
            raise _RefusedError(f"{place} is none of the allowed packages: {', '.join(sorted(allowed))}")


def _clamped(place: str, value: JsonValue, most: int) -> JsonValue:
    # Left out, it would be what the server takes by default, which may be more.
    if value is None:
        return most
    if isinstance(value, bool) or not isinstance(value, int | float) or not value == value or value < 0:
        raise _RefusedError(f"{place} must be a number from 0 to {most}")
    return min(value, most)


def _differs(found: JsonValue, wanted: JsonValue) -> bool:
    return type(found) is not type(wanted) or found != wanted


def _find(arguments: Mapping[str, JsonValue], path: str) -> JsonValue:
    found: JsonValue = dict(arguments)
    for key in path.split(".")[1:]:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _put(arguments: dict[str, JsonValue], keys: Sequence[str], value: JsonValue) -> dict[str, JsonValue]:
    first, *rest = keys
    below = arguments.get(first)
    inner = _put(below if isinstance(below, dict) else {}, rest, value) if rest else value
    return {**arguments, first: inner}


def _folded(name: str) -> str:
    """A package's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
