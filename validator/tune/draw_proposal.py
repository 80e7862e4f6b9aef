"""A proposal and its patch in, a text or a page for a person out."""

import json
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from validator.tune.cells import HEAD, Grid, figures_row, lay_out, plain
from validator.tune.charts import draw_svg, proposal_drawings
from validator.tune.draw import draw_left_out
from validator.tune.fit import Proposal
from validator.tune.page import Section, draw_list, draw_page, draw_table, draw_tile
from validator.tune.thresholds import Point

SHOWN: Final = 12  # points of a front
POINTS: Final = ("", "review at", "deny at", "recall", "false alarms", "review load", "denied of what should be")


def tell(found: Proposal, patch: str, form: str) -> str:
    """A proposal as `text`, `json` or `html`."""
    if form == "json":
        return json.dumps({"proposal": plain(found), "patch": patch}, indent=2)
    if form == "html":
        return draw_proposal_page(found, patch, draw_svg(proposal_drawings(found)))
    return draw_proposal(found, patch)


def draw_proposal(found: Proposal, patch: str) -> str:
    """The whole text, without a line end at its end."""
    return "\n".join(_lines(found, patch))


def draw_proposal_page(found: Proposal, patch: str, charts: str = "") -> str:
    """The page of a proposal."""
    best = found.fitted or found.today
    told = [*found.notes, *(f"left out: {count} {kind}" for kind, count in found.left_out.items()), *found.problems]
    tiles = (
        draw_tile("Recall", f"{best.recall:.1%}", f"today {found.today.recall:.1%}")
        + draw_tile("False alarms", f"{best.false_alarm:.2%}", f"today {found.today.false_alarm:.2%}")
        + draw_tile("Review load", f"{best.load:.1%}", f"today {found.today.load:.1%}")
        + draw_tile("Weights changed", str(len(found.weights)), f"p of chance {found.probability:.3f}")
    )
    sections = [
        *([Section("Proposed", f"<p>{escape(found.why)}</p>")] if found.why else []),
        *([Section("What could be had", charts)] if charts else []),
        Section("On families not learnt from", draw_table(_points(found))),
        *(
            [Section("Held out", draw_table(_held_out(found)), "Families that no choice has seen.")]
            * bool(found.held_out)
        ),
        Section("Recall against false alarms", draw_table(_front(found.front_alarms, found.today))),
        Section("Recall against review load", draw_table(_front(found.front_load, found.today)), "Within the bound."),
        Section("Weights", draw_table(_weights(found))),
        Section("Patch", f"<pre>{escape(patch)}</pre>" if patch else "<p>none</p>"),
        *([Section("Notes", draw_list(told))] if told else []),
    ]
    return draw_page(f"Weights for {found.side}", _about(found), tiles, sections)


def _lines(found: Proposal, patch: str) -> Iterator[str]:
    yield f"{found.side}: {_about(found)}"
    yield from draw_left_out(found.left_out, found.problems, found.notes)
    yield f"\n{lay_out(_points(found))}"
    if found.held_out:
        yield f"\nheld out, families that no choice has seen:\n{lay_out(_held_out(found))}"
    yield f"\nrecall against false alarms:\n{lay_out(_front(found.front_alarms, found.today))}"
    yield f"\nrecall against review load, within the bound:\n{lay_out(_front(found.front_load, found.today))}"
    if found.why:
        yield f"\nno weights are proposed: {found.why}"
        return
    yield f"\nchance gives scores that fit as well with p = {found.probability:.3f}"
    yield f"weights that change: {len(found.weights) or 'none'}"
    yield f"\n{patch.rstrip()}" if patch else "nothing changes: today's weights and thresholds are as good as any"


def _about(found: Proposal) -> str:
    bounds = f"false alarms at most {found.bounds.false_alarm:.2%}, false denials {found.bounds.false_denial:.2%}"
    return f"learnt from {found.records} programs of {found.families} families; {bounds}"


def _points(found: Proposal) -> Grid:
    rows = [_point("today", found.today)]
    if found.fitted is not None:
        rows.append(_point("proposed, on families not learnt from", found.fitted))
    return [POINTS, *rows]


def _point(name: str, each: Point) -> tuple[str, ...]:
    shares = (each.recall, each.false_alarm, each.load, each.denied)
    return name, str(each.review_at), str(each.deny_at), *(f"{value:.2%}" for value in shares)


def _front(points: Sequence[Point], today: Point) -> Grid:
    """Some points of a front, evenly spread, with both ends."""
    last = len(points) - 1
    places = sorted({round(step * last / (SHOWN - 1)) for step in range(SHOWN)}) if last >= 0 else []
    return [POINTS, _point("today", today), *(_point(_way(points[place]), points[place]) for place in places)]


def _way(point: Point) -> str:
    return f"price {point.price:g}, severities {point.together:.0%} together"


def _held_out(found: Proposal) -> Grid:
    if found.held_out is None:
        return [HEAD]
    before, after = found.held_out
    return [HEAD, figures_row("today", before), figures_row("proposed", after)]


def _weights(found: Proposal) -> Grid:
    rows = [(each.rule, each.severity, str(each.before), str(each.after)) for each in found.weights]
    return [("rule", "severity", "today", "proposed"), *rows]
