"""`validator policy`: check a policy, explain what it decides, test it, and write it for others."""

import json
import time
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from validator.cli.check import Format
from validator.cli.policy_simulate import simulate_policy
from validator.model.errors import PolicyError, Problem
from validator.policy.cases import read_call, read_cases
from validator.policy.export import export_policy
from validator.policy.load import load_policy
from validator.policy.published import schema_text
from validator.trial import explain_call, open_trial, try_cases

policy: Final = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Check, explain, test and export policies."
)
PolicyFile: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The policy, JSON or YAML.")]
PolicyOption: TypeAlias = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="The policy, JSON or YAML.")
]
Server: TypeAlias = Annotated[str, typer.Option(help="The name of the server, as in tool profiles.")]
Form: TypeAlias = Annotated[Format, typer.Option("--format", help="Text for people, or JSON.")]


@policy.command("validate")
def validate_policy(file: PolicyFile, server: Server = "default", form: Form = Format.TEXT) -> None:
    """Say everything that is wrong with a policy. Exit code 0: nothing, 1: something, 2: wrong use."""
    if not file.is_file():
        raise PolicyError(Problem(str(file), "there is no such file", "name a policy"))
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    try:
        warnings = open_trial(file, time.time(), server=server).policy.warnings
    except PolicyError as error:
        problems = error.problems
    if form is Format.JSON:
        told = {"valid": not problems, "problems": [*map(_row, problems)], "warnings": [*map(_row, warnings)]}
        typer.echo(json.dumps(told, indent=2))
    else:
        for line in (*map(str, problems), *(f"warning: {warning}" for warning in warnings)):
            typer.echo(line)
        typer.echo(f"{file}: {len(problems)} problems" if problems else f"{file}: valid")
    raise typer.Exit(int(bool(problems)))


@policy.command("explain")
def explain_policy(
    call: Annotated[Path, typer.Argument(metavar="CALL", help='A call: {"tool": …, "arguments": {…}}.')],
    file: Annotated[Path, typer.Option("--policy", metavar="FILE", help="The policy, JSON or YAML.")],
    server: Annotated[str | None, typer.Option(help="The server; else the one that the call names.")] = None,
    form: Form = Format.TEXT,
) -> None:
    """Say step by step what a policy makes of a call. Exit code 0: forwarded, 1: stopped, 2: wrong use."""
    asked = read_call(call)
    gate = open_trial(file, time.time(), server=server or asked.server, grant=asked.grant)
    explanation = explain_call(gate, asked)
    if form is Format.JSON:
        typer.echo(json.dumps(explanation.to_dict(), indent=2))
    else:
        for step in explanation.steps:
            typer.echo(
                f"{'→' if step.decides else ' '} {step.rule}: {step.says}" + f" ({step.because})" * bool(step.because)
            )
        typer.echo(f"{explanation.decision.action} by {explanation.decision.rule}")
    raise typer.Exit(int(explanation.decision.action.value != "forward"))


@policy.command("test")
def run_cases(
    file: Annotated[Path, typer.Argument(metavar="CASES", help="The cases, JSON or YAML.")],
    other: PolicyOption = None,
) -> None:
    """Hold a policy against its own unit tests. Exit code 0: all pass, 1: some fail, 2: wrong use."""
    cases = read_cases(file)
    chosen = other or cases.policy
    if chosen is None:
        raise PolicyError(Problem(f"{file}#/policy", "is missing", "name the policy there, or with --policy"))
    gate = open_trial(chosen, time.time(), server=cases.server, grant=cases.grant)
    failed = [*try_cases(gate, file, cases)]
    for problem in failed:
        typer.echo(str(problem))
    typer.echo(f"{len(cases.cases) - len(failed)} of {len(cases.cases)} cases pass")
    raise typer.Exit(int(bool(failed)))


@policy.command("schema")
def show_schema() -> None:
    """Show the JSON Schema of policies. Exit code 0."""
    typer.echo(schema_text(), nl=False)


@policy.command("export")
def export(
    file: PolicyFile,
    policylayer: Annotated[bool, typer.Option("--policylayer", help="Write PolicyLayer's hosted dialect.")] = False,
) -> None:
    """Write a policy for another product, and say on standard error what it loses. Exit code 0, or 2: wrong use."""
    if not policylayer:
        raise typer.BadParameter("say for which product: --policylayer.", param_hint="--policylayer")
    exported = export_policy(load_policy(file))
    typer.echo(json.dumps(exported.document, indent=2, ensure_ascii=False))
    for line in exported.lost:
        typer.echo(f"lost: {line}", err=True)


policy.command("simulate")(simulate_policy)


def _row(problem: Problem) -> dict[str, str]:
    return {"place": problem.place, "reason": problem.reason, "advice": problem.advice}
