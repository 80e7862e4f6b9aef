"""`validator tune`: what the rules are worth on labelled data, and which weights would do better."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

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
    SettingsOption,
    SplitOption,
    need_packages,
    pairs,
    write,
)
from validator.tune.corpus import FIELDS, HONEST, LABELS, RISKY, SPLITS, Corpus, Reading, read_corpus
from validator.tune.judging import judge_records
from validator.tune.sides import Side, load_side

tune: Final = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure and weigh rules on labelled data.")


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


def read_data(data: Sequence[Path], field: list[str] | None, label: list[str] | None, split: str) -> Corpus:
    """The labelled data that the options name; raises InputError or a usage error."""
    if split and split not in SPLITS:
        raise typer.BadParameter(f"{split!r} is not one of {', '.join(SPLITS)}.", param_hint="--split")
    fields = {**FIELDS, **pairs(field, "--field", tuple(FIELDS), left=True)}
    labels = {**LABELS, **pairs(label, "--label", (HONEST, RISKY), left=False)}
    return read_corpus(data, Reading(fields, labels), split)
