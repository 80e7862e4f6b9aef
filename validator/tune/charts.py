"""Scores, labels and rule values in, charts out, as SVG for a page or one PNG."""

import io
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from validator.score import CEILING
from validator.tune.fit import Proposal
from validator.tune.measure import Measurement
from validator.tune.table import Table
from validator.tune.thresholds import Point

Drawing: TypeAlias = Callable[[Axes], None]
RISKY: Final = "#b4432f"
HONEST: Final = "#14637f"
FAINT: Final = "#5d6b7a"
RULES: Final = 18  # shown of the values
STYLE: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa5b1",
    "axes.grid": True,
    "grid.color": "#e6eaee",
    "axes.axisbelow": True,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "validator",  # else no two pages of the same data are the same
}


def measurement_drawings(found: Measurement, table: Table) -> tuple[Drawing, ...]:
    """What can be drawn of a measurement: the curves need programs of both kinds."""
    both = bool(table.honest.any() and not table.honest.all())
    curves: tuple[Drawing, ...] = (lambda axes: _precision(axes, found, table), lambda axes: _roc(axes, found, table))
    others: tuple[Drawing, ...] = (lambda axes: _scores(axes, found, table), lambda axes: _values(axes, found))
    return (*curves, *others) if both else others


def proposal_drawings(found: Proposal) -> tuple[Drawing, ...]:
    """The two fronts of a proposal, with today and the proposal in them."""
    return (
        lambda axes: _front(axes, found, found.front_alarms, "false_alarm"),
        lambda axes: _front(axes, found, found.front_load, "load"),
    )


def draw_svg(drawings: Sequence[Drawing]) -> str:
    """Each drawing as an SVG, side by side in HTML."""
    return f'<div class="charts">{"".join(f"<figure>{_svg(each)}</figure>" for each in drawings)}</div>'


def draw_png(drawings: Sequence[Drawing]) -> bytes:
    """All drawings in one picture, two in a row."""
    with rc_context(STYLE):
        rows = (len(drawings) + 1) // 2
        figure = Figure(figsize=(13, 4.6 * rows), layout="constrained")
        for place, drawing in enumerate(drawings, 1):
            drawing(figure.add_subplot(rows, 2, place))
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=110, metadata={"Software": None})
        return stream.getvalue()


def _svg(drawing: Drawing) -> str:
    with rc_context(STYLE):
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        drawing(figure.add_subplot())
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def _precision(axes: Axes, found: Measurement, table: Table) -> None:
    risky, scores = ~table.honest, table.scores()
    precision, recall, _ = precision_recall_curve(risky, scores)
    axes.plot(recall, precision, color=HONEST, drawstyle="steps-post")
    for name, figures in (("review", found.stopped), ("deny", found.denied)):
        if figures.recall.value is not None and figures.precision.value is not None:
            axes.plot(figures.recall.value, figures.precision.value, "o", color=RISKY)
            axes.annotate(name, (figures.recall.value, figures.precision.value), (-9, -15), textcoords="offset points")
    lowest = min(0.9, *(each.precision.value or 0.9 for each in (found.stopped, found.denied)))
    axes.set(xlabel="recall", ylabel="precision", xlim=(_least_recall(found), 1.01), ylim=(lowest - 0.02, 1.005))
    axes.set_title(f"Precision and recall: average precision {average_precision_score(risky, scores):.3f}")


def _roc(axes: Axes, found: Measurement, table: Table) -> None:
    risky, scores = ~table.honest, table.scores()
    alarms, recall, _ = roc_curve(risky, scores)
    axes.plot(alarms, recall, color=HONEST)
    for name, figures in (("review", found.stopped), ("deny", found.denied)):
        if figures.recall.value is not None and figures.false_alarm.value is not None:
            axes.plot(figures.false_alarm.value, figures.recall.value, "o", color=RISKY)
            axes.annotate(name, (figures.false_alarm.value, figures.recall.value), (8, -4), textcoords="offset points")
    axes.plot([0, 1], [0, 1], "--", color=FAINT, linewidth=0.8)
    most = max(0.1, 2 * (found.stopped.false_alarm.value or 0.0))
    axes.set(xlabel="false-alarm rate", ylabel="recall", xlim=(-most / 50, most), ylim=(_least_recall(found), 1.01))
    axes.set_title(f"ROC: area {roc_auc_score(risky, scores):.3f}, shown up to {most:.0%} false alarms")


def _least_recall(found: Measurement) -> float:
    """Where the axis of recall begins: good rules leave nothing to see in its lower half."""
    recalls = [each.recall.value or 0.0 for each in (found.stopped, found.denied)]
    return 0.5 if min(recalls) > 0.55 else 0.0


def _scores(axes: Axes, found: Measurement, table: Table) -> None:
    bins, scores = np.arange(0, CEILING + 6, 5), table.scores()
    parts = [scores[table.honest], scores[~table.honest]]
    axes.hist(parts, bins=list(bins), color=[HONEST, RISKY], label=["honest", "risky"])
    for name, at in (("review", found.review_at), ("deny", found.deny_at)):
        axes.axvline(at, color=FAINT, linestyle="--", linewidth=1)
        axes.annotate(name, (at, 0.97), (4, 0), xycoords=("data", "axes fraction"), textcoords="offset points")
    axes.set_yscale("symlog", linthresh=1)
    axes.set(xlabel="score", ylabel="programs (logarithmic)", xlim=(0, CEILING + 5))
    axes.legend(loc="upper center")
    axes.set_title("Scores by label")


def _values(axes: Axes, found: Measurement) -> None:
    rules = sorted(found.rules, key=lambda each: (-(each.lost + each.spared), each.rule))[:RULES]
    rules = [each for each in rules if each.lost + each.spared][::-1]
    names = [each.rule for each in rules]
    axes.barh(names, [each.lost for each in rules], color=HONEST, label="caught")
    axes.barh(names, [-each.spared for each in rules], color=RISKY, label="false alarms")
    axes.axvline(0, color=FAINT, linewidth=0.8)
    axes.tick_params(axis="y", labelsize=8)
    axes.set(xlabel="programs that only this rule stops")
    if names:
        axes.legend(loc="lower right")
    axes.set_title("Value of each rule")


def _front(axes: Axes, found: Proposal, points: Sequence[Point], cost: str) -> None:
    costs = [100 * getattr(point, cost) for point in points]
    axes.plot(costs, [100 * point.recall for point in points], "o-", color=HONEST, markersize=4, drawstyle="steps-post")
    marked = [("today", found.today, FAINT), *([("proposed", found.fitted, RISKY)] if found.fitted else [])]
    for name, point, colour in marked:
        place = (100 * getattr(point, cost), 100 * point.recall)
        axes.plot(*place, "D", color=colour)
        axes.annotate(name, place, (8, -12 if name == "today" else 5), textcoords="offset points", color=colour)
    if cost == "false_alarm":
        axes.axvline(100 * found.bounds.false_alarm, color=FAINT, linestyle="--", linewidth=1)
    axes.set(xlabel={"false_alarm": "false alarms, %", "load": "review load, % of all"}[cost], ylabel="recall, %")
    axes.set_title({"false_alarm": "Recall against false alarms", "load": "Recall against review load"}[cost])
