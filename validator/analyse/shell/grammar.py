"""Shell text in, tree out: lists and pipelines; what cannot be read marks the script broken.

The reader is our own: of the parsers at hand one carries a licence that does not fit, and the other reads some
scripts as something no shell would run, without saying so (`bench/shell_parsers.py` shows which).
"""

import re
from typing import Final

from validator.analyse.shell.compound import compound, keyword
from validator.analyse.shell.reader import BrokenError, Reader
from validator.analyse.shell.simple import gap, simple
from validator.analyse.shell.tree import Group, Item, Node, Pipeline, Script, Simple

MOST_REPAIRS: Final = 20

_ENDS: Final = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}"})
_PREFIXES: Final = frozenset({"!", "time", "coproc"})
_CONNECTOR = re.compile(r"&&|\|\||&(?!>)|;(?![;&])|\n")
_PIPE = re.compile(r"\|(?!\|)&?")
_TASK_NAME = re.compile(r"[ \t]*[A-Za-z_][A-Za-z0-9_]*[ \t]+(?=[{(])")
_TIME_OPTION = re.compile(r"[ \t]+-p(?=[ \t])")


def read(text: str, depth: int = 0) -> Script:
    """Read a whole script; after a mistake, go on with the next line."""
    items: list[Item] = []
    start = 0
    for repairs in range(MOST_REPAIRS):
        reader = Reader(text, _list, depth)
        reader.position = start
        start, complete = _salvage(reader, items)
        if complete:
            return Script(tuple(items), broken=repairs > 0)
        end = text.find("\n", start)
        if end < 0:
            break
        start = end + 1
    return Script(tuple(items), broken=True)


def _salvage(reader: Reader, items: list[Item]) -> tuple[int, bool]:
    """Collect commands up to the end or the first mistake; says where the last of them ended."""
    start = reader.position
    try:
        while item := _item(reader):
            items.append(item)
            start = reader.position
    except BrokenError:
        return start, False
    return start, reader.position >= len(reader.text)


def _list(reader: Reader) -> Script:
    """Commands up to what ends them: a closing word or bracket, or the end of the text."""
    items: list[Item] = []
    while item := _item(reader):
        items.append(item)
    return Script(tuple(items))


def _item(reader: Reader) -> Item | None:
    gap(reader)
    if _ended(reader):
        return None
    node = _pipeline(reader)
    reader.skip()
    connector = reader.take(_CONNECTOR)
    operator = connector[0] if connector is not None else ""
    if operator == "\n":
        reader.end_line()
    if operator in ("&&", "||"):
        gap(reader)
        if _ended(reader):
            raise BrokenError
    if not operator and not _ended(reader):
        raise BrokenError
    return Item(node, operator)


def _ended(reader: Reader) -> bool:
    if reader.position >= len(reader.text) or reader.text[reader.position] == ")":
        return True
    return reader.at(";;") or reader.at(";&") or keyword(reader) in _ENDS


def _pipeline(reader: Reader) -> Node:
    commands = [_prefixed(reader)]
    reader.skip()
    while reader.take(_PIPE):
        gap(reader)
        commands.append(_prefixed(reader))
        reader.skip()
    return commands[0] if len(commands) == 1 else Pipeline(tuple(commands))


def _prefixed(reader: Reader) -> Node:
    """A command after `!`, `time` or `coproc`, which change nothing about what it does."""
    apart = False
    while (word := keyword(reader)) in _PREFIXES:
        apart |= word == "coproc"
        reader.position += len(word)
        reader.take(_TIME_OPTION if word == "time" else _TASK_NAME)
        reader.skip()
        if word != "coproc" and (_ended(reader) or _CONNECTOR.match(reader.text, reader.position)):
            return Simple((), (), ())
    node = _command(reader)
    return Group(Script((Item(node, "&"),)), subshell=True) if apart else node


def _command(reader: Reader) -> Node:
    node = compound(reader)
    return simple(reader) if node is None else node
