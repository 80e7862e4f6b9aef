"""Rule files in, their versions and digests out, and whether a rule changed while its version did not.

Records of old calls name rules and versions. Whatever decides a finding, or is told with it, is part of the
digest; the rest of the prose and the examples may be improved at any time.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeAlias

from validator.model.errors import Problem, RuleError
from validator.rulebook.pages import Page

LOCK: Final = "lock.json"
UPDATE: Final = "run: validator rules check --write"
MATTERS: Final = (
    *("name", "status", "capability", "severity", "confidence", "weight", "attack", "message", "remedy", "match"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one rule."""

    version: int
    digest: str


Lock: TypeAlias = Mapping[str, Entry]
"""Rule id to what is remembered of it."""


def read_lock(path: Path) -> Lock:
    """The lock file as it stands; an empty lock if there is none. Raises RuleError."""
    if not path.exists():
        return {}
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return {str(rule): Entry(int(entry["version"]), str(entry["digest"])) for rule, entry in held.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        advice = f"remove the file, then {UPDATE}"
        raise RuleError(Problem(str(path), "is not a lock file of rules", advice)) from error


def write_lock(lock: Lock) -> str:
    """The lock as the text of its file."""
    return json.dumps({rule: asdict(lock[rule]) for rule in sorted(lock)}, indent=2) + "\n"


def entry_of(page: Page) -> Entry:
    """What is to be remembered of a rule file that loads."""
    assert isinstance(page.data, dict)
    matters = {key: page.data[key] for key in MATTERS}
    text = json.dumps(matters, sort_keys=True, default=str)
    return Entry(page.data["version"], hashlib.sha256(text.encode()).hexdigest()[:16])


def compare(locked: Lock, rules: Lock) -> Iterator[tuple[str, str, str]]:
    """Where rules and lock differ: the id, the reason, the advice."""
    for rule, entry in rules.items():
        known = locked.get(rule)
        if known is None:
            yield rule, f"is not in {LOCK}", UPDATE
        elif entry.version < known.version:
            yield rule, f"went back from version {known.version} to {entry.version}", "a version only rises"
        elif entry.version == known.version and entry.digest != known.digest:
            advice = f"set version to {entry.version + 1}, then {UPDATE}"
            yield rule, f"has changed and is still version {entry.version}", advice
        elif entry != known:
            yield rule, f"is version {entry.version}, {LOCK} has {known.version}", UPDATE
    for rule in locked.keys() - rules.keys():
        yield (
            rule,
            f"is in {LOCK} and nowhere else",
            f"keep it as status: retired, or forget it; to forget it, {UPDATE}",
        )


def renew(locked: Lock, rules: Lock) -> Lock:
    """The lock with what is new; a rule that changed under the same version stays as it was, and so is told again."""
    kept = {
        rule: locked[rule] for rule, entry in rules.items() if rule in locked and entry.version <= locked[rule].version
    }
    return {**rules, **kept}
