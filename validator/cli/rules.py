"""`validator rules`: list the rules, explain one, prove them all, begin a new one."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from validator.cli.check import Format
from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.errors import Problem, RuleError
from validator.model.fact import Fact
from validator.model.limits import DEFAULT_LIMITS
from validator.rulebook.explain import explain
from validator.rulebook.hygiene import inspect_rules, read_pages, read_rule_page, read_techniques
from validator.rulebook.load import load_rulebook, shipped
from validator.rulebook.rule import Example, Rule, Rulebook
from validator.rulebook.scaffold import TEXT, scaffold
from validator.rulebook.vocabulary import suggestion
from validator.rulebook.written import stale, write_all

rules: Final = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, explain, prove and begin rules.")
Folder: TypeAlias = Annotated[
    Path | None, typer.Option("--rules", metavar="DIR", help="A folder of rules instead of those that ship.")
]


@rules.command("list")
def list_rules(
    pack: Annotated[str | None, typer.Option(help="Only the rules of this pack.")] = None,
    form: Annotated[Format, typer.Option("--format", help="A table for people, or JSON.")] = Format.TEXT,
    folder: Folder = None,
) -> None:
    """List the rules. Exit code 0, or 2: wrong use."""
    book = load_rulebook(folder)
    packs = {rule.pack for rule in book.rules}
    if pack is not None and pack not in packs:
        raise RuleError(Problem(f"pack {pack!r}", "there is no such pack", f"one of: {', '.join(sorted(packs))}"))
    chosen = [rule for rule in book.rules if pack in (None, rule.pack)]
    typer.echo(json.dumps([_row(rule) for rule in chosen], indent=2) if form is Format.JSON else _table(chosen))


@rules.command("explain")
def explain_rule(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The rule, as a finding names it.")],
    folder: Folder = None,
) -> None:
    """Show the page of one rule. Exit code 0, or 2: there is no such rule."""
    book = load_rulebook(folder)
    rule = book.rule(identifier)
    if rule is None:
        advice = suggestion(identifier, [each.id for each in book.rules]) or "see: validator rules list"
        raise RuleError(Problem(f"rule {identifier!r}", "there is no such rule", advice))
    typer.echo(explain(rule, read_rule_page(folder or shipped(), rule), book, read_techniques()))


@rules.command("check")
def check_rules(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="The rules; else those that ship.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="First bring lock.json, README.md and docs/rules up to date.")
    ] = False,
) -> None:
    """Prove every rule by its examples, and say what is poor. Exit code 0: nothing, 1: something, 2: wrong use."""
    root = folder or shipped()
    book = load_rulebook(root)
    pages, techniques = read_pages(root, book), read_techniques()
    if write:
        with writing(root):
            write_all(root, book, pages, techniques)
    problems = [*inspect_rules(book, pages, techniques, facts_of(book)), *stale(root, book, pages, techniques)]
    for problem in problems:
        typer.echo(str(problem))
    typer.echo(f"{_count(len(book.rules), 'rule')}, {_count(len(problems), 'problem')}")
    raise typer.Exit(int(bool(problems)))


@rules.command("new")
def new_rule(
    place: Annotated[str, typer.Argument(metavar="PACK/ID", help="Where the rule goes: files/key-file-read.")],
    folder: Folder = None,
) -> None:
    """Write a rule to be filled in; until it has examples, `rules check` sends it back. Exit code 0, or 2."""
    path = scaffold(place, folder or shipped())
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        path.write_text(TEXT, encoding="utf-8")
    typer.echo(f"{path}\nFill it in, then: validator rules check" + (f" {folder}" if folder else ""))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What keeps a file from being written, as an error for a person."""
    try:
        yield
    except OSError as error:
        place = str(error.filename or path)
        raise RuleError(Problem(place, error.strerror or str(error), "name a folder you can write")) from error


def facts_of(book: Rulebook) -> Callable[[Example], Sequence[Fact]]:
    """How the facts of an example are had."""

    def facts(example: Example) -> Sequence[Fact]:
        limits = replace(DEFAULT_LIMITS, **example.limits)
        return judge_argument(Argument(example.code), book, limits=limits).facts

    return facts


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _row(rule: Rule) -> dict[str, object]:
    keys = ("id", "pack", "name", "version", "status", "capability", "severity", "confidence", "weight", "attack")
    return {key: getattr(rule, key) for key in keys}


def _table(chosen: Sequence[Rule]) -> str:
    lines = [(rule.pack, rule.id, f"{rule.severity}", f"{rule.weight}", f"{rule.status}") for rule in chosen]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
