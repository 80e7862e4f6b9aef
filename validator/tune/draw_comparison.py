"""A comparison in, a text or the sections of a page out."""

from collections.abc import Iterator

from validator.tune.cells import HEAD, Grid, figures_row, lay_out, percent
from validator.tune.compare import BETTER, WORSE, Change, Comparison
from validator.tune.draw import MOST, draw_left_out
from validator.tune.page import Section, draw_page, draw_table, draw_tile


def draw_comparison(found: Comparison) -> str:
    """The whole text, without a line end at its end."""
    return "\n".join(_lines(found))


def draw_comparison_page(found: Comparison) -> str:
    """The page of a comparison."""
    counts = {kind: sum(each.direction == kind for each in found.changes) for kind in (WORSE, BETTER)}
    recall, alarms = (percent(each).partition(" (") for each in (found.recall, found.false_alarm))
    tiles = (
        draw_tile("Recall", recall[0], f"change; {recall[2].rstrip(')')}")
        + draw_tile("False alarms", alarms[0], f"change; {alarms[2].rstrip(')')}")
        + draw_tile("Worse", str(counts[WORSE]), "verdicts that are further from the label")
        + draw_tile("Better", str(counts[BETTER]), "verdicts that are nearer to it")
    )
    sections = [
        Section("Figures", draw_table(_figures(found))),
        Section("Moves", draw_table(_moves(found))),
        Section("Only one of them is right", draw_table(_tests(found)), "McNemar's test, exact and two-sided."),
        Section("What changes", draw_table([_HEAD, *map(_row, found.changes)], "texts")),
    ]
    title = f"{found.before} and {found.after}, compared"
    return draw_page(title, f"{found.records} labelled programs, judged by both.", tiles, sections)


_HEAD = ("direction", "program", "label", "before", "after", "more points", "fewer points")


def _lines(found: Comparison) -> Iterator[str]:
    yield f"{found.before} → {found.after}, on {found.records} records"
    yield from draw_left_out(found.left_out, found.problems, found.notes)
    yield f"\n{lay_out(_figures(found))}"
    yield f"\nrecall {percent(found.recall)}, false alarms {percent(found.false_alarm)}: changes, 95 % by family"
    yield f"\n{lay_out(_tests(found))}"
    yield f"\n{lay_out(_moves(found))}"
    yield f"\nverdicts that change: {len(found.changes) or 'none'}"
    for each in found.changes[:MOST]:
        turn = f"{each.before} {each.score_before} → {each.after} {each.score_after}"
        yield f"  {each.direction:<6}  {turn:<22}  {each.id}  [{each.label}]  {each.place}"
    if len(found.changes) > MOST:
        yield f"  and {len(found.changes) - MOST} more; --format json has all"


def _figures(found: Comparison) -> Grid:
    return [HEAD, figures_row(found.before, found.figures_before), figures_row(found.after, found.figures_after)]


def _tests(found: Comparison) -> Grid:
    head = ("McNemar", f"only {found.before} right", f"only {found.after} right", "p")
    rows = [
        (name, str(test.only_before), str(test.only_after), f"{test.probability:.4f}")
        for name, test in found.mcnemar.items()
    ]
    return [head, *rows]


def _moves(found: Comparison) -> Grid:
    turns = dict.fromkeys(turn for moves in found.moves.values() for turn in moves)
    rows = [(turn, *(str(found.moves[kind].get(turn, 0)) for kind in ("honest", "risky"))) for turn in turns]
    return [("verdict", "honest", "risky"), *rows]


def _row(each: Change) -> tuple[str, ...]:
    before, after = f"{each.before} {each.score_before}", f"{each.after} {each.score_after}"
    program = f"{each.id} ({each.place})"
    return each.direction, program, each.label, before, after, ", ".join(each.added), ", ".join(each.gone)
