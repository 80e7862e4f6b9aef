"""Counts in, charts as SVG out; colours are left to the page."""

from collections import Counter
from html import escape
from typing import Final

TOP: Final = 12  # bars of a chart
WIDTH: Final = 400
ROW: Final = 24
HEIGHT: Final = 280


def draw_bars(counts: Counter[str]) -> str:
    """A bar for each of the greatest counts, with its name and number; names can be clicked by the page."""
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    if not most:
        return '<p class="none">none</p>'
    greatest = most[0][1]
    rows = (
        f'<g class="bar" data-name="{escape(name)}" transform="translate(0 {number * ROW})">'
        f'<rect class="back" width="{WIDTH}" height="{ROW - 4}" rx="3"/>'
        f'<rect class="value" width="{max(2, WIDTH * count / greatest):.1f}" height="{ROW - 4}" rx="3"/>'
        f'<text x="8" y="14">{escape(name)}</text><text class="count" x="{WIDTH - 8}" y="14">{count:,}</text></g>'
        for number, (name, count) in enumerate(most)
    )
    left = len(counts) - len(most)
    more = f'<p class="none">and {left} more</p>' if left else ""
    return f'<svg viewBox="0 0 {WIDTH} {len(most) * ROW}" role="img">{"".join(rows)}</svg>{more}'


def draw_scores(steps: Counter[int]) -> str:
    """A column for every ten points."""
    greatest = max(steps.values(), default=0)
    if not greatest:
        return '<p class="none">none</p>'
    wide = WIDTH / 10
    columns = []
    for step in range(10):
        tall = (HEIGHT - 44) * steps[step] / greatest
        top = HEIGHT - 22 - tall
        number = f"{steps[step]:,}" if steps[step] else ""
        label = f"{step * 10}–{step * 10 + 9 if step < 9 else 100}"
        columns.append(
            f'<g class="column step{step}"><rect x="{step * wide + 3:.1f}" y="{top:.1f}" '
            f'width="{wide - 6:.1f}" height="{max(tall, 1):.1f}" rx="2"/>'
            f'<text x="{(step + 0.5) * wide:.1f}" y="{HEIGHT - 6}">{label}</text>'
            f'<text class="count" x="{(step + 0.5) * wide:.1f}" y="{top - 5:.1f}">{number}</text></g>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(columns)}</svg>'
