"""A measurement in, the tables out that text and page have in common."""

from collections.abc import Iterator, Sequence

from validator.model.verdict import Outcome
from validator.tune.cells import HEAD, Grid, figures_row
from validator.tune.measure import Case, Measurement
from validator.tune.suspects import Suspect


def figures_table(found: Measurement) -> Grid:
    """How often the verdict is right, overall, by split and by source."""
    rows = [figures_row("stopped", found.stopped), figures_row("denied", found.denied)]
    rows += [figures_row(f"stopped, split {part.name}", part.figures) for part in found.splits]
    rows += [figures_row(f"stopped, {part.name}", part.figures) for part in found.sources]
    return [HEAD, *rows]


def confusion_table(found: Measurement) -> Grid:
    """What was wanted against what was said."""
    head = ("wanted", *(outcome.value for outcome in Outcome))
    rows = [(name, *(str(met[outcome]) for outcome in Outcome)) for name, met in found.confusion.items()]
    return [head, *rows]


def rules_table(found: Measurement, most: int | None = None) -> Grid:
    """What each rule adds, those first that would be missed most."""
    head = ("rule", "points", "risky", "honest", "alone", "false alarms", "lost without", "spared", "MCC without")
    rows = [
        (
            each.rule,
            *map(str, (each.weight, each.risky, each.honest, each.alone, each.alarms, each.lost, each.spared)),
            f"{each.change:+.4f}",
        )
        for each in found.rules[:most]
    ]
    return [head, *rows]


def capabilities_table(found: Measurement) -> Grid:
    """How programs that use each capability fare."""
    head = ("capability", "risky", "caught", "honest", "false alarms")
    return [
        head,
        *((use.capability, *map(str, (use.risky, use.caught, use.honest, use.alarms))) for use in found.capabilities),
    ]


def tell_cases(cases: Sequence[Case | Suspect]) -> Iterator[str]:
    """Programs by id and place, with what was found in them."""
    for each in cases:
        likely = f"  likelihood {each.likelihood:.2f}" if isinstance(each, Suspect) else ""
        yield f"  {each.outcome:<6} {each.score:>3}  {each.id}  [{each.label}]{likely}  {each.place}"
        if each.rules:
            yield f"              rules: {', '.join(each.rules[:4])}"
        if each.facts:
            yield f"              facts: {'; '.join(each.facts[:3])}"
