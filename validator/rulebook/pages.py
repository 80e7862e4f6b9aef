"""One YAML file in, its plain data and the line of every key out; a key that stands twice is a problem."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Final

import yaml

from validator.model.errors import Problem

LOADER: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Page:
    """A YAML file as plain data; `root` remembers where everything stands in its text."""

    place: str
    data: object
    root: yaml.Node | None
    text: str


def read_page(path: Path, place: str) -> Page | tuple[Problem, ...]:
    """Read one file, or say everything that keeps it from being read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return (Problem(place, f"cannot be read: {error}", "save it as UTF-8 text"),)
    return parse_page(text, place)


def parse_page(text: str, place: str) -> Page | tuple[Problem, ...]:
    """Parse the text of one file; YAML alone would keep the last of two equal keys in silence."""
    problems: list[Problem] = []
    try:
        loader = LOADER(text)
        root = loader.get_single_node()
        data = _plain(root, loader, place, problems) if root is not None else None
        return tuple(problems) or Page(place, data, root, text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return (Problem(f"{place}:{line}", f"is not YAML: {error.problem}", "check indentation and quotes"),)
    except yaml.YAMLError as error:
        return (Problem(place, f"is not YAML: {' '.join(str(error).split())}", "check for control characters"),)
    except ValueError as error:
        return (Problem(place, f"holds a value that cannot be: {error}", "put quotes around text"),)
    except RecursionError:
        return (Problem(place, "is nested without end", "an alias may not point at what holds it"),)


def place_of(page: Page, location: Sequence[str | int]) -> str:
    """The `file:line` of the deepest part of a location that stands in the file."""
    node = page.root
    line = 1
    for step in location:
        line, node = _inside(node, step, line)
    return f"{page.place}:{line}"


def text_of(page: Page, key: str) -> str:
    """What stands in the file under a key of the outermost table, as it is written but less indented."""
    values = {name.value: value for name, value in page.root.value} if isinstance(page.root, yaml.MappingNode) else {}
    if key not in values:
        return ""
    start, end = values[key].start_mark, values[key].end_mark
    return dedent(" " * start.column + page.text[start.index : end.index]).rstrip()


def _inside(node: yaml.Node | None, step: str | int, line: int) -> tuple[int, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item.start_mark.line + 1, item
    return line, node


def _plain(node: yaml.Node, loader: yaml.SafeLoader, place: str, problems: list[Problem]) -> object:
    """The node as plain data; quicker than PyYAML's own construction, which start-up would feel."""
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.tag.endswith(":str") else loader.construct_object(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, loader, place, problems) for item in node.value]
    table: dict[str, object] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in table:
            where = f"{place}:{key.start_mark.line + 1}"
            problems.append(Problem(where, f"key {name!r} stands twice", "keep one"))
        table[name] = _plain(value, loader, place, problems)
    return table
