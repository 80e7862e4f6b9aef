"""Variables of the environment that are read or set many at a time: each is a fact of its own."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import libcst as cst

from validator.analyse.joins import known, options, pieces_of, text
from validator.analyse.run import Action, Arguments, Roles, Run
from validator.analyse.values import NONE, NOTHING, Constant, Origin, Table, Text, Value
from validator.model.fact import Kind

VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)\})|%(\w+)%", re.ASCII)
HOME: Final = frozenset({"HOME", "USERPROFILE"})


def record_variables(run: Run, name: str, values: Value, node: cst.CSTNode) -> None:
    """Each variable that a dictionary sets for a program or for all of them."""
    for option in options(values):
        if isinstance(option, Table):
            for key, held in option.items.items():
                run.record(Kind.CALL, "env.write", name, {"key": known(Constant(key)), "value": known(held)}, node)


def _set(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`os.environ.update(values, NAME="x")`."""
    named = Table({})
    named.items.update(arguments.keywords)
    for given in (*arguments.positional, named):
        record_variables(run, "os._Environ.update", given, node)
    return NONE


def _add(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`os.environ |= values`."""
    _set(run, roles, arguments, node)
    return roles["self"]


def _expand(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`os.path.expandvars("$HOME/x")`: each variable is read, and home is a place that we know."""
    given = roles.get("key", NOTHING)
    pieces: list[str | None] = []
    for piece in pieces_of(given):
        pieces.extend((None,) if piece is None else _expanded(run, piece, node))
    read = tuple(Origin("env.read", "os.path.expandvars", {"key": name}) for name in _names(given))
    return text(tuple(pieces), (*(given.sources if isinstance(given, (Constant, Text)) else ()), *read))


def _names(given: Value) -> Iterator[str]:
    for piece in pieces_of(given):
        for match in VARIABLE.finditer(piece or ""):
            yield next(filter(None, match.groups()))


def _expanded(run: Run, piece: str, node: cst.CSTNode) -> Iterator[str | None]:
    end = 0
    for match in VARIABLE.finditer(piece):
        name = next(filter(None, match.groups()))
        run.record(Kind.CALL, "env.read", "os.path.expandvars", {"key": name}, node)
        if match.start() > end:
            yield piece[end : match.start()]
        yield "~" if name in HOME else None
        end = match.end()
    if end < len(piece):
        yield piece[end:]


VARIABLES: Final[Mapping[str, Action]] = {"set-variables": _set, "add-variables": _add, "expand": _expand}
