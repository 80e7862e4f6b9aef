"""A rulebook as JSON, and back: what a wheel carries so that a start need not read a hundred YAML files.

Only the frozen nouns named here can come out of a snapshot; it holds no code.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from validator.model.catalog import Doors
from validator.model.fact import Kind
from validator.model.finding import Confidence, Severity
from validator.model.known import JsonValue
from validator.model.profile import Profile
from validator.rulebook.asks import Ask
from validator.rulebook.index import assemble
from validator.rulebook.rule import (
    Combination,
    Example,
    Guard,
    Leaf,
    Listing,
    Rule,
    Rulebook,
    Status,
    ValueTest,
)
from validator.rulebook.signatures import CatalogText, build_catalog

SNAPSHOT: Final = "snapshot.json"
NOUNS: Final[Mapping[str, Any]] = {
    noun.__name__: noun
    for noun in (
        Ask, Combination, Confidence, Example, Guard, Kind, Leaf, Listing, Profile, Rule, Severity, Status, ValueTest,
    )
}  # fmt: skip
MAPPING: Final = ""


def digest_of(root: Path) -> str:
    """SHA-256 over the names and contents of all rule files below a folder."""
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.yaml")):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def freeze(book: Rulebook, catalog: CatalogText, digest: str) -> str:
    """A rulebook as text, with the digest of the files it was read from."""
    parts = {
        "digest": digest,
        "catalog": asdict(catalog),
        "words": _freeze_words(book.catalog.words),
        "rules": _freeze(book.rules),
        "profiles": _freeze(book.profiles),
        "listings": _freeze(book.listings),
        "capabilities": _freeze(book.capabilities),
    }
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def thaw(text: str, digest: str) -> Rulebook | None:
    """The rulebook of a snapshot; None if the files have changed since."""
    parts = json.loads(text)
    if parts["digest"] != digest:
        return None
    catalog = build_catalog(CatalogText(**parts["catalog"]), _thaw_words(parts["words"]))  # plain data already
    rules, profiles, listings = (_thaw(parts[name]) for name in ("rules", "profiles", "listings"))
    return assemble(Rulebook(catalog, rules, profiles, _thaw(parts["capabilities"]), listings=listings))


def _freeze_words(words: Doors | None) -> JsonValue:
    if words is None:
        return None
    modules: dict[str, JsonValue] = {name: [*sorted(held)] for name, held in words.modules.items()}
    return {"always": [*sorted(words.always)], "modules": modules, "powerful": [*sorted(words.powerful)]}


def _thaw_words(words: Any) -> Doors | None:
    if words is None:
        return None
    modules = {name: frozenset(held) for name, held in words["modules"].items()}
    return Doors(frozenset(words["always"]), modules, frozenset(words["powerful"]))


def _freeze(value: Any) -> JsonValue:
    """A noun becomes `{"Name": [field, ...]}`, an enum `{"Name": value}`, a mapping `{"": {...}}`."""
    if isinstance(value, Enum):
        return {type(value).__name__: value.value}
    if is_dataclass(value):
        return {type(value).__name__: [_freeze(getattr(value, part.name)) for part in fields(value)]}
    if isinstance(value, Mapping):
        return {MAPPING: {name: _freeze(held) for name, held in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_freeze(item) for item in value]
    return None if value is None else value if isinstance(value, (str, int, bool)) else str(value)


def _thaw(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(item if isinstance(item, str) else _thaw(item) for item in value)
    if not isinstance(value, dict):
        return value
    ((name, held),) = value.items()
    if name == MAPPING:
        return {key: item if isinstance(item, str) else _thaw(item) for key, item in held.items()}
    noun = NOUNS[name]
    return noun(*map(_thaw, held)) if isinstance(held, list) else noun(held)
