"""Which words open a door: those of the builtins, and those of each module that a text may name.

The words are derived from the catalogue, never a second list. A module's doors are the last words of its powerful
names, of what its functions return, and of the modules that it leads to.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from validator.model.catalog import Catalog, Doors, Entry

QUIET: Final = frozenset({"console.output"})
# Actions that cannot acquire anything by themselves: what they are given must be mentioned elsewhere.
HARMLESS: Final = frozenset(
    f"!{name}"
    for name in (
        "map", "filter", "starmap", "reduce", "partial", "first", "static", "class", "property", "super", "next",
        "dict", "type", "path", "join-path", "parent", "here", "resolved", "relative", "call", "itemgetter",
        "box", "push", "record", "named-tuple", "field-value", "defaultdict", "submit", "apply", "apply-later", "held",
        "gather", "wait", "groups", "always", "fill", "replaced", "fields", "named-fields",
        "option", "parsed", "percent", "table", "copied",
    )
)  # fmt: skip
ALWAYS: Final = ("builtins", "object", "unknown")


def find_doors(catalog: Catalog) -> Doors:
    """The doors of a catalogue; worth keeping, for finding them takes a look at every entry."""
    own: defaultdict[str, set[str]] = defaultdict(set)
    leads: defaultdict[str, set[str]] = defaultdict(set)
    for name, entry in catalog.entries.items():
        top = name.partition(".")[0]
        if _opens(entry):
            owner, _, last = name.rpartition(".")
            # A special method is called by syntax, so its type is the door; what a door returns is behind it already.
            own[top].add(owner.rpartition(".")[2] if last.startswith("__") and owner != "object" else last)
        elif entry.signature.returns is not None:
            leads[top] |= {word.strip(" *").partition(".")[0] for word in entry.signature.returns.split(",")}
    for alias, name in catalog.aliases.items():
        top = alias.partition(".")[0]
        held = catalog.entries.get(name)
        if (held is None and name.partition(".")[0] != top) or (held is not None and _opens(held)):
            own[top].add(alias.rpartition(".")[2])
        else:
            leads[top].add(name.partition(".")[0])
    for kind, base in catalog.bases.items():
        leads[kind.partition(".")[0]].add(base.partition(".")[0])
    modules = {top: frozenset(_reached(top, own, leads)) for top in {*own, *leads}}
    always = frozenset().union(*(modules.get(top, frozenset()) for top in ALWAYS))
    return Doors(always, {top: words for top, words in modules.items() if top not in ALWAYS}, catalog.doors)


def with_words(catalog: Catalog) -> Catalog:
    """The catalogue with its door words."""
    return replace(catalog, words=find_doors(catalog))


def _opens(entry: Entry) -> bool:
    if entry.capability in QUIET:
        return False  # printing into a file needs the file, and opening that is a door
    if entry.capability is not None or entry.also:
        return True
    returns = entry.signature.returns
    if not entry.call and returns == "!table":
        return False
    return not entry.call or (returns is not None and returns.startswith("!") and returns not in HARMLESS)


def _reached(top: str, own: Mapping[str, set[str]], leads: Mapping[str, set[str]]) -> set[str]:
    """The words of a module and of every module that values of it can lead to."""
    seen: set[str] = set()
    pending = [top]
    words: set[str] = set()
    while pending:
        module = pending.pop()
        if module not in seen:
            seen.add(module)
            words |= own.get(module, set())
            pending.extend(leads.get(module, ()))
    return words
