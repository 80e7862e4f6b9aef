"""The written form of the catalogue in, the catalogue out: each signature is read when somebody asks for it."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from validator.model.catalog import Catalog, Command, Doors, Entry, Lazily, Signature, Slot

DOORS: Final = ("process.", "code.", "native.", "introspect.", "by.", "fs.", "network.", "env.", "persist.")
EntryText: TypeAlias = Sequence[str | bool | None]
CommandText: TypeAlias = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class CatalogText:
    """A catalogue as it is written, all files together.

    `entries` maps a name to its capability (None for none), its signature, whether it is called, and then in turn the
    capability and the signature of each thing it does besides; `commands` maps a program to pairs of capability and
    signature.
    """

    entries: Mapping[str, EntryText]
    aliases: Mapping[str, str]
    bases: Mapping[str, str]
    modules: Sequence[str]
    commands: Mapping[str, Sequence[CommandText]]


def build_catalog(text: CatalogText, words: Doors | None = None) -> Catalog:
    """The catalogue behind its written form."""
    return Catalog(
        Lazily(text.entries, _entry),
        text.aliases,
        text.bases,
        frozenset(text.modules),
        _doors(text),
        Lazily(text.commands, _commands),
        words,
    )


def _doors(text: CatalogText) -> frozenset[str]:
    """Top-level modules whose powers are those of the machine or the interpreter itself."""
    owners = {name.partition(".")[0] for name, entry in text.entries.items() if str(entry[0]).startswith(DOORS)}
    return frozenset(owner for owner in owners if owner in sys.stdlib_module_names)


def _entry(name: str, text: EntryText) -> Entry:
    capability, signature, call, *besides = text
    also = (
        Entry(name, str(power), parse_signature(str(written)))
        for power, written in zip(besides[::2], besides[1::2], strict=True)
    )
    power = None if capability is None else str(capability)
    return Entry(name, power, parse_signature(str(signature)), bool(call), tuple(also))


def _commands(program: str, texts: Sequence[CommandText]) -> tuple[Command, ...]:
    """What a program does; each of it knows every option of the program that takes a value."""
    group = [parse_command(program, capability, str(signature)) for capability, signature in texts]
    options: dict[str, str | None] = {name: None for one in group for name in one.options}
    return tuple(replace(one, options={**options, **one.options}) for one in group)


def parse_signature(text: str) -> Signature:
    """Read a signature such as `url params | data -> requests.Response`; raises ValueError."""
    head, _, returns = text.partition("->")
    before, _, after = head.partition("|")
    positional: list[str | None] = []
    rest = None
    keywords: dict[str, str] = {}
    fixed: dict[str, str] = {}
    when: dict[str, bool] = {}
    for place, words in enumerate((before.split(), after.split())):
        for word in words:
            if ":" in word:
                role, _, fixed[role] = word.partition(":")
            elif word.startswith("*"):
                rest = word[1:]
            elif word == "-":
                positional.append(None)
            else:
                role = _named(word, keywords, when)
                if place == 0:
                    positional.append(role)
    return Signature(tuple(positional), rest, keywords, returns.strip() or None, fixed, when)


def _named(word: str, keywords: dict[str, str], when: dict[str, bool]) -> str:
    """The role of one parameter: `role`, `role=parameter`, either with `?` or `!` behind it."""
    bare = word.rstrip("?!")
    role, _, parameter = bare.partition("=")
    keywords[parameter or role] = role
    if bare != word:
        when[role] = word.endswith("?")
    return role


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
