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

A signature lists the roles of the parameters in order. `-` is a parameter that says nothing,
`role=parameter` gives a parameter another role, `*role` takes the rest, what follows `|` can only be
passed by keyword, `-> type` is the result, `-> self` the same object, `-> !action` something the
analyser does itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from validator.model.catalog import Catalog, Command, Entry, Signature, Slot
from validator.model.errors import Problem, RuleError


class CatalogFile(BaseModel):
    """One catalogue file, as written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    about: str
    modules: list[str] = []
    aliases: dict[str, str] = {}
    bases: dict[str, str] = {}
    calls: dict[str, dict[str, str]] = {}
    reads: dict[str, dict[str, str]] = {}
    commands: dict[str, dict[str, str | list[str]]] = {}


def parse_signature(text: str) -> Signature:
    """Read a signature such as `url params | data -> requests.Response`; raises ValueError."""
    head, _, returns = text.partition("->")
    before, _, after = head.partition("|")
    positional: list[str | None] = []
    rest = None
    keywords: dict[str, str] = {}
    for word in before.split():
        role, _, parameter = word.partition("=")
        if role.startswith("*"):
            rest = role[1:]
        elif role == "-":
            positional.append(None)
        else:
            positional.append(role)
            keywords[parameter or role] = role
    for word in after.split():
        role, _, parameter = word.partition("=")
        keywords[parameter or role] = role
    return Signature(tuple(positional), rest, keywords, returns.strip() or None)


def parse_command(program: str, capability: str | None, text: str) -> Command:
    """Read what the command table says of a program: `when: words | options -> !action`."""
    head, _, action = text.partition("->")
    condition, _, body = head.rpartition(":")
    words, _, valued = body.partition("|")
    given = [item.strip() for item in condition.split(",") if item.strip()]
    slots = (word.split("/") for word in words.split())
    named = (word.rpartition("=") if "=" in word else (word, "", "") for word in valued.split())
    return Command(
        program,
        capability,
        tuple(
            Slot(None if role.strip("*") == "-" else role.lstrip("*"), role.startswith("*"), tuple(unless))
            for role, *unless in slots
        ),
        {name: role or None for name, _, role in named},
        tuple(tuple(item.split()) for item in given if item != "?"),
        "?" in given,
        action.strip() or None,
    )


def load_catalog(paths: Iterable[Path]) -> Catalog:
    """Merge catalogue files; raises RuleError with every problem of every file."""
    entries: dict[str, Entry] = {}
    aliases: dict[str, str] = {}
    bases: dict[str, str] = {}
    modules: set[str] = set()
    commands: list[Command] = []
    problems: list[Problem] = []
    for path in sorted(paths):
        try:
            page = CatalogFile.model_validate(yaml.load(path.read_text(), Loader=yaml.CSafeLoader))
        except (yaml.YAMLError, ValidationError) as error:
            problems.append(Problem(str(path), " ".join(str(error).split()), "see rules/catalog/README.md"))
            continue
        modules.update(page.modules)
        commands.extend(_commands(page))
        aliases.update(page.aliases)
        bases.update(page.bases)
        for entry in _entries(page):
            if entry.name in entries:
                problems.append(Problem(str(path), f"{entry.name} is described twice", "keep one"))
            entries[entry.name] = entry
    if problems:
        raise RuleError(*problems)
    return Catalog(entries, aliases, bases, frozenset(modules), _by_program(commands))


def _entries(page: CatalogFile) -> Iterator[Entry]:
    for call, table in ((True, page.calls), (False, page.reads)):
        for capability, names in table.items():
            power = None if capability == "none" else capability
            for name, signature in names.items():
                yield Entry(name, power, parse_signature(signature), call)


def _commands(page: CatalogFile) -> Iterator[Command]:
    for capability, programs in page.commands.items():
        power = None if capability == "none" else capability
        for names, signatures in programs.items():
            for name in names.split(","):
                for signature in [signatures] if isinstance(signatures, str) else signatures:
                    yield parse_command(name.strip(), power, signature)


def _by_program(commands: Iterable[Command]) -> dict[str, tuple[Command, ...]]:
    """Commands by program; each knows every option of the program that takes a value."""
    grouped: dict[str, list[Command]] = {}
    for command in commands:
        grouped.setdefault(command.program, []).append(command)
    return {
        program: tuple(
            replace(one, options={name: None for other in group for name in other.options} | dict(one.options))
            for one in group
        )
        for program, group in grouped.items()
    }
