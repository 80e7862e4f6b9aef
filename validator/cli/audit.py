"""`validator audit`: look at what was decided, count it, export it, and prove that nobody has changed it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, TypeAlias

import typer

from validator.audit.export import Form, export_calls
from validator.audit.place import begin_anew, find_place
from validator.audit.read import Told, Wanted, last_calls, read_calls
from validator.audit.stats import count_calls
from validator.audit.verify import verify_audit
from validator.cli.check import Format
from validator.model.decision import Action
from validator.model.errors import AuditError, Problem
from validator.model.verdict import Outcome

audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Read, count, export and prove an audit.")
Target: TypeAlias = Annotated[
    str, typer.Argument(metavar="AUDIT", help="A .jsonl file, an SQLite file, or postgresql://HOST/NAME.")
]
Form_: TypeAlias = Annotated[Format, typer.Option("--format", help="Text for people, or JSON.")]
KeyFile: TypeAlias = Annotated[Path | None, typer.Option("--key", help="The key file, if not beside the audit.")]
HeadFile: TypeAlias = Annotated[Path | None, typer.Option("--head", help="The head file, if not beside the audit.")]
Moment: TypeAlias = datetime | None


@audit.command("verify")
def verify(target: Target, form: Form_ = Format.TEXT, key: KeyFile = None, head: HeadFile = None) -> None:
    """Prove that no record was changed, removed, added or moved. Exit code 0, 1: broken, 2: cannot be read."""
    report = verify_audit(find_place(target, key=key, head=head))
    if form is Format.JSON:
        faults = [{"place": fault.place, "reason": fault.reason} for fault in report.faults]
        typer.echo(json.dumps({"records": report.records, "faults": faults, "notes": report.notes}, indent=2))
    else:
        for fault in report.faults:
            typer.echo(f"{fault.place}: {fault.reason}")
        for note in report.notes:
            typer.echo(f"note: {note}")
        typer.echo(
            f"{report.records} records, {f'{len(report.faults)} faults' if report.faults else 'nothing is wrong'}"
        )
    raise typer.Exit(1 if report.faults else 0)


@audit.command("begin")
def begin(target: Target, key: KeyFile = None, head: HeadFile = None) -> None:
    """Begin anew where an audit was emptied and cannot be restored. Exit code 0, or 2: it has records, or cannot be."""
    begin_anew(find_place(target, key=key, head=head))
    typer.echo(f"{target}: a new audit was begun; its first record says so")


@audit.command("tail")
def tail(
    target: Target,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=10_000, help="How many calls.")] = 20,
    form: Form_ = Format.TEXT,
) -> None:
    """Show the last calls. Exit code 0, or 2: it cannot be read."""
    with _pipe():
        for call in last_calls(find_place(target), lines):
            _show(call, form)


@audit.command("query")
def query(
    target: Target,
    since: Annotated[Moment, typer.Option(help="From this moment on, UTC.")] = None,
    until: Annotated[Moment, typer.Option(help="Before this moment, UTC.")] = None,
    grant: Annotated[str, typer.Option(help="Calls under this grant.")] = "",
    server: Annotated[str, typer.Option(help="Calls to this server.")] = "",
    tool: Annotated[str, typer.Option(help="Calls of this tool.")] = "",
    rule: Annotated[str, typer.Option(help="Calls that this rule of the policy decided, as a JSON pointer.")] = "",
    digest: Annotated[str, typer.Option(help="Calls with this code, by its SHA-256.")] = "",
    outcome: Annotated[str, typer.Option(help="Calls with this end: ok, lost, cancelled, open, `tool error` …")] = "",
    decision: Annotated[Action | None, typer.Option(help="Calls with this decision.")] = None,
    verdict: Annotated[Outcome | None, typer.Option(help="Calls with this verdict on their code.")] = None,
    capability: Annotated[str, typer.Option(help="Calls whose code uses this capability, or one below it.")] = "",
    finding: Annotated[str, typer.Option(help="Calls in whose code this rule found something.")] = "",
    form: Form_ = Format.TEXT,
) -> None:
    """Show the calls that match. Exit code 0, or 2: it cannot be read."""
    asked = {"grant": grant, "server": server, "tool": tool, "rule": rule, "digest": digest, "outcome": outcome}
    asked |= {"decision": decision.value if decision else "", "verdict": verdict.value if verdict else ""}
    same = {name: value for name, value in asked.items() if value}
    wanted = Wanted(_seconds(since), _seconds(until), same, capability, finding)
    with _pipe():
        for call in filter(wanted.takes, read_calls(find_place(target))):
            _show(call, form)


@audit.command("stats")
def stats(target: Target, form: Form_ = Format.TEXT) -> None:
    """Count decisions, rules, verdicts, capabilities. Exit code 0, or 2: it cannot be read."""
    told = count_calls(read_calls(find_place(target))).to_dict()
    if form is Format.JSON:
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(f"{told.pop('calls')} calls, from {_moment(told.pop('first'))} to {_moment(told.pop('last'))}")
    for key, counts in told.items():
        typer.echo(f"\n{key}")
        for name, count in counts.items() if isinstance(counts, dict) else ():
            typer.echo(f"  {count:>8}  {name}")


@audit.command("export")
def export(
    target: Target,
    form: Annotated[Form, typer.Option("--format", help="JSON lines, CSV or Parquet.")] = Form.JSONL,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; standard output if left out.")] = None,
) -> None:
    """Write all calls in a form that other programs read. Exit code 0, or 2: it cannot be read or written."""
    calls = read_calls(find_place(target))
    if output is None:
        with _pipe():
            export_calls(calls, form, sys.stdout.buffer)
        return
    with _writing(output) as stream:
        count = export_calls(calls, form, stream)
    typer.echo(f"{count} calls written to {output}", err=True)


def _show(call: Told, form: Format) -> None:
    if form is Format.JSON:
        typer.echo(json.dumps(call))
        return
    judged = f"{call.get('verdict')} {call.get('score')}" if call.get("verdict") else "-"
    who = f"{call.get('grant')} {call.get('tool')}"
    parts = [_moment(call.get("time")), str(call.get("decision")), str(call.get("rule")), judged, who]
    # A tool is named by whoever calls it, so nothing of it may steer the terminal.
    line = "  ".join([*parts, str(call.get("outcome") or "-")])
    typer.echo("".join(character if character.isprintable() else repr(character)[1:-1] for character in line))


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.replace(tzinfo=UTC).timestamp()


def _moment(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return "-"
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "-"  # no moment: `verify` tells who wrote that


@contextmanager
def _pipe() -> Iterator[None]:
    """Whoever reads may stop reading."""
    with suppress(BrokenPipeError):
        yield


@contextmanager
def _writing(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("wb") as stream:
            yield stream
    except OSError as error:
        raise AuditError(Problem(str(file), f"cannot be written: {error.strerror}", "choose another file")) from error
