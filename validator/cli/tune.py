"""`validator tune`: what the rules are worth on labelled data, and which weights would do better."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from validator.cli.tune_fit import fit_weights
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
    SettingsOption,
    SplitOption,
    need_packages,
    read_data,
    share,
    write,
)
from validator.tune.judging import judge_records
from validator.tune.sides import Side, load_side, name_side

tune: Final = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure and weigh rules on labelled data.")
tune.command("fit")(fit_weights)


@tune.command("measure")
def measure_rules(
    data: Data,
    profile: ProfileOption = "balanced",
    rules: RulesOption = None,
    settings: SettingsOption = None,
    field: FieldOption = None,
    label: LabelOption = None,
    split: SplitOption = "",
    jobs: Jobs = 1,
    seed: Seed = 0,
    form: FormOption = Form.TEXT,
    output: Output = None,
) -> None:
    """Measure how often the verdict is right, and what each rule adds. Exit code 0, or 2: nothing to measure."""
    need_packages()
    # Of an extra that may not be there, and slow to import.
    from validator.tune.cells import plain
    from validator.tune.draw import draw_measurement
    from validator.tune.measure import measure
    from validator.tune.report import draw_report

    side = Side(profile, rules, settings)
    book = load_side(side)
    corpus = read_data(data, field, label, split)
    found = measure(corpus, judge_records(corpus.records, side, jobs), book.profiles[profile], side.name, seed)
    if form is Form.JSON:
        write(json.dumps(plain(found), indent=2), output)
    else:
        write(draw_measurement(found) if form is Form.TEXT else draw_report(found), output)


@tune.command("compare")
def compare_sides(
    before: Annotated[str, typer.Argument(metavar="A", help="FOLDER, FOLDER#PROFILE, a profile, or a policy file.")],
    after: Annotated[str, typer.Argument(metavar="B", help="What is to be held against it.")],
    data: Data,
    profile: ProfileOption = "balanced",
    tool: Annotated[
        str, typer.Option(help="The tool of a policy that is called; else its first that carries code.")
    ] = "",
    no_worse_than: Annotated[
        str | None, typer.Option(metavar="SHARE", help="End with 1 if recall falls or false alarms rise by more: 0.5%.")
    ] = None,
    field: FieldOption = None,
    label: LabelOption = None,
    split: SplitOption = "",
    jobs: Jobs = 1,
    seed: Seed = 0,
    form: FormOption = Form.TEXT,
    output: Output = None,
) -> None:
    """Show which verdicts differ between two packs, profiles or policies. Exit code 0, 1: worse than allowed, or 2."""
    need_packages()
    # Of an extra that may not be there, and slow to import.
    from validator.tune.cells import plain
    from validator.tune.compare import compare
    from validator.tune.draw_comparison import draw_comparison, draw_comparison_page

    allowed = None if no_worse_than is None else share(no_worse_than)
    sides = name_side(before, profile, tool), name_side(after, profile, tool)
    corpus = read_data(data, field, label, split)
    first, second = (judge_records(corpus.records, side, jobs) for side in sides)
    found = compare(corpus, (sides[0].name, sides[1].name), (first, second), seed)
    if form is Form.JSON:
        write(json.dumps(plain(found), indent=2), output)
    else:
        write(draw_comparison(found) if form is Form.TEXT else draw_comparison_page(found), output)
    if allowed is not None and found.worse_by() > allowed:
        typer.echo(f"{found.after} is worse by {found.worse_by():.2%}, which is more than {allowed:.2%}", err=True)
        raise typer.Exit(1)


@tune.command("report")
def report_rules(
    data: Data,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Write the page to this file.")],
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the charts to this picture, too.")] = None,
    profile: ProfileOption = "balanced",
    rules: RulesOption = None,
    settings: SettingsOption = None,
    field: FieldOption = None,
    label: LabelOption = None,
    split: SplitOption = "",
    jobs: Jobs = 1,
    seed: Seed = 0,
) -> None:
    """Draw what `measure` finds on one page that needs nothing beside itself. Exit code 0, or 2: nothing to draw."""
    need_packages()
    # Of an extra that may not be there, and slow to import.
    from validator.tune.charts import draw_png, draw_svg, measurement_drawings
    from validator.tune.measure import measure
    from validator.tune.report import draw_report
    from validator.tune.table import tabulate

    side = Side(profile, rules, settings)
    book = load_side(side)
    corpus = read_data(data, field, label, split)
    judgments = judge_records(corpus.records, side, jobs)
    found = measure(corpus, judgments, book.profiles[profile], side.name, seed)
    drawings = measurement_drawings(found, tabulate(judgments.judged))
    write(draw_report(found, draw_svg(drawings)), output)
    if png is not None:
        write(draw_png(drawings), png)
