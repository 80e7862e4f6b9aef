"""Catalogue files in, one catalogue out; a file that does not load is fatal.

A file speaks of one area of the world's libraries:

    about: HTTP for humans
    modules: [requests]                      described: a name of it without an entry has no power
    aliases: {requests.api.get: requests.get}
    bases: {requests.sessions.HTTPAdapter: requests.adapters.BaseAdapter}
    calls:
      network.connect:                       capability, then name: signature
        requests.get: "url params | data json headers -> requests.Response"
      none:
        requests.Session: "-> requests.Session"
    reads:                                   attributes whose reading is the act
      env.read:
        os.environ: "-> os._Environ"
    also:                                    what a call does besides; it stands under `calls`, too
      fs.write:
        huggingface_hub.hf_hub_download: "- - - | path=local_dir"

A signature lists the roles of the parameters in order. `-` is a parameter that says nothing,
`role=parameter` gives a parameter another role, `*role` takes the rest, what follows `|` can only be
passed by keyword, `-> type` is the result, `-> self` the same object, `-> !action` something the
analyser does itself. `role:value` states a value where the call gives none, `role?` and `role!` make the act depend on
an argument. All of it is explained in `rules/catalog/README.md`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from validator.model.catalog import Catalog
from validator.model.errors import Problem, RuleError
from validator.rulebook.doors import with_words
from validator.rulebook.signatures import CatalogText, CommandText, EntryText, build_catalog


class CatalogFile(BaseModel):
    """One catalogue file, as written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    about: str
    modules: list[str] = []
    aliases: dict[str, str] = {}
    bases: dict[str, str] = {}
    calls: dict[str, dict[str, str]] = {}
    reads: dict[str, dict[str, str]] = {}
    also: dict[str, dict[str, str]] = {}
    commands: dict[str, dict[str, str | list[str]]] = {}


def load_catalog(paths: Iterable[Path]) -> Catalog:
    """Merge catalogue files; raises RuleError with every problem of every file."""
    return with_words(build_catalog(read_catalog(paths)))


def read_catalog(paths: Iterable[Path]) -> CatalogText:
    """The written form of all files together; raises RuleError with every problem of every file."""
    entries: dict[str, EntryText] = {}
    aliases: dict[str, str] = {}
    bases: dict[str, str] = {}
    modules: set[str] = set()
    commands: dict[str, list[CommandText]] = {}
    besides: list[tuple[Path, dict[str, dict[str, str]]]] = []
    problems: list[Problem] = []
    for path in sorted(paths):
        try:
            page = CatalogFile.model_validate(yaml.load(path.read_text(), Loader=yaml.CSafeLoader))
        except (yaml.YAMLError, ValidationError) as error:
            problems.append(Problem(str(path), " ".join(str(error).split()), "see rules/catalog/README.md"))
            continue
        modules.update(page.modules)
        aliases.update(page.aliases)
        bases.update(page.bases)
        for program, command in _commands(page):
            commands.setdefault(program, []).append(command)
        for name, entry in _entries(page):
            if name in entries:
                problems.append(Problem(str(path), f"{name} is described twice", "keep one"))
            entries[name] = entry
        besides.append((path, page.also))
    problems += _add_besides(entries, besides)
    if problems:
        raise RuleError(*problems)
    return CatalogText(entries, aliases, bases, sorted(modules), commands)


def _add_besides(
    entries: dict[str, EntryText], besides: Iterable[tuple[Path, dict[str, dict[str, str]]]]
) -> Iterator[Problem]:
    """Put what a call does besides behind what it does; it may stand in another file."""
    for path, table in besides:
        for capability, names in table.items():
            for name, signature in names.items():
                if name in entries:
                    entries[name] = (*entries[name], capability, signature)
                else:
                    yield Problem(str(path), f"{name} does more, but nothing says what it does", "list it under calls")


def _entries(page: CatalogFile) -> Iterator[tuple[str, EntryText]]:
    for call, table in ((True, page.calls), (False, page.reads)):
        for capability, names in table.items():
            power = None if capability == "none" else capability
            for name, signature in names.items():
                yield name, (power, signature, call)


def _commands(page: CatalogFile) -> Iterator[tuple[str, CommandText]]:
    for capability, programs in page.commands.items():
        power = None if capability == "none" else capability
        for names, signatures in programs.items():
            for name in names.split(","):
                for signature in [signatures] if isinstance(signatures, str) else signatures:
                    yield name.strip(), (power, signature)
