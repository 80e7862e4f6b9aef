"""The parts of a proxy with a side over HTTP, put together; slow to import, and needed for nothing else."""

import os
from dataclasses import replace
from functools import partial

import typer

from validator.cli.gates import Gates
from validator.cli.state import DEFAULT
from validator.proxy.gatekeeper import Gatekeeper
from validator.proxy.http.bridge import Bridge
from validator.proxy.http.callers import Callers
from validator.proxy.http.credentials import check_address, read_credentials
from validator.proxy.http.dialling import run_dialling
from validator.proxy.http.metrics import CountedGate, Metrics
from validator.proxy.http.reverse import Reverse, open_client
from validator.proxy.http.server import run_server
from validator.proxy.notes import note
from validator.proxy.sides import Behind, Listening
from validator.proxy.upstream import check_command


def serve(gates: Gates, listening: Listening, behind: Behind) -> int:
    """Serve clients until a signal; raises ValidatorError for whatever is wrong with what was given."""
    _look_ahead(gates, listening.anonymous)
    metrics = Metrics()

    def open_gate(name: str) -> CountedGate:
        return CountedGate(gates.open(name), metrics)

    callers = Callers(gates.grants, open_gate, gates.server, listening.most, listening.anonymous)
    if behind.command:
        check_command(behind.command)
        return run_server(listening, callers, lambda: Bridge(behind.command, behind.silence), metrics)
    listening = replace(listening, path=check_address(behind.url))
    client = partial(open_client, behind.url, read_credentials(behind.credentials, os.environ), behind.silence)
    return run_server(listening, callers, lambda: Reverse(behind.url, client()), metrics)


def dial(gate: Gatekeeper, behind: Behind) -> int:
    """Serve the client on stdio in front of a server over HTTP; raises UpstreamError."""
    check_address(behind.url)
    return run_dialling(gate, behind, read_credentials(behind.credentials, os.environ))


def _look_ahead(gates: Gates, anonymous: str | None) -> None:
    """Say now, and not at the first call, what does not load."""
    if gates.policy is not None or anonymous is not None:
        for warning in gates.open(anonymous or DEFAULT).gate.policy.warnings:
            typer.echo(f"warning: {warning}", err=True)
    elif not gates.grants.read():
        note("there is no grant yet, so nobody can call: validator grants create NAME")
