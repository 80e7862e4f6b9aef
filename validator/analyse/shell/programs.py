"""A program and its words in, uses out: the command table says which word means what."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from validator.analyse.shell.state import DEVICES, Feed, Shell
from validator.analyse.shell.text import HOLE, decode
from validator.model.catalog import Command, Slot
from validator.model.known import UNKNOWN, Known

MOST_VALUES: Final = 64
UNTOUCHED: Final = frozenset({"command", "argument"})  # a rest of words that belong to another program
BUNDLED: Final = frozenset({"tar", "ar", "ps"})  # programs whose first word may be options without a dash

_SYSTEM = re.compile(r"(?:/usr(?:/local)?|/opt/homebrew)?/s?bin")
_VERSION = re.compile(r"[-.]?\d[\d.]*$")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")
_REMOTE = re.compile(r"(?:[^/@]*@)?(\[[^\]]+\]|[^/:]+):(?!//)")
_NAMED = re.compile(r"(?:^|=)[@<]([^;]+)")
_AUTHORITY = re.compile(r"(?:.*@)?(\[[^\]]*\]|[^:]*)(?::(.*))?", re.DOTALL)


@dataclass(slots=True)
class Line:
    """The words after a program, sorted by an entry of the table; every text is marked text."""

    program: str
    words: list[str] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    values: dict[str, list[str]] = field(default_factory=dict)
    rest: str = ""
    feed: Feed = None


def entries(shell: Shell, program: str) -> tuple[str, tuple[Command, ...]]:
    """The name under which the table knows a program, and what it says of it."""
    commands = shell.catalog.commands
    folder, slash, name = program.rpartition("/")
    for candidate in (name, name.removesuffix(".exe"), _VERSION.sub("", name)):
        if found := commands.get(candidate):
            # What merely bears the name of a harmless program may be anything.
            known = not slash or _SYSTEM.fullmatch(folder) is not None
            return candidate, found if known else tuple(entry for entry in found if entry.capability is not None)
    return name, ()


def sort_words(entry: Command, arguments: list[str]) -> Line | None:
    """Tell options from words and give words their roles; None if the entry does not speak of this call."""
    line = Line(entry.program)
    _parse(entry, arguments, line)
    consumed = _condition(entry, line)
    if consumed is None:
        return None
    for name, value in line.options:
        role = entry.options.get(name)
        if role is not None:
            line.values.setdefault(role, []).append(value)
    _bind(entry, line, line.words[consumed:])
    return line if line.values or not entry.bound else None


def _parse(entry: Command, arguments: list[str], line: Line) -> None:
    options, stop = entry.options, _stop(entry)
    waiting = list(reversed(arguments))
    if waiting and entry.program in BUNDLED and waiting[-1][:1].isalpha():
        waiting[-1] = "-" + waiting[-1]
    while waiting:
        word = waiting.pop()
        name, equals, value = word.partition("=")
        name = _full(options, name, equals)
        if equals and (name in options or f"{name}=" in options):
            line.options.append((name if name in options else f"{name}=", value))
            line.flags.add(name)
        elif (word := _full(options, word)) in options:
            line.flags.add(word)
            line.options.append((word, waiting.pop() if waiting else HOLE))
        elif word == "--":
            line.words += reversed(waiting)
            return
        elif word == "-" or not word.startswith("-"):
            line.words.append(word)
            if stop is not None and len(line.words) > stop:
                line.words += reversed(waiting)
                return
        elif word.startswith("--"):
            line.flags.add(name)
        else:
            _cluster(options, word, waiting, line)
        if stop is not None and _takes_over(entry, line):
            line.words += reversed(waiting)
            return


def _full(options: Mapping[str, str | None], name: str, equals: str = "") -> str:
    """The option that a shortened long option stands for; one without a value may be a flag of its own."""
    if name in options or not name.startswith("--") or len(name) < 5:
        return name
    return next((o for o in options if o.startswith(name) and (equals or options[o] in ("command", "code"))), name)


def _takes_over(entry: Command, line: Line) -> bool:
    """Whether an option has named the program, so that what follows is for it."""
    return bool(line.options) and entry.options.get(line.options[-1][0]) in ("code", "module")


def _cluster(options: Mapping[str, str | None], word: str, waiting: list[str], line: Line) -> None:
    """Single letters behind one dash; the last may take a value."""
    line.flags.add(word)
    for position in range(1, len(word)):
        option = "-" + word[position]
        line.flags.add(option)
        if option in options:
            value = word[position + 1 :] or (waiting.pop() if waiting else HOLE)
            line.options.append((option, value))
            return


def _stop(entry: Command) -> int | None:
    """How many words may come before those that belong to another program."""
    before = len(entry.when[0]) if entry.when and not entry.when[0][0].startswith("-") else 0
    for position, slot in enumerate(entry.slots):
        if slot.rest and slot.role in UNTOUCHED:
            return before + position
    return None


def _condition(entry: Command, line: Line) -> int | None:
    """How many words the condition of the entry takes; None if it does not hold."""
    if not entry.when:
        return 0
    for words in entry.when:
        if words[0].startswith("-"):
            if words[0] in line.flags or (words[0] == "-" and "-" in line.words):
                return 0
        elif len(line.words) >= len(words) and all(map(_may_be, line.words, words)):
            return len(words)
    return None


def _may_be(given: str, word: str) -> bool:
    return given == word or HOLE in given


def _bind(entry: Command, line: Line, words: list[str]) -> None:
    slots = [slot for slot in entry.slots if line.flags.isdisjoint(slot.unless)]
    split = next((position for position, slot in enumerate(slots) if slot.rest), len(slots))
    after = slots[split + 1 :]
    middle_end = max(len(words) - len(after), min(split, len(words)))
    _bind_each(line, slots[:split], words[:split])
    _bind_each(line, after, words[middle_end:])
    middle = words[split:middle_end]
    role = slots[split].role if split < len(slots) else None
    if role is not None and middle:
        line.rest = role
        line.values.setdefault(role, []).extend(middle)


def _bind_each(line: Line, slots: Iterable[Slot], words: Iterable[str]) -> None:
    for slot, word in zip(slots, words, strict=False):
        if slot.role is not None:
            line.values.setdefault(slot.role, []).append(word)


def note(shell: Shell, entry: Command, line: Line) -> None:
    """Emit what the entry says of this call: one use for each value of the role that takes many."""
    if entry.capability in (None, "process.spawn"):
        return
    sets = list(_role_sets(shell, line))
    for roles in sets:
        if entry.capability.startswith("network.") and line.feed is not None:
            roles.setdefault("data", decode(line.feed))
        if entry.capability == "process.shell":
            roles.setdefault("command", UNKNOWN if line.feed is None else decode(line.feed))
        path = roles.get("path")
        if isinstance(path, str) and entry.capability.startswith("fs.") and (path == "-" or path.startswith(DEVICES)):
            continue
        if entry.capability == "fs.write" and isinstance(path, str):
            shell.written[path] = HOLE
        shell.emit(entry.capability, line.program, roles)
    if not sets and not entry.bound:
        shell.emit(entry.capability, line.program)


def _role_sets(shell: Shell, line: Line) -> Iterable[dict[str, Known]]:
    single: dict[str, Known] = {}
    for role, values in line.values.items():
        if role != line.rest or role in UNTOUCHED or role == "data":
            single.update(_roles(shell, role, values if role in UNTOUCHED else values[-1:]))
    if line.rest in UNTOUCHED or line.rest in ("", "data"):
        return [single] if single or not line.values else []
    values = line.values[line.rest]
    sets = [_roles(shell, line.rest, [value]) for value in values[:MOST_VALUES]]
    if len(values) > MOST_VALUES:
        sets.append({line.rest: UNKNOWN})
    return [{**found, **single} for found in sets if found]


def _roles(shell: Shell, role: str, values: list[str]) -> dict[str, Known]:
    """The roles of one value; empty if the value is not of the kind that the role speaks of."""
    value = values[-1]
    match role:
        case "url":
            return _url(value)
        case "host":
            return _host(value)
        case "remote" | "local":
            remote = _REMOTE.match(value)
            if role == "local":
                return {} if remote or _URL.match(value) else {"path": decode(shell.place(value))}
            return {"host": decode(remote[1]), "target": decode(value)} if remote else _url(value, loose=False)
        case "@path":
            named = _NAMED.search(value)
            return {"path": decode(shell.place(named[1]))} if named and named[1] != "-" else {}
        case "download":
            name = value.partition("?")[0].rstrip("/").rpartition("/")[2] if _URL.match(value) else HOLE
            return {"path": decode(shell.place(name))}
        case "path" | "target":
            return {role: decode(shell.place(value))}
        case "command":
            return {"command": tuple(decode(word) for word in values) if len(values) > 1 else decode(value)}
        case "argument":
            return {}
    return {role: decode(value)}


def _url(value: str, loose: bool = True) -> dict[str, Known]:
    """A URL, and the scheme, host and port in it; `git@host:path` has a host too."""
    found: dict[str, Known] = {"url": decode(value)}
    if match := _URL.match(value):
        found["scheme"] = decode(match[1].lower())
        found.update(_host(match[2]))
        return found
    if remote := _REMOTE.match(value):
        return found | {"host": decode(remote[1])}
    return found | _host(value.partition("/")[0]) if loose else {}


def _host(value: str) -> dict[str, Known]:
    match = _AUTHORITY.fullmatch(value)
    if match is None or (HOLE in value and not match[1]):
        return {"host": UNKNOWN}
    found: dict[str, Known] = {"host": decode(match[1].strip("[]"))}
    return found | {"port": decode(match[2])} if match[2] else found
