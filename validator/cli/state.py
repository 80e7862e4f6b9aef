"""Where commands keep what outlives them, and how they reach it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from validator.model.errors import Problem, StateError

if TYPE_CHECKING:
    from validator.policy.approval import Approvals
    from validator.policy.grant import GrantFile

STATE: Final = "VALIDATOR_STATE"
NO_AUDIT: Final = "none"
DEFAULT: Final = "default"  # the grant, and the server, of who names none
GrantsOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--grants", metavar="FILE", help="The file of grants; else grants.json of the state folder."),
]
ApprovalsOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--approvals", metavar="URL", help="sqlite:///FILE or postgresql://…; else in the state folder."),
]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a person wants to have kept what is kept, as the options of `proxy` say it."""

    grants: Path | None
    audit: str | None
    keep_code: bool
    store: str | None
    approvals: str | None
    webhook: str | None


def state_folder() -> Path:
    """The folder that VALIDATOR_STATE names, else the user's own."""
    named = os.environ.get(STATE)
    if named:
        return Path(named).absolute()
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "validator"


def counters_url(given: str | None) -> str:
    """The store of counters of an option, or that of the state folder; raises StateError."""
    return given or f"sqlite:///{_made_folder('--store URL') / 'counters.db'}"


def audit_target(given: str | None) -> str | None:
    """The audit of an option, or that of the state folder; None if there is to be none. Raises StateError."""
    if given == NO_AUDIT:
        return None
    return given or str(_made_folder("--audit FILE") / "audit.db")


def _made_folder(instead: str) -> Path:
    """The state folder, made for its owner alone if it is not there."""
    folder = state_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        advice = f"name another place with {instead}, or another state folder with {STATE}"
        raise StateError(Problem(str(folder), f"cannot be made: {error.strerror or error}", advice)) from error
    return folder


def grant_file(given: Path | None) -> "GrantFile":
    """The grants of an option, or those of the state folder."""
    # Slow to import, as is pydantic behind it.
    from validator.policy.grant import GrantFile

    return GrantFile(given or state_folder() / "grants.json")


def approvals_url(given: str | None) -> str:
    """The database of an option, or that of the state folder."""
    return given or f"sqlite:///{state_folder() / 'approvals.db'}"


def open_approvals(url: str) -> "Approvals":
    """Open the database of a URL when it is first needed; raises ApprovalError."""
    # Slow to import, and most calls ask nobody.
    from validator.policy.approval_store import ApprovalStore

    return ApprovalStore(url)
