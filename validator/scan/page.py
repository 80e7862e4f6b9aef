"""One verdict in, a page for a person out: the verdict first, then each finding where it stands."""

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from validator.model.fact import Span
from validator.model.finding import Finding, Severity
from validator.model.verdict import Outcome, Verdict
from validator.scan.sample import Sample
from validator.scan.terminal import Paint, visible, width

MOST: Final = 20  # findings on one page
COLUMNS: Final = 100
TINTS: Final = {Outcome.ALLOW: "green", Outcome.REVIEW: "yellow", Outcome.DENY: "red"}
RANKS: Final = tuple(Severity)


def draw_page(sample: Sample, verdict: Verdict, paint: Paint) -> str:
    """The whole page, without a line end at its end."""
    source = _split(sample.content)
    blocks = [_draw_head(sample, verdict, paint)]
    worst = sorted(verdict.findings, key=lambda finding: (-finding.weight, finding.span))
    blocks += ["\n".join(_draw_finding(finding, source, paint)) for finding in worst[:MOST]]
    if len(worst) > MOST:
        blocks.append(f"{len(worst) - MOST} more: --format json shows all of them.")
    blocks.append(paint(f"Capabilities: {', '.join(verdict.capabilities) or 'none'}", "faint"))
    return "\n\n".join(blocks)


def _draw_head(sample: Sample, verdict: Verdict, paint: Paint) -> str:
    outcome = paint(verdict.outcome.value.upper(), TINTS[verdict.outcome])
    count = len(verdict.findings)
    found = f"{count or 'no'} finding{'' if count == 1 else 's'}"
    return f"{outcome}  score {verdict.score} of 100, {found}  {paint(visible(sample.id), 'bold')}"


def _draw_finding(finding: Finding, source: Sequence[str], paint: Paint) -> Iterator[str]:
    tint = "red" if RANKS.index(finding.severity) >= RANKS.index(Severity.HIGH) else "yellow"
    place = f"line {finding.span.line}, column {finding.span.column}"
    yield f"{paint(finding.rule, tint)}  {finding.severity.value}, {finding.weight} points, {place}"
    yield from _draw_source(finding.span, source, paint)
    yield from _draw_text(finding.message)
    if finding.fact.steps:
        yield from _draw_text("Reached by: " + " → ".join(finding.fact.steps))
    if finding.remedy:
        yield from _draw_text("Instead: " + finding.remedy)


def _draw_source(span: Span, source: Sequence[str], paint: Paint) -> Iterator[str]:
    """The line a finding stands on, cut to the stretch around it, and a caret under what was found."""
    if not 1 <= span.line <= len(source) or not source[span.line - 1].strip():
        return
    line = source[span.line - 1]
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    cut = max(0, start - COLUMNS // 2) if len(line) > COLUMNS else 0
    shown = line[cut : cut + COLUMNS]
    marked = line[start : min(max(end, start + 1), cut + COLUMNS)]
    margin = f"{span.line:>5} | "
    yield f"{paint(margin, 'faint')}{visible(shown)}"
    blank = " " * (len(margin) - 2) + "| "
    yield f"{paint(blank, 'faint')}{' ' * width(line[cut:start])}{paint('^' * max(width(marked), 1), 'cyan')}"


def _draw_text(text: str) -> Iterator[str]:
    yield from wrap(visible(text), COLUMNS, initial_indent="  ", subsequent_indent="  ")


def _split(content: str | bytes) -> list[str]:
    """Lines as Python counts them."""
    text = content.decode("utf-8-sig", "backslashreplace") if isinstance(content, bytes) else content
    return re.split(r"\r\n?|\n", text)
