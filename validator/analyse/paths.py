"""A path and where the program stands in, the path it means out: changes of folder, folders given beside it, links."""

import posixpath
import re
from collections.abc import Mapping
from typing import Final

import libcst as cst

from validator.analyse.joins import either, known, opaque, pieces_of
from validator.analyse.operators import slash
from validator.analyse.run import Action, Arguments, Roles, Run
from validator.analyse.values import HERE, NONE, NOTHING, Constant, Instance, Value
from validator.model.known import UNKNOWN, Choice, Known, Partial

FIXED: Final = re.compile(r"[/~\\]|[a-zA-Z]:|\w+://")  # the beginning of a path that does not depend on a folder
WILDCARD: Final = re.compile(r"[*?\[]")
MEETS: Final = ("fs.", "code.", "native.")
KEEPS: Final = ("fs.delete", "fs.link")  # a link that is deleted or made is itself meant, not what it leads to
MOST_LINKS: Final = 64
MOST_FOLLOWED: Final = 4
MOST_FOLDERS: Final = 64


def locate_paths(run: Run, capability: str, roles: Roles, plain: dict[str, Known]) -> dict[str, Known]:
    """The roles of an act with its paths as they are seen from where the program started."""
    if not capability.startswith(MEETS):
        return plain
    folder = plain.get("folder")
    found = dict(plain)
    for role in ("path", "target"):
        path = plain.get(role)
        if path is None or _stored(roles.get(role)) is HERE:
            continue
        if role == "path" and folder is not None:
            path = join(folder, path)
        if run.around.folders:
            path = join(known(run.around.folders[-1]), path)
        found[role] = _through_links(run.around.links, path, itself=capability.startswith(KEEPS))
    return found


def join(folder: Known, path: Known) -> Known:
    """A path as it is found in a folder; one that does not depend on a folder stays as it is."""
    if isinstance(path, Choice):
        return Choice(tuple(join(folder, option) for option in path.options))
    if isinstance(path, tuple):
        return tuple(join(folder, one) for one in path)
    start = path.pieces[0] if isinstance(path, Partial) else path
    if not isinstance(start, str) or FIXED.match(start) or folder in (".", ""):
        return path
    if isinstance(folder, Choice):
        return Choice(tuple(join(option, path) for option in folder.options))
    if isinstance(folder, str):
        if isinstance(path, str):
            return posixpath.normpath(f"{folder.rstrip('/')}/{path}")
        return Partial((f"{folder.rstrip('/')}/{start}", *path.pieces[1:])) if isinstance(path, Partial) else path
    if not isinstance(folder, Partial) and folder is not UNKNOWN:
        return path
    before = folder.pieces if isinstance(folder, Partial) else (folder,)
    return Partial((*before, f"/{start}", *(path.pieces[1:] if isinstance(path, Partial) else ())))


def _through_links(links: Mapping[str, str], path: Known, *, itself: bool) -> Known:
    """Where a path leads when the links that the program has made are followed."""
    if not links or not isinstance(path, str):
        return path
    for _ in range(MOST_FOLLOWED):
        link = next((one for one in links if path.startswith(f"{one}/") or (path == one and not itself)), None)
        if link is None:
            break
        path = str(join(posixpath.dirname(link), links[link])) + path[len(link) :]
    return path


def matched(pattern: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """What the names that fit a pattern look like: known up to its first wildcard and after its last one."""
    first, last = pattern[0], pattern[-1]
    if len(pattern) == 1 and first is not None and not WILDCARD.search(first):
        return pattern
    start = None if first is None else WILDCARD.split(first, maxsplit=1)[0]
    end = None if last is None else WILDCARD.split(last)[-1]
    return (start or None, None, end or None)


def _change_folder(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`os.chdir(folder)`: later paths start there; in a branch that may not be taken they may start there."""
    path = _stored(roles.get("path")) or NOTHING
    before = run.around.folders[-1] if run.around.folders else HERE
    lost = path is HERE or pieces_of(path)[0] is None  # what is not known may well be a whole path
    after = path if lost or before is HERE else slash(before, path)
    if run.branch is not run:
        after = either(before, after)
    if len(run.around.folders) < MOST_FOLDERS:
        run.around.folders.append(after)
        run.version += 1
    return NONE


def _stored(path: Value | None) -> Value | None:
    """The text of a path, or of a path object."""
    return path.roles.get("path") if isinstance(path, Instance) else path


def _leave_folder(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """The end of `with contextlib.chdir(folder)`."""
    if run.around.folders:
        run.around.folders.pop()
        run.version += 1
    return NONE


def _here(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`os.getcwd()`."""
    return run.around.folders[-1] if run.around.folders else HERE


def _link(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`os.symlink(path, link)`."""
    _remember(run, roles.get("target", NOTHING), roles.get("path", NOTHING))
    return NONE


def _link_here(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`link.symlink_to(path)`."""
    _remember(run, roles.get("path", NOTHING), roles.get("target", NOTHING))
    return NONE


def _remember(run: Run, link: Value, path: Value) -> None:
    name, leads = known(link), known(path)
    if isinstance(name, str) and isinstance(leads, str) and name and len(run.around.links) < MOST_LINKS:
        run.around.links[posixpath.normpath(name)] = leads
        run.version += 1


def _resolved(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`path.resolve()`: of the folder we stand in the parent is known."""
    path = roles.get("path", NOTHING)
    here = isinstance(path, Constant) and path.value in (".", "")
    return Instance("pathlib.Path", {**roles, "path": HERE} if here else roles)


def _relative(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`os.path.relpath(path, start)`: seen from the folder we stand in, another name of the same file."""
    path, start = roles.get("path", NOTHING), roles.get("start")
    if start is None or known(start) == ".":
        return path
    one, other = known(path), known(start)
    if isinstance(one, str) and isinstance(other, str) and one[:1] == other[:1] == "/":
        return Constant(posixpath.relpath(one, other))
    return opaque(path, start)


PATHS: Final[Mapping[str, Action]] = {
    "change-folder": _change_folder,
    "leave-folder": _leave_folder,
    "here": _here,
    "link": _link,
    "link-here": _link_here,
    "resolved": _resolved,
    "relative": _relative,
}
