"""What `check` and `scan` have in common: their options, and the judge made from them."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from validator.judgment import judge_argument
from validator.model.verdict import Outcome
from validator.rulebook.load import load_rulebook
from validator.scan.inspect import Judge


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


def make_judge(profile: str, hosts: Sequence[str] | None, workspace: Path | None) -> Judge:
    """Load the rules that ship and prepare judgment by them; raises RuleError or a usage error."""
    book = load_rulebook()
    if profile not in book.profiles:
        raise typer.BadParameter(
            f"{profile!r} is not one of {', '.join(sorted(book.profiles))}.", param_hint="--profile"
        )
    settings: dict[str, tuple[str, ...]] = {}
    if hosts:
        settings["allowed_hosts"] = tuple(hosts)
    if workspace is not None:
        settings["workspace"] = (workspace.resolve().as_posix(),)
    return partial(judge_argument, book=book, profile=profile, settings=settings)
