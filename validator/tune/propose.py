"""A proposal in, the edits of rule and profile files out that make it true; comments and all else stay as they are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from validator.model.errors import Problem, TuneError
from validator.rulebook.hygiene import read_pages, read_techniques
from validator.rulebook.load import load_rulebook
from validator.rulebook.match import UNLISTED
from validator.rulebook.rule import Rulebook
from validator.rulebook.written import write_all
from validator.tune.fit import Proposal


@dataclass(frozen=True, slots=True)
class Edit:
    """A file, what stands in it, and what is to stand there."""

    path: Path
    before: str
    after: str


def find_edits(proposal: Proposal, folder: Path, profile: str, book: Rulebook) -> tuple[Edit, ...]:
    """One edit for each file that changes; raises TuneError where a file has no line to change.

    A weight that the profile replaces is changed in the profile. A rule that changes gets a new version, for records of
    old calls name rule and version.
    """
    replaced = book.profiles[profile].weights
    packs = {rule.id: rule.pack for rule in book.rules}
    weights = {each.rule: each.after for each in proposal.weights if each.rule != UNLISTED}
    edits = [
        _edit(folder / packs[rule] / f"{rule}.yaml", {"weight": weight}, raised=True)
        for rule, weight in weights.items()
        if rule not in replaced
    ]
    lines = {rule: weight for rule, weight in weights.items() if rule in replaced}
    pairs = {"review_at": proposal.review_at, "deny_at": proposal.deny_at}
    lines |= {key: after for key, (before, after) in pairs.items() if before != after}
    if lines:
        edits.append(_edit(folder / "profiles" / f"{profile}.yaml", lines, raised=False))
    return tuple(sorted(edits, key=lambda edit: edit.path))


def draw_patch(edits: Iterable[Edit], folder: Path) -> str:
    """The edits as a unified diff, for `git apply` or `patch -p1` beside the folder."""
    return "".join(line for edit in edits for line in _diff(edit, folder))


def apply_edits(edits: Iterable[Edit], folder: Path) -> None:
    """Write the edits, then what is written from rules: lock, README and pages; raises what keeps it from that."""
    edits = tuple(edits)
    if not edits:
        return
    for edit in edits:
        if _read(edit.path) != edit.before:
            raise TuneError(Problem(str(edit.path), "has changed meanwhile", "run tune fit again"))
    try:
        for edit in edits:
            edit.path.write_text(edit.after, encoding="utf-8")
        book = load_rulebook(folder)
        write_all(folder, book, read_pages(folder, book), read_techniques())
    except OSError as error:
        place, reason = str(error.filename or folder), error.strerror or str(error)
        raise TuneError(Problem(place, reason, "name a folder you can write")) from error


def _edit(path: Path, numbers: Mapping[str, int], *, raised: bool) -> Edit:
    before = after = _read(path)
    margin = "" if raised else " *"  # of a rule, only the outermost keys: an example may hold such a line, too
    for key, number in numbers.items():
        after, found = re.subn(rf"(?m)^({margin}{re.escape(key)}: *)\d+", rf"\g<1>{number}", after, count=1)
        if not found:
            raise TuneError(Problem(str(path), f"has no line '{key}: NUMBER'", "write it on a line of its own"))
    if raised:
        after = re.sub(r"(?m)^(version:\s*)(\d+)", lambda line: f"{line[1]}{int(line[2]) + 1}", after, count=1)
    return Edit(path, before, after)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TuneError(Problem(str(path), error.strerror or str(error), "name the folder with --rules")) from error


def _diff(edit: Edit, folder: Path) -> Iterator[str]:
    name = f"{folder.resolve().name}/{edit.path.relative_to(folder).as_posix()}"
    before, after = (text.splitlines(keepends=True) for text in (edit.before, edit.after))
    yield from unified_diff(before, after, f"a/{name}", f"b/{name}", n=1)
