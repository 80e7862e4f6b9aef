"""What `check` and `scan` have in common: their options, and the judge made from them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.profile import NO_SETTINGS, Settings
from validator.model.verdict import Outcome, Verdict
from validator.rulebook.load import Rulebook, load_rulebook


class FailOn(StrEnum):
    """The mildest outcome that stops."""

    REVIEW = "review"
    DENY = "deny"

    @property
    def threshold(self) -> Outcome:
        """The outcome of that name."""
        return Outcome(self.value)


Profile: TypeAlias = Annotated[str, typer.Option(help="How strict to be: permissive, balanced or strict.")]
Stop: TypeAlias = Annotated[FailOn, typer.Option("--fail-on", help="The mildest verdict that ends with exit code 1.")]
Hosts: TypeAlias = Annotated[
    list[str] | None, typer.Option("--allow-host", metavar="HOST", help="A host the code may talk to; repeatable.")
]
Workspace: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The folder in which the code may read and write.")
]
SettingsFile: TypeAlias = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="What your site allows and has accepted, as YAML.")
]


@dataclass(frozen=True, slots=True)
class Judge:
    """Judgment by one rulebook, one profile and the settings of one site."""

    book: Rulebook
    profile: str
    settings: Settings

    def __call__(self, argument: Argument) -> Verdict:
        """The verdict on one argument."""
        return judge_argument(argument, self.book, profile=self.profile, settings=self.settings)


def make_judge(profile: str, hosts: Sequence[str] | None, workspace: Path | None, site: Path | None = None) -> Judge:
    """Load the rules that ship and prepare judgment by them; raises RuleError, SettingsError or a usage error.

    What the options say is added to what the settings file says.
    """
    book = load_rulebook()
    if profile not in book.profiles:
        raise typer.BadParameter(
            f"{profile!r} is not one of {', '.join(sorted(book.profiles))}.", param_hint="--profile"
        )
    given: Settings = NO_SETTINGS
    if site is not None:
        book, given = _load_site(site, book)
    settings = dict(given)
    if hosts:
        settings["allowed_hosts"] = (*settings.get("allowed_hosts", ()), *hosts)
    if workspace is not None:
        settings["workspace"] = (*settings.get("workspace", ()), workspace.resolve().as_posix())
    return Judge(book, profile, settings)


def _load_site(path: Path, book: Rulebook) -> tuple[Rulebook, Settings]:
    # Needs pydantic and YAML, which a start without a settings file is spared.
    from datetime import date

    from validator.rulebook.site import read_site

    site, warnings = read_site(path, {rule.id for rule in book.rules}, date.today())
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    return replace(book, suppressions=site.suppressions), site.settings
