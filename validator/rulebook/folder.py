"""A folder of packs, profiles and catalogue in, one rulebook out; anything wrong in any file is fatal."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from validator.model.catalog import Catalog
from validator.model.errors import Problem, RuleError
from validator.model.profile import Profile
from validator.rulebook.catalog import read_catalog
from validator.rulebook.compile import compile_listing, compile_rule
from validator.rulebook.doors import with_words
from validator.rulebook.index import assemble
from validator.rulebook.pages import Page, place_of, read_page
from validator.rulebook.rule import Listing, Rule, Rulebook
from validator.rulebook.schema import ProfileSection, RuleSection
from validator.rulebook.sections import read_section
from validator.rulebook.signatures import CatalogText, build_catalog
from validator.rulebook.vocabulary import ROLES, Vocabulary, complaints, complaints_of_listing, suggestion

NOT_PACKS: Final = frozenset({"catalog", "profiles", "policies", "tools"})
FROM_CALL: Final = frozenset(
    {
        "none",
        "by.mode",
        "by.shell",
        "by.location.read",
        "by.location.write",
        "by.handle.write",
        "by.variables.read",
        "by.variables.write",
        "by.callable",
        "by.text",
        "by.descriptor",
    }
)


def read_folder(root: Path, extra: Sequence[Path] = ()) -> tuple[Rulebook, CatalogText]:
    """Load a rules folder and further packs; raises RuleError with every problem of every file."""
    missing = [Problem(str(path), "is no folder", "check the path") for path in (root, *extra) if not path.is_dir()]
    if missing:
        raise RuleError(*missing)
    problems: list[Problem] = []
    capabilities = _capabilities(root / "capabilities.yaml", problems)
    text = read_catalog((root / "catalog").glob("*.yaml"))
    catalog = with_words(build_catalog(text))
    problems += _catalog_problems(catalog, capabilities)
    vocabulary = Vocabulary(frozenset(capabilities), ROLES | _roles(catalog))
    packs = [path for path in sorted(root.iterdir()) if path.is_dir() and path.name not in NOT_PACKS]
    if not packs:
        problems.append(Problem(str(root), "holds no rule packs", "give a folder laid out like rules/"))
    rules = [rule for pack in (*packs, *extra) for rule in _pack(pack, vocabulary, problems)]
    problems += _twice(rules)
    profiles, listings = _profiles(root / "profiles", frozenset(rule.id for rule in rules), vocabulary, problems)
    if problems:
        raise RuleError(*problems)
    return assemble(Rulebook(catalog, tuple(rules), profiles, capabilities, listings=listings)), text


def _pack(folder: Path, vocabulary: Vocabulary, problems: list[Problem]) -> list[Rule]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        problems.append(Problem(str(folder), "holds no rules", "add a rule file, or remove the folder"))
    rules: list[Rule] = []
    for path in paths:
        read = read_section(path, RuleSection, problems)
        if read is not None:
            page, section = read
            found = complaints(section, vocabulary)
            problems += [Problem(place_of(page, where), reason, advice) for where, reason, advice in found]
            rules.append(compile_rule(path.stem, folder.name, section))
    return rules


def _profiles(
    folder: Path, rules: frozenset[str], vocabulary: Vocabulary, problems: list[Problem]
) -> tuple[dict[str, Profile], dict[str, Listing]]:
    profiles: dict[str, Profile] = {}
    listings: dict[str, Listing] = {}
    for path in sorted(folder.glob("*.yaml")):
        read = read_section(path, ProfileSection, problems)
        if read is None:
            continue
        page, section = read
        for rule in section.weights.keys() - rules:
            place = place_of(page, ("weights", rule))
            problems.append(Problem(place, f"there is no rule {rule!r}", suggestion(rule, rules)))
        found = complaints_of_listing(section, vocabulary)
        problems += [Problem(place_of(page, where), reason, advice) for where, reason, advice in found]
        profiles[path.stem] = Profile(path.stem, section.review_at, section.deny_at, dict(section.weights))
        listing = compile_listing(section)
        if listing is not None:
            listings[path.stem] = listing
    if not profiles:
        problems.append(Problem(str(folder), "holds no profiles", "add balanced.yaml with review_at and deny_at"))
    return profiles, listings


def _capabilities(path: Path, problems: list[Problem]) -> dict[str, str]:
    page = read_page(path, str(path))
    if not isinstance(page, Page):
        problems += page
        return {}
    if not isinstance(page.data, dict) or not all(isinstance(value, str) for value in page.data.values()):
        problems.append(Problem(page.place, "is not a table of capability: meaning", "one line for each capability"))
        return {}
    return {str(capability): str(meaning) for capability, meaning in page.data.items()}


def _catalog_problems(catalog: Catalog, capabilities: Mapping[str, str]) -> Iterable[Problem]:
    every = (one for entry in catalog.entries.values() for one in (entry, *entry.also))
    named = {entry.capability: entry.name for entry in every if entry.capability is not None}
    for capability, name in named.items():
        if capability not in capabilities and capability not in FROM_CALL:
            advice = suggestion(capability, capabilities) or "see rules/capabilities.yaml"
            yield Problem(f"rules/catalog: {name}", f"there is no capability {capability!r}", advice)


def _roles(catalog: Catalog) -> frozenset[str]:
    found: set[str | None] = set()
    for entry in catalog.entries.values():
        for signature in (entry.signature, *(other.signature for other in entry.also)):
            found.update(signature.positional, (signature.rest,), signature.keywords.values(), signature.fixed)
    return frozenset(role for role in found if role)


def _twice(rules: Iterable[Rule]) -> Iterable[Problem]:
    first: dict[str, Rule] = {}
    for rule in rules:
        other = first.setdefault(rule.id, rule)
        if other is not rule:
            yield Problem(f"{rule.pack}/{rule.id}", f"the id is taken by {other.pack}/{other.id}", "rename one file")
