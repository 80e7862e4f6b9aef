"""Where commands keep what outlives them, and how they reach it."""

import os
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from validator.policy.approval import Approvals
from validator.policy.grant import GrantFile

STATE: Final = "VALIDATOR_STATE"
GrantsOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--grants", metavar="FILE", help="The file of grants; else grants.json of the state folder."),
]
ApprovalsOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--approvals", metavar="URL", help="sqlite:///FILE or postgresql://…; else in the state folder."),
]


def state_folder() -> Path:
    """The folder that VALIDATOR_STATE names, else the user's own."""
    named = os.environ.get(STATE)
    if named:
        return Path(named).absolute()
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "validator"


def grant_file(given: Path | None) -> GrantFile:
    """The grants of an option, or those of the state folder."""
    return GrantFile(given or state_folder() / "grants.json")


def approvals_url(given: str | None) -> str:
    """The database of an option, or that of the state folder."""
    return given or f"sqlite:///{state_folder() / 'approvals.db'}"


def open_approvals(url: str) -> Approvals:
    """Open the database of a URL when it is first needed; raises ApprovalError."""
    # Slow to import, and most calls ask nobody.
    from validator.policy.approval_store import ApprovalStore

    return ApprovalStore(url)
