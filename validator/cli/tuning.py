"""What the commands of `tune` have in common: their options, the data, and where the result goes."""

import os
from collections.abc import Sequence
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from validator.model.errors import InputError, Problem, TuneError
from validator.tune.corpus import FIELDS, HONEST, LABELS, RISKY, SPLITS, Corpus, Reading, read_corpus

NEEDED: Final = ("numpy", "scipy", "sklearn", "matplotlib")
Data: TypeAlias = Annotated[
    list[Path], typer.Argument(metavar="DATA…", exists=True, help="JSON lines, JSON arrays, Parquet, or folders.")
]
FieldOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="NAME=COLUMN", help="Where a row keeps id, code, label, family …; repeatable."),
]
LabelOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="VALUE=KIND", help="That a label means honest or risky; repeatable."),
]
SplitOption: TypeAlias = Annotated[str, typer.Option("--split", help="Only this split: tune or held-out.")]
ProfileOption: TypeAlias = Annotated[str, typer.Option("--profile", help="The profile to judge by.")]
RulesOption: TypeAlias = Annotated[
    Path | None, typer.Option("--rules", metavar="DIR", help="A folder of rules instead of those that ship.")
]
SettingsOption: TypeAlias = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="What your site allows and has accepted, as YAML.")
]
Jobs: TypeAlias = Annotated[int, typer.Option(min=1, help="Worker processes.")]
Seed: TypeAlias = Annotated[int, typer.Option(min=0, help="The seed of everything that is drawn.")]
Output: TypeAlias = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to this file.")]


class Form(StrEnum):
    """What a result looks like."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


FormOption: TypeAlias = Annotated[Form, typer.Option("--format", help="Text for people, JSON, or one HTML page.")]


def need_packages() -> None:
    """Raise TuneError where the packages of the extra are not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        advice = "pip install 'mcp-code-validator[tune]'"
        raise TuneError(Problem("validator tune", f"needs {', '.join(missing)}", advice))


def pairs(given: Sequence[str] | None, hint: str, allowed: Sequence[str], *, left: bool) -> dict[str, str]:
    """Options of the form A=B, of which one side must be a word we know; raises a usage error."""
    found = {}
    for each in given or ():
        name, mark, value = each.partition("=") if left else each.rpartition("=")
        if not mark or (name if left else value) not in allowed:
            form = "NAME=COLUMN, where NAME is" if left else "VALUE=KIND, where KIND is"
            raise typer.BadParameter(f"{each!r} is not {form} one of {', '.join(allowed)}.", param_hint=hint)
        found[name] = value
    return found


def share(text: str) -> float:
    """A share as a person writes it, `0.5%` or `0.005`; raises a usage error."""
    number, mark = (text[:-1], True) if text.endswith("%") else (text, False)
    try:
        value = float(number) / (100 if mark else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise typer.BadParameter(f"{text!r} is no share: write 0.5% or 0.005.")
    return value


def write(content: str | bytes, path: Path | None) -> None:
    """To a file, which appears whole or not at all, or to standard output."""
    if path is None:
        typer.echo(content, nl=isinstance(content, str) and not content.endswith("\n"))
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(Problem(str(path), error.strerror or str(error), "name a file you can write")) from error


def read_data(data: Sequence[Path], field: list[str] | None, label: list[str] | None, split: str) -> Corpus:
    """The labelled data that the options name; raises InputError or a usage error."""
    if split and split not in SPLITS:
        raise typer.BadParameter(f"{split!r} is not one of {', '.join(SPLITS)}.", param_hint="--split")
    fields = {**FIELDS, **pairs(field, "--field", tuple(FIELDS), left=True)}
    labels = {**LABELS, **pairs(label, "--label", (HONEST, RISKY), left=False)}
    return read_corpus(data, Reading(fields, labels), split)
