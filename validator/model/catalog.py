"""The catalogue: what library names do, as data that the analyser is handed."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar


@dataclass(frozen=True)
class Signature:
    """Which argument plays which role, and what comes back.

    `positional` holds the role of each positional parameter in order (None for one that says nothing);
    `rest` is the role of everything after them; `keywords` maps parameter names to roles; `returns`
    is the type of the result (`requests.Response`), `self` for the same object, or an action such as
    `!import` that the analyser carries out. `fixed` are roles whose value the catalogue states where the call does not;
    `when` are roles that decide whether this happens at all: those that must or may be true, those that may be false.
    """

    positional: tuple[str | None, ...] = ()
    rest: str | None = None
    keywords: Mapping[str, str] = field(default_factory=dict)
    returns: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, bool] = field(default_factory=dict)

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role that an argument of the call itself can play."""
        return frozenset(role for role in (*self.positional, *self.keywords.values(), self.rest) if role is not None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One name: its capability (None for a name that only tells types), its signature, and what it does besides."""

    name: str
    capability: str | None
    signature: Signature
    call: bool = True  # False: reading the attribute is the act, as for `os.environ`
    also: tuple["Entry", ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one word on a command line; `rest` takes many, `unless` names options that take its place."""

    role: str | None
    rest: bool = False
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a program does: its capability (None for nothing), when, and with which words.

    `when` lists subcommands (one or more words) and flags, any of which must be given; `bound` asks for at least one
    role. `options` are those that take a value, with its role; `action` is what the analyser does itself.
    """

    program: str
    capability: str | None
    slots: tuple[Slot, ...] = ()
    options: Mapping[str, str | None] = field(default_factory=dict)
    when: tuple[tuple[str, ...], ...] = ()
    bound: bool = False
    action: str | None = None


Raw = TypeVar("Raw")
Made = TypeVar("Made")


class Lazily(Mapping[str, Made]):
    """A mapping whose values are made from their written form when they are first asked for."""

    def __init__(self, raw: Mapping[str, Raw], make: Callable[[str, Raw], Made]) -> None:
        """Keep the written forms, and how to make a value of a name and its form."""
        self._raw = raw
        self._make: Callable[[str], Made] = lambda name: make(name, raw[name])
        self._made: dict[str, Made] = {}

    def __getitem__(self, name: str) -> Made:
        """The value of a name."""
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._make(name)
        return made

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name, or the default; what `Mapping` does by raising and catching an error."""
        made = self._made.get(name)
        if made is None and name in self._raw:
            made = self._made[name] = self._make(name)
        return default if made is None else made

    def __contains__(self, name: object) -> bool:
        """Whether there is such a name."""
        return name in self._raw

    def __iter__(self) -> Iterator[str]:
        """All names."""
        return iter(self._raw)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._raw)


@dataclass(frozen=True, slots=True)
class Doors:
    """Words that open a door: those of the builtins, and those of each top-level module that a text may name."""

    always: Set[str]
    modules: Mapping[str, Set[str]]
    powerful: Set[str]  # handing one of these modules on is a door of its own

    def mentioned(self, words: Set[str]) -> bool:
        """Whether a text with these words mentions a door."""
        if not self.always.isdisjoint(words):
            return True
        return any(not self.modules[name].isdisjoint(words) for name in words & self.modules.keys())


def _above(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module


@dataclass(frozen=True, eq=False)
class Catalog:
    """Everything known of library names; built by the rulebook, read by the analyser.

    `doors` are the top-level modules whose powers are those of the machine or the interpreter itself. With `words`,
    code that mentions no door is answered without a deeper look.
    """

    entries: Mapping[str, Entry]
    aliases: Mapping[str, str]
    bases: Mapping[str, str]
    modules: Set[str]
    doors: Set[str] = frozenset()
    commands: Mapping[str, tuple[Command, ...]] = field(default_factory=dict)
    words: Doors | None = None

    def entry(self, name: str) -> Entry | None:
        """The entry of a name, or of the nearest base type that has the same method."""
        found = self.entries.get(name)
        if found is not None:
            return found
        owner, _, method = name.rpartition(".")
        base = self.bases.get(owner)
        return self.entry(f"{base}.{method}") if base is not None else None

    def is_read(self, name: str) -> bool:
        """Whether reading this name is an act, as for `os.environ`."""
        found = self.entries.get(name)
        return found is not None and not found.call

    def canonical(self, name: str) -> str:
        """The one name under which a re-exported name is known."""
        return self.aliases.get(name, name)

    def described(self, module: str) -> bool:
        """Whether somebody has described this module, a package above it, or modules in it (`google.cloud`)."""
        return module in self.namespaces or self._within(module)

    def _within(self, module: str) -> bool:
        while module:
            if module in self.modules:
                return True
            module = module.rpartition(".")[0]
        return False

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """Every package of which only modules in it are described."""
        found = {above for module in self.modules if "." in module for above in _above(module)}
        return frozenset(package for package in found if not self._within(package))

    @cached_property
    def names(self) -> frozenset[str]:
        """Every described dotted name, and every prefix of one."""
        found: set[str] = set(self.modules)
        for name in (*self.entries, *self.aliases):
            while name and name not in found:
                found.add(name)
                name = name.rpartition(".")[0]
        return frozenset(found)
