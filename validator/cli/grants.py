"""`validator grants`: who may call which server under which policy."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from validator.cli.state import GrantsOption, grant_file
from validator.policy.load import load_policy

grants: Final = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Create, list, rotate and revoke the identities of clients."
)
Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="The name of the grant.")]
PolicyOption: TypeAlias = Annotated[Path | None, typer.Option("--policy", help="The policy that holds for it.")]
_ONCE: Final = "This is the only time that the token is shown."


@grants.command("create")
def create_grant(
    name: Name,
    server: Annotated[str, typer.Option(help="The one server it is for.")] = "default",
    policy: PolicyOption = None,
    file: GrantsOption = None,
) -> None:
    """Make a grant and show its token once. Without a policy it may call nothing. Exit code 0, or 2: wrong use."""
    token = grant_file(file).create(name, server, _checked(policy), time.time())
    typer.echo(token)
    typer.echo(_ONCE, err=True)


@grants.command("list")
def list_grants(file: GrantsOption = None) -> None:
    """List the grants, without their tokens, which nobody knows. Exit code 0, or 2: wrong use."""
    for grant in grant_file(file).read().values():
        day = datetime.fromtimestamp(grant.rotated, UTC).date().isoformat()
        typer.echo(f"{grant.name}  server {grant.server}  policy {grant.policy or '(none)'}  token of {day}")


@grants.command("rotate")
def rotate_grant(name: Name, file: GrantsOption = None) -> None:
    """Give a grant another token, which ends the old one, and show it once. Exit code 0, or 2: wrong use."""
    typer.echo(grant_file(file).rotate(name, time.time()))
    typer.echo(_ONCE, err=True)


@grants.command("bind")
def bind_grant(name: Name, policy: PolicyOption = None, file: GrantsOption = None) -> None:
    """Put a grant under another policy, or under none, which denies everything. Exit code 0, or 2: wrong use."""
    grant_file(file).bind(name, _checked(policy))
    typer.echo(f"{name}: {policy or 'no policy, so it may call nothing'}")


@grants.command("revoke")
def revoke_grant(name: Name, file: GrantsOption = None) -> None:
    """End a grant: a client that calls by it is refused from its next call on. Exit code 0, or 2: wrong use."""
    grant_file(file).revoke(name)
    typer.echo(f"{name}: revoked")


def _checked(policy: Path | None) -> str:
    """The policy's absolute path, once it is known to load."""
    if policy is None:
        return ""
    load_policy(policy)
    return str(policy.absolute())
