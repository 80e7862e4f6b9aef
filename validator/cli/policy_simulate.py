"""`validator policy simulate`: which past calls another policy would have decided otherwise."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from validator.audit.place import find_place
from validator.audit.read import read_calls
from validator.audit.restore import restore
from validator.cli.check import Format
from validator.policy.load import load_policy
from validator.simulation import UNKNOWN, Replayed, simulate


def simulate_policy(
    audit: Annotated[
        str, typer.Option(metavar="AUDIT", help="A .jsonl file, an SQLite file, or postgresql://HOST/NAME.")
    ],
    policy: Annotated[Path, typer.Option(metavar="FILE", help="The new policy, JSON or YAML.")],
    form: Annotated[Format, typer.Option("--format", help="A table for people, or JSON.")] = Format.TEXT,
    everything: Annotated[bool, typer.Option("--all", help="Show the calls that stay as they are, too.")] = False,
) -> None:
    """Replay an audit under a new policy, and show which calls would change. Exit code 0, or 2: wrong use."""
    loaded = load_policy(policy)
    # What the proxy itself wrote, such as that a policy was replaced, names no tool.
    calls = (call for call in read_calls(find_place(audit)) if call.get("tool"))
    shown, counts = [], Counter[str]()
    for replayed in simulate(loaded, map(restore, calls)):
        kind = UNKNOWN if replayed.after == UNKNOWN else "changed" if replayed.changed else "unchanged"
        counts[kind] += 1
        if everything or kind != "unchanged":
            shown.append(replayed)
    if form is Format.JSON:
        rows = [each.to_dict() for each in shown]
        typer.echo(json.dumps({"calls": counts.total(), **_figures(counts), "shown": rows}, indent=2))
        return
    for each in shown:
        typer.echo(_line(each))
    told = ", ".join(f"{count} {kind}" for kind, count in _figures(counts).items())
    typer.echo(f"{counts.total()} calls: {told}")


def _figures(counts: Counter[str]) -> dict[str, int]:
    return {kind: counts[kind] for kind in ("changed", "unchanged", UNKNOWN)}


def _line(replayed: Replayed) -> str:
    past = replayed.past
    moment = datetime.fromtimestamp(past.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    turn = f"{past.action.value} {past.rule} -> {replayed.after} {replayed.rule}".rstrip()
    line = f"{past.sequence:>6}  {moment}  {past.call.grant} {past.call.tool}  {turn}"
    line += f" ({replayed.why})" if replayed.why else ""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in line)
