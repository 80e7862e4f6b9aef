"""`validator tune fit`: which weights and thresholds would do better, as a patch that a person reviews."""

import json
from pathlib import Path
from typing import Annotated

import typer

from validator.cli.tuning import (
    Data,
    FieldOption,
    Form,
    FormOption,
    Jobs,
    LabelOption,
    Output,
    ProfileOption,
    RulesOption,
    Seed,
    SplitOption,
    need_packages,
    read_data,
    share,
    write,
)
from validator.model.errors import Problem, TuneError
from validator.rulebook.load import shipped
from validator.tune.judging import judge_records
from validator.tune.sides import Side, load_side


def fit_weights(
    data: Data,
    max_false_alarm: Annotated[
        str, typer.Option(metavar="SHARE", help="How many honest programs may be stopped.")
    ] = "1%",
    max_false_denial: Annotated[
        str, typer.Option(metavar="SHARE", help="How many honest programs may be denied.")
    ] = "0.1%",
    freeze: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="A rule that keeps its weight; repeatable.")
    ] = None,
    profile: ProfileOption = "balanced",
    rules: RulesOption = None,
    field: FieldOption = None,
    label: LabelOption = None,
    split: SplitOption = "",
    apply: Annotated[bool, typer.Option("--apply", help="Write the proposal into the folder of --rules.")] = False,
    patch: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the patch to this file, too.")] = None,
    jobs: Jobs = 1,
    seed: Seed = 0,
    form: FormOption = Form.TEXT,
    output: Output = None,
) -> None:
    """Propose weights and thresholds that catch the most within a bound. Exit code 0, 1: nothing proposed, or 2."""
    need_packages()
    # Of an extra that may not be there, and slow to import.
    from validator.tune.cells import plain
    from validator.tune.charts import draw_svg, proposal_drawings
    from validator.tune.draw import draw_left_out
    from validator.tune.draw_proposal import draw_proposal, draw_proposal_page
    from validator.tune.fit import fit, make_frame
    from validator.tune.propose import apply_edits, draw_patch, find_edits
    from validator.tune.table import tabulate
    from validator.tune.thresholds import Bounds

    if apply and rules is None:
        advice = "name the folder of your rules with --rules"
        raise TuneError(Problem("--apply", "changes no rules that came with the package", advice))
    bounds, folder, side = (
        Bounds(share(max_false_alarm), share(max_false_denial)),
        rules or shipped(),
        Side(profile, rules),
    )
    book = load_side(side)
    frame = make_frame(book, book.profiles[profile], freeze or ())
    corpus = read_data(data, field, label, split)
    judgments = judge_records(corpus.records, side, jobs)
    found = fit(tabulate(judgments.judged), frame, bounds, side.name, seed)
    edits = find_edits(found, folder, profile, book)
    text = draw_patch(edits, folder)
    if patch is not None:
        write(text, patch)
    if apply and edits:
        apply_edits(edits, folder)
    if form is Form.JSON:
        told: dict[str, object] = {"proposal": plain(found), "patch": text, "left_out": dict(corpus.left_out)}
        told["problems"] = [*map(str, corpus.problems), *map(str, judgments.failed)]
        write(json.dumps(told, indent=2), output)
    else:
        for line in draw_left_out(
            corpus.left_out, (*map(str, corpus.problems), *map(str, judgments.failed)), corpus.notes
        ):
            typer.echo(line, err=True)
        charts = draw_svg(proposal_drawings(found)) if form is Form.HTML else ""
        write(draw_proposal(found, text) if form is Form.TEXT else draw_proposal_page(found, text, charts), output)
    raise typer.Exit(int(bool(found.why)))
