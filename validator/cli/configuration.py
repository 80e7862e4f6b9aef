"""A configuration file in, defaults for the options of `scan` out; what the command line says comes before it."""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from validator.model.errors import InputError, Problem

NAMES: Final = ("validator.toml", "pyproject.toml")
PATHS: Final = frozenset({"settings", "workspace", "baseline", "output"})  # relative to the folder of the file
NEVER: Final = frozenset({"paths", "config", "show_config", "help"})  # what only a command line can say
GUIDE: Final = "see docs/SCAN.md"


def apply(context: typer.Context, given: Path | None) -> Path | None:
    """Take the file that was named, or else the nearest one of this folder or those above it."""
    path = given or next(_nearest(Path.cwd()), None)
    if path is not None:
        context.default_map = _read(path, {_key(each): each for each in _parameters(context) if each.name not in NEVER})
    return path


Config: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", is_eager=True, callback=apply, help="Defaults; else the nearest validator.toml."
    ),
]


def show(context: typer.Context, config: Path | None) -> Iterator[str]:
    """What holds, and who says so, one line for each option."""
    told = {"COMMANDLINE": "command line", "DEFAULT_MAP": str(config)}
    options = {each.name: _key(each) for each in _parameters(context)}
    for name, value in sorted(context.params.items(), key=lambda item: options[item[0]]):
        if name not in NEVER:
            source = context.get_parameter_source(name)
            yield f"{options[name]} = {_toml(value)}  # {told.get(source.name if source else '', 'default')}"


def _parameters(context: typer.Context) -> list[Any]:
    return [each for each in context.command.params if each.name is not None]


def _key(parameter: Any) -> str:
    """How its option is spelled."""
    longest: str = max(parameter.opts, key=len)
    return longest.removeprefix("--")


def _nearest(folder: Path) -> Iterator[Path]:
    """Files from here up to the root of the repository; a `pyproject.toml` counts if it speaks of us."""
    for each in (folder, *folder.parents):
        for name in NAMES:
            path = each / name
            if path.is_file() and (name != "pyproject.toml" or _section(path) is not None):
                yield path
        if (each / ".git").exists():
            return


def _read(path: Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
    section = _section(path)
    if section is None:
        raise InputError(Problem(str(path), "has no table `scan` of ours", GUIDE))
    problems = [
        Problem(f"{path}: {key}", "there is no such option", _advice(key, parameters))
        if key not in parameters
        else Problem(f"{path}: {key}", f"is to be {_wanted(parameters[key])[0]}", GUIDE)
        for key, value in section.items()
        if key not in parameters or not _wanted(parameters[key])[1](value)
    ]
    if problems:
        raise InputError(*problems)
    return {parameters[key].name: _value(path, parameters[key].name, value) for key, value in section.items()}


def _wanted(parameter: Any) -> tuple[str, Callable[[object], bool]]:
    """What a value of a parameter is to be, in words and as a test."""
    if parameter.multiple:
        return "a list of texts", lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value)
    if parameter.is_flag:
        return "true or false", lambda value: isinstance(value, bool)
    if parameter.type.name.startswith("int"):
        return "a whole number", lambda value: type(value) is int
    if parameter.type.name.startswith("float"):
        return "a number", lambda value: type(value) in (int, float)
    return "a text", lambda value: isinstance(value, str)


def _section(path: Path) -> dict[str, Any] | None:
    try:
        table: Any = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(Problem(str(path), f"cannot be read: {error}", GUIDE)) from error
    if path.name == "pyproject.toml":
        table = table.get("tool", {}).get("validator")
    section = table.get("scan") if isinstance(table, dict) else None
    # A file of ours need not say anything yet; a pyproject.toml of which we are no part is not ours.
    return section if isinstance(section, dict) else ({} if path.name != "pyproject.toml" else None)


def _value(path: Path, name: str, value: Any) -> Any:
    if name in PATHS and isinstance(value, str):
        return str(path.parent / value)
    return value


def _advice(key: str, names: Collection[str]) -> str:
    near = get_close_matches(key, names, 1)
    return f"did you mean {near[0]!r}?" if near else GUIDE


def _toml(value: object) -> str:
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
    return '"' + str(getattr(value, "value", value)).replace("\\", "\\\\").replace('"', '\\"') + '"'
