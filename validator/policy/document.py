"""The bytes of a policy file in, plain data out; what two readers could read differently is refused."""

import json
from collections.abc import Hashable
from pathlib import Path

import yaml

from validator.model.errors import PolicyError, Problem


class _RepeatedKeyError(ValueError):
    """A key stands twice in one mapping."""


def read_document(file: Path, content: bytes) -> object:
    """Parse JSON or YAML, chosen by the file's suffix; raises PolicyError."""
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
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise _RepeatedKeyError(f"the key {key!r} stands twice in one object")
        result[key] = value
    return result


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _parse_yaml(text: str) -> object:
    # _StrictLoader builds nothing but plain data: it is a safe loader with one check more.
    return yaml.load(text, Loader=_StrictLoader)


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
