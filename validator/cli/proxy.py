"""`validator proxy`: stand in front of an MCP server and judge every tool call."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from validator.cli.state import DEFAULT, ApprovalsOption, GrantsOption, Kept
from validator.model.errors import ListenError, Problem, UpstreamError
from validator.proxy.sides import BODY_LIMIT, MOST_OPEN, SILENCE, Behind, Listening, check, parse_address
from validator.proxy.stdio import run_proxy

if TYPE_CHECKING:
    from validator.cli.gates import Gates
    from validator.live import LiveGate


_Command: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="COMMAND", help="After --: what starts the server.")
]
_Upstream: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="The address of a server that speaks MCP over HTTP.")
]
_UpstreamHeaders: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What to show that server: a file of lines NAME: VALUE.")
]
_Listen: TypeAlias = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Serve clients over HTTP; port 0 is any that is free.")
]
_Policy: TypeAlias = Annotated[Path | None, typer.Option(help="The policy file, JSON or YAML; else that of the grant.")]
_Audit: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Keep every decision: a file, .jsonl for text, postgresql://…, or none; else in the state folder.",
    ),
]
_KeepCode: TypeAlias = Annotated[
    bool, typer.Option("--keep-code", help="Keep the code in the audit, without its secrets.")
]
_Grant: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="The grant under which this client calls; else default.")
]
_Anonymous: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="The grant of who shows no token; only on a loopback address.")
]
_Server: TypeAlias = Annotated[str, typer.Option(help="The name of the server in the audit and in tool profiles.")]
_Store: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Counters: sqlite:///FILE, redis://… or memory; else in the state folder."),
]
_Webhook: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="Send word of every request for approval.")
]
_PublicUrl: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="URL", help="An address by which clients reach the MCP endpoint.")
]
_Certificate: TypeAlias = Annotated[Path | None, typer.Option(metavar="FILE", help="Serve over TLS: the certificate.")]
_Key: TypeAlias = Annotated[Path | None, typer.Option(metavar="FILE", help="And its key.")]
_BodyLimit: TypeAlias = Annotated[int, typer.Option(metavar="BYTES", min=1, help="The longest body of a request.")]
_Timeout: TypeAlias = Annotated[
    float, typer.Option(metavar="SECONDS", min=0.1, help="The longest silence of a server that owes an answer.")
]
_Concurrency: TypeAlias = Annotated[int, typer.Option(min=1, help="How many requests one grant may have open.")]
_LogRequests: TypeAlias = Annotated[bool, typer.Option("--log-requests", help="Tell of every request over HTTP.")]


def proxy(
    command: _Command = None,
    upstream: _Upstream = None,
    upstream_headers: _UpstreamHeaders = None,
    listen: _Listen = None,
    policy: _Policy = None,
    audit: _Audit = None,
    keep_code: _KeepCode = False,
    grant: _Grant = None,
    anonymous: _Anonymous = None,
    server: _Server = DEFAULT,
    grants: GrantsOption = None,
    store: _Store = None,
    approvals: ApprovalsOption = None,
    webhook: _Webhook = None,
    public_url: _PublicUrl = None,
    tls_certificate: _Certificate = None,
    tls_key: _Key = None,
    body_limit: _BodyLimit = BODY_LIMIT,
    timeout: _Timeout = SILENCE,
    concurrency: _Concurrency = MOST_OPEN,
    log_requests: _LogRequests = False,
) -> None:
    """Stand in front of an MCP server, over stdio or HTTP, and let through only what the policy allows."""
    behind = _behind(command, upstream, upstream_headers, timeout)
    listening = None
    if listen is not None:
        public, tls = tuple(public_url or ()), (tls_certificate, tls_key)
        host, port = parse_address(listen)
        listening = Listening(host, port, "/mcp", public, *tls, body_limit, concurrency, anonymous, log_requests)
    _check_sides(listening, grant, anonymous)
    with ExitStack() as stack:
        kept = Kept(grants, audit, keep_code, store, approvals, webhook)
        open_gates = partial(_make_gates, kept, policy, server, stack)
        raise typer.Exit(_serve(open_gates, listening, behind, grant or DEFAULT))


def _make_gates(kept: Kept, policy: Path | None, server: str, stack: ExitStack) -> "Gates":
    # Slow to import: a server is started meanwhile.
    from validator.cli.gates import make_gates

    return make_gates(kept, policy, server, stack)


def _serve(open_gates: Callable[[], "Gates"], listening: Listening | None, behind: Behind, grant: str) -> int:
    """Put the two sides together; only what they need is imported, for a client waits for us to start."""
    if listening is not None:
        from validator.cli.over_http import serve

        return serve(open_gates(), listening, behind)

    def open_gate() -> "LiveGate":
        gate = open_gates().for_client(grant)
        for warning in gate.gate.policy.warnings:
            typer.echo(f"warning: {warning}", err=True)
        return gate

    if behind.url:
        from validator.cli.over_http import dial

        return dial(open_gate(), behind)
    return run_proxy(open_gate, behind.command)


def _behind(command: list[str] | None, url: str | None, credentials: Path | None, silence: float) -> Behind:
    if bool(command) == (url is not None):
        advice = "give --upstream URL, or after -- the command that starts it"
        raise UpstreamError(Problem("the server", "is to be either an address or a command", advice))
    if credentials is not None and url is None:
        raise UpstreamError(Problem("--upstream-headers", "are for a server that has an address", "give --upstream"))
    return Behind(tuple(command or ()), url or "", credentials, silence)


def _check_sides(listening: Listening | None, grant: str | None, anonymous: str | None) -> None:
    if listening is None and anonymous is not None:
        raise ListenError(
            Problem("--anonymous", "is for clients that come over HTTP", "give --listen, or take --grant")
        )
    if listening is not None and grant is not None:
        advice = "let clients show their tokens, or give --anonymous"
        raise ListenError(Problem("--grant", "is for the one client on stdio", advice))
    if listening is not None:
        check(listening)
