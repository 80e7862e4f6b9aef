"""`validator proxy`: stand in front of an MCP server and judge every tool call."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Final

import typer

from validator.audit.log import AuditLog
from validator.cli.state import (
    ApprovalsOption,
    GrantsOption,
    approvals_url,
    audit_target,
    counters_url,
    grant_file,
    open_approvals,
)
from validator.live import FindPolicy, LiveGate, find_by_grant, find_by_policy, make_base
from validator.model.errors import GrantError, Problem
from validator.policy.approval import Request
from validator.policy.grant import GrantFile
from validator.policy.store import open_quota
from validator.policy.webhook import Webhook
from validator.proxy.stdio import note, run_proxy

SECRET: Final = "VALIDATOR_WEBHOOK_SECRET"


def proxy(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="After --: what starts the server.")],
    policy: Annotated[Path | None, typer.Option(help="The policy file, JSON or YAML; else that of the grant.")] = None,
    audit: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Keep every decision: a file, .jsonl for text, postgresql://…, or none; else in the state folder.",
        ),
    ] = None,
    keep_code: Annotated[
        bool, typer.Option("--keep-code", help="Keep the code in the audit, without its secrets.")
    ] = False,
    grant: Annotated[str, typer.Option(help="The grant under which this client calls.")] = "default",
    server: Annotated[str, typer.Option(help="The name of the server in the audit and in tool profiles.")] = "default",
    grants: GrantsOption = None,
    store: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Counters: sqlite:///FILE, redis://… or memory; else in the state folder."),
    ] = None,
    approvals: ApprovalsOption = None,
    webhook: Annotated[str | None, typer.Option(metavar="URL", help="Send word of every request for approval.")] = None,
) -> None:
    """Start an MCP server, speak to it over stdio, and let through only the tool calls that the policy allows."""
    find, server = _find_policy(policy, grant, server, grant_file(grants))
    with ExitStack() as stack:
        target = audit_target(audit)
        base = replace(
            make_base(grant, server, AuditLog(target, keep_code=keep_code) if target is not None else None),
            store=open_quota(counters_url(store)),
            approvals=cache(partial(open_approvals, approvals_url(approvals))),
            notify=_open_webhook(webhook, stack),
        )
        gate = LiveGate(base, find, note)
        for warning in gate.gate.policy.warnings:
            typer.echo(f"warning: {warning}", err=True)
        raise typer.Exit(run_proxy(gate, command))


def _find_policy(policy: Path | None, name: str, server: str, grants: GrantFile) -> tuple[FindPolicy, str]:
    """Where the policy comes from, and the name of the server; raises GrantError."""
    if policy is not None:
        return find_by_policy(policy.absolute(), grants, name), server
    grant = grants.find(name)
    if server not in ("default", grant.server):
        reason = f"is bound to the server {grant.server!r}, not {server!r}"
        raise GrantError(Problem(f"grant {name!r}", reason, "name the server it is bound to, or none"))
    return find_by_grant(grants, name), grant.server


def _open_webhook(url: str | None, stack: ExitStack) -> Callable[[Request], None] | None:
    if url is None:
        return None
    hook = Webhook(url, os.environ.get(SECRET, ""), note)
    stack.callback(hook.close)
    return hook
