"""The bytes of a policy file in, plain data out; what two readers could read differently is refused."""

import json
from collections.abc import Hashable
from math import isfinite
from pathlib import Path
from typing import Final

import yaml

from validator.model.errors import PolicyError, Problem

LARGEST: Final = 1 << 20  # bytes; a policy of a thousand tools has a tenth of it
DEEPEST: Final = 64  # brackets inside each other


class _RepeatedKeyError(ValueError):
    """A key stands twice in one mapping."""


def read_limited(file: Path) -> bytes:
    """The bytes of a file, and of a huge one no more than it takes to see that; raises PolicyError."""
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise PolicyError(Problem(str(file), reason, "name a file that exists")) from error


def read_document(file: Path, content: bytes) -> object:
    """Parse JSON or YAML, chosen by the file's suffix; raises PolicyError."""
    if len(content) > LARGEST:
        reason = f"is larger than {LARGEST} bytes, which no policy needs to be"
        raise PolicyError(Problem(str(file), reason, "split it: one policy for each server"))
    parsers = {".json": _parse_json, ".yaml": _parse_yaml, ".yml": _parse_yaml}
    parse = parsers.get(file.suffix.lower())
    if parse is None:
        raise PolicyError(Problem(str(file), "is neither JSON nor YAML by its name", "name it *.json or *.yaml"))
    try:
        return parse(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise PolicyError(Problem(str(file), "is nested too deeply to be read", "flatten it")) from error
    except (ValueError, yaml.YAMLError) as error:
        raise PolicyError(_problem(file, error)) from error


def _problem(file: Path, error: Exception) -> Problem:
    """Say where the text stops making sense."""
    if isinstance(error, json.JSONDecodeError):
        return Problem(f"{file}:{error.lineno}:{error.colno}", f"not JSON: {error.msg}", "correct the syntax")
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    if mark is not None:
        where = f"{file}:{mark.line + 1}:{mark.column + 1}"
        return Problem(where, f"not plain YAML: {getattr(error, 'problem', error)}", "correct the syntax")
    advice = "keep one of the two" if isinstance(error, _RepeatedKeyError) else "correct the text"
    return Problem(str(file), str(error), advice)


def _parse_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise _RepeatedKeyError(f"the key {key!r} stands twice in one object")
        result[key] = value
    return result


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is more than a number can hold")
    return number


def _parse_yaml(text: str) -> object:
    _check_shape(text)
    # _StrictLoader builds nothing but plain data: it is a safe loader with one check more.
    return yaml.load(text, Loader=_StrictLoader)


def _check_shape(text: str) -> None:
    """Refuse what would end or stall the process: brackets without end, and aliases that multiply themselves."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        alias = isinstance(event, yaml.AliasEvent)
        if alias or depth > DEEPEST:
            reason = "an alias says the same twice, once out of sight" if alias else f"nested more than {DEEPEST} deep"
            raise ValueError(reason + _line(event))


def _line(event: yaml.Event) -> str:
    return f", in line {event.start_mark.line + 1}" if event.start_mark is not None else ""


class _StrictLoader(yaml.CSafeLoader):
    """YAML without repeated keys and without merging, which would hide them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """Build a mapping after looking at its keys."""
        seen: set[object] = set()
        for key, _ in node.value:
            name = getattr(key, "value", None)
            if not isinstance(name, str) or key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(problem="a key must be plain text", problem_mark=key.start_mark)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {name!r} stands twice in one mapping", problem_mark=key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)
