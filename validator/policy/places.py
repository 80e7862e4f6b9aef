"""Where something stands in a policy: JSON pointers, and the names that rules get from them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Parts: TypeAlias = tuple[str | int, ...]


def pointer(parts: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a place in a document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def place(file: str, parts: Iterable[str | int]) -> str:
    """A file with a JSON pointer, as problems show it: `policy.json#/tools/x`."""
    return f"{file}#{pointer(parts)}"


def numbered(names: Iterable[str]) -> list[str]:
    """The names with `-2`, `-3` … after those that came before, so that each stands for one rule."""
    taken: set[str] = set()
    result = []
    for name in names:
        count, free = 1, name
        while free in taken:
            count += 1
            free = f"{name}-{count}"
        taken.add(free)
        result.append(free)
    return result


def as_mapping(value: object) -> Mapping[str, object]:
    """An object as it is, and nothing for what is none."""
    return {str(key): each for key, each in value.items()} if isinstance(value, dict) else {}


def as_sequence(value: object) -> Sequence[object]:
    """A list as it is, and nothing for what is none."""
    return value if isinstance(value, list) else []
