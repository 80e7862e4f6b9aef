"""`validator tune fit`: which weights and thresholds would do better, as a patch that a person reviews."""

from pathlib import Path
from typing import Annotated, TypeAlias

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

Alarm: TypeAlias = Annotated[str, typer.Option(metavar="SHARE", help="How many honest programs may be stopped.")]
Denial: TypeAlias = Annotated[str, typer.Option(metavar="SHARE", help="How many honest programs may be denied.")]
Freeze: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="RULE", help="A rule that keeps its weight; repeatable.")
]
Apply: TypeAlias = Annotated[bool, typer.Option("--apply", help="Write the proposal into the folder of --rules.")]
Patch: TypeAlias = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the patch to this file, too.")]


def fit_weights(
    data: Data,
    max_false_alarm: Alarm = "1%",
    max_false_denial: Denial = "0.1%",
    freeze: Freeze = None,
    profile: ProfileOption = "balanced",
    rules: RulesOption = None,
    field: FieldOption = None,
    label: LabelOption = None,
    split: SplitOption = "",
    apply: Apply = False,
    patch: Patch = None,
    jobs: Jobs = 1,
    seed: Seed = 0,
    form: FormOption = Form.TEXT,
    output: Output = None,
) -> None:
    """Propose weights and thresholds that catch the most within a bound. Exit code 0, 1: nothing proposed, or 2."""
    need_packages()  # of an extra that may not be there, and slow to import
    from validator.tune.draw_proposal import tell
    from validator.tune.fit import fit, make_frame, with_left_out
    from validator.tune.propose import apply_edits, draw_patch, find_edits
    from validator.tune.table import tabulate
    from validator.tune.thresholds import Bounds

    folder = _folder(rules, apply=apply)
    bounds, side = Bounds(share(max_false_alarm), share(max_false_denial)), Side(profile, rules)
    book = load_side(side)
    frame = make_frame(book, book.profiles[profile], freeze or ())
    corpus = read_data(data, field, label, split)
    judgments = judge_records(corpus.records, side, jobs)
    found = with_left_out(fit(tabulate(judgments.judged), frame, bounds, side.name, seed), corpus, judgments)
    text = draw_patch(edits := find_edits(found, folder, profile, book), folder)
    if patch is not None:
        write(text, patch)
    if apply:
        apply_edits(edits, folder)
    write(tell(found, text, form), output)
    raise typer.Exit(int(bool(found.why)))


def _folder(rules: Path | None, *, apply: bool) -> Path:
    """Where the rules are; raises TuneError where they are not the user's to change."""
    if apply and rules is None:
        advice = "name the folder of your rules with --rules"
        raise TuneError(Problem("--apply", "changes no rules that came with the package", advice))
    return rules or shipped()
