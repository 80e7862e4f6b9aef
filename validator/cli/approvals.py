"""`validator approvals`: answer the calls that wait for a person."""

import getpass
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias

import typer

from validator.cli.state import ApprovalsOption, approvals_url
from validator.model.cleanse import cleanse
from validator.policy.approval import Request
from validator.policy.approval_store import ApprovalStore
from validator.scan.request_page import draw_request
from validator.scan.terminal import choose_paint, visible

approvals: Final = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="List, show and answer the calls that wait for a person."
)
Identifier: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The request, as the refusal names it.")]
_LOOK_EVERY: Final = 1.0  # seconds


@approvals.command("list")
def list_requests(
    everything: Annotated[bool, typer.Option("--all", help="Also those that were answered or have expired.")] = False,
    url: ApprovalsOption = None,
) -> None:
    """List the calls that wait for an answer. Exit code 0, or 2: wrong use."""
    with _opened(url) as store:
        for request in store.requests(time.time(), everything=everything):
            typer.echo(_line(request))


@approvals.command("show")
def show_request(identifier: Identifier, url: ApprovalsOption = None) -> None:
    """Show the whole call, with what was found marked in its code. Exit code 0, or 2: there is no such request."""
    with _opened(url) as store:
        typer.echo(draw_request(store.find(identifier), time.time(), choose_paint()))


@approvals.command("approve")
def approve_request(
    identifier: Identifier,
    capabilities: Annotated[
        bool, typer.Option("--capabilities", help="Also let other code through that does nothing more than this.")
    ] = False,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="For how long --capabilities holds.")] = 60,
    url: ApprovalsOption = None,
) -> None:
    """Let a call pass once, when the agent makes it again. Exit code 0, or 2: it does not wait any more."""
    with _opened(url) as store:
        permitted = minutes * 60.0 if capabilities else 0.0
        typer.echo(_line(store.approve(identifier, _person(), time.time(), permitted_for=permitted)))


@approvals.command("deny")
def deny_request(
    identifier: Identifier,
    reason: Annotated[str, typer.Option(help="What the agent is told.")] = "",
    url: ApprovalsOption = None,
) -> None:
    """Refuse a call, or end what was approved by its facts. Exit code 0, or 2: there is nothing to refuse."""
    with _opened(url) as store:
        typer.echo(_line(store.deny(identifier, _person(), reason, time.time())))


@approvals.command("watch")
def watch_requests(url: ApprovalsOption = None) -> None:
    """Show every call that waits, and each new one as it comes, until interrupted."""
    shown: set[str] = set()
    with _opened(url) as store:
        while True:
            waiting = store.requests(time.time())
            for request in waiting:
                if request.id not in shown:
                    typer.echo(f"{draw_request(request, time.time(), choose_paint())}\n")
            shown = {request.id for request in waiting}
            time.sleep(_LOOK_EVERY)


@contextmanager
def _opened(url: str | None) -> Iterator[ApprovalStore]:
    with closing(ApprovalStore(approvals_url(url))) as store:
        yield store


def _line(request: Request) -> str:
    binding = request.petition.binding
    until = datetime.fromtimestamp(max(request.expires, request.permitted_until), UTC).isoformat(" ", "seconds")
    facts = " with its facts" if request.permitted_until > time.time() else ""
    # A list ends up in logs; `show` is for the person who answers, and holds all.
    what = cleanse(f"{binding.grant} on {binding.server}: {binding.tool}")
    return visible(f"{request.id}  {request.standing(time.time())}{facts}  until {until}  {what}")


def _person() -> str:
    """Who answers, as far as the system knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
