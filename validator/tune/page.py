"""Sections in, one HTML page out that needs nothing beside itself: no script, no network, no other file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from validator.tune.cells import Grid, decimal, percent
from validator.tune.figures import Figures
from validator.tune.measure import Case, Measurement
from validator.tune.suspects import Suspect
from validator.tune.tables import capabilities_table, confusion_table, figures_table, rules_table

STYLE: Final = """
:root { color-scheme: light; --ink: #1d2733; --faint: #5d6b7a; --line: #dde3ea; --back: #f5f7f9; --mark: #14637f }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: var(--ink); background: var(--back) }
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 60px }
h1 { font-size: 26px; margin: 0 0 2px } h2 { font-size: 18px; margin: 0 0 10px }
p { margin: 4px 0 10px; color: var(--faint) }
section { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-top: 18px }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px; margin-top: 18px }
.tile { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px }
.tile b { display: block; font-size: 27px; line-height: 1.2; color: var(--mark) }
.tile small { display: block; color: var(--faint) }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(480px, 1fr)); gap: 18px }
.charts figure { margin: 0 } .charts svg { width: 100%; height: auto; display: block }
.wide { overflow-x: auto; max-height: 560px; overflow-y: auto }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }
th { position: sticky; top: 0; background: #fff; text-align: right; color: var(--faint); font-weight: 600 }
td { text-align: right; border-top: 1px solid var(--line) } th, td { padding: 5px 8px; vertical-align: top }
table.numbers td, th { white-space: nowrap }
th:first-child, td:first-child, table.texts td, table.texts th { text-align: left }
code, pre { font: 12.5px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
pre { background: var(--back); padding: 12px; border-radius: 8px; overflow-x: auto; white-space: pre }
ul { margin: 0; padding-left: 20px; color: var(--faint) }
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a page; `body` is HTML."""

    title: str
    body: str
    about: str = ""


def draw_page(title: str, about: str, tiles: str, sections: Iterable[Section]) -> str:
    """The whole page."""
    parts = "\n".join(f"<section><h2>{escape(each.title)}</h2>{_about(each)}{each.body}</section>" for each in sections)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head>\n<body><main><h1>{escape(title)}</h1><p>{escape(about)}</p>\n"
        f'<div class="tiles">{tiles}</div>\n{parts}\n</main></body></html>\n'
    )


def _about(section: Section) -> str:
    return f"<p>{escape(section.about)}</p>" if section.about else ""


def draw_tile(name: str, value: str, about: str = "") -> str:
    """One number that matters."""
    return f'<div class="tile">{escape(name)}<b>{escape(value)}</b><small>{escape(about)}</small></div>'


def figure_tiles(figures: Figures) -> str:
    """The four numbers that matter of a decision."""
    told = (
        ("Recall", percent(figures.recall), f"{figures.caught} of {figures.risky} risky programs stopped"),
        ("False alarms", percent(figures.false_alarm), f"{figures.alarms} of {figures.honest} honest programs stopped"),
        ("Precision", percent(figures.precision), "of what is stopped is risky"),
        ("MCC", decimal(figures.mcc), "Matthews' correlation of verdict and label"),
    )
    return "".join(
        draw_tile(name, value.partition(" (")[0], f"{about}{_interval(value)}") for name, value, about in told
    )


def draw_table(grid: Grid, kind: str = "numbers") -> str:
    """A grid as a table."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in grid[0])
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in grid[1:])
    table = f"<table class={kind!r}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide">{table}</div>' if len(grid) > 1 else "<p>none</p>"


def draw_list(lines: Sequence[str]) -> str:
    """Lines as a list."""
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def measurement_sections(found: Measurement) -> Iterator[Section]:
    """The tables of a measurement."""
    yield Section("How often the verdict is right", draw_table(figures_table(found)), "95 % intervals, by family.")
    yield Section("What was wanted, and what was said", draw_table(confusion_table(found)))
    about = "Alone: no other rule finds anything. Lost: passes without the rule. Spared: a false alarm less without it."
    yield Section("What each rule adds", draw_table(rules_table(found)), about)
    yield Section("Capabilities", draw_table(capabilities_table(found)))
    yield Section("Worst misses", _cases(found.misses))
    yield Section("Worst false alarms", _cases(found.alarms))
    about = f"{len(found.suspects)} labels that programs of other families speak against, the least likely first."
    yield Section("Suspects of wrong labels", _cases(found.suspects), about)
    left = [f"{count} {kind}" for kind, count in found.left_out.items()]
    if left or found.problems or found.notes:
        yield Section("What does not count", draw_list([*left, *found.notes, *found.problems]))


def _cases(cases: Sequence[Case | Suspect]) -> str:
    head = ("program", "label", "verdict", "rules", "facts")
    rows = [
        (
            f"{each.id} ({each.place})",
            f"{each.label}{f', {each.likelihood:.0%} likely' if isinstance(each, Suspect) else ''}",
            f"{each.outcome} {each.score}",
            ", ".join(each.rules[:4]),
            "; ".join(each.facts[:3]),
        )
        for each in cases
    ]
    return draw_table([head, *rows], "texts")


def _interval(text: str) -> str:
    _, mark, interval = text.partition(" (")
    return f"; 95 %: {interval.rstrip(')')}" if mark else ""
