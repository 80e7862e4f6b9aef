"""One verdict in, a page for a person out: the verdict first, then what each rule found, and where."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Final

from validator.model.fact import Span
from validator.model.finding import Finding, Ignored, Severity
from validator.model.verdict import Outcome, Verdict
from validator.scan.sample import Sample
from validator.scan.terminal import Paint, visible, width

MOST: Final = 5  # places shown for each rule
COLUMNS: Final = 100
TINTS: Final = {Outcome.ALLOW: "green", Outcome.REVIEW: "yellow", Outcome.DENY: "red"}
RANKS: Final = tuple(Severity)


def draw_page(sample: Sample, verdict: Verdict, paint: Paint) -> str:
    """The whole page, without a line end at its end."""
    source = split_lines(sample.content)
    rules = dict.fromkeys(finding.rule for finding in sorted(verdict.findings, key=_worst_first))
    blocks = [_draw_head(sample, verdict, paint)]
    for rule in rules:
        found = sorted((finding for finding in verdict.findings if finding.rule == rule), key=_place)
        blocks.append("\n".join(_draw_rule(found, source, paint)))
    if verdict.ignored:
        blocks.append("\n".join(dict.fromkeys(map(_draw_ignored, verdict.ignored))))
    blocks.append(paint(f"Capabilities: {', '.join(verdict.capabilities) or 'none'}", "faint"))
    return "\n\n".join(blocks)


def _draw_head(sample: Sample, verdict: Verdict, paint: Paint) -> str:
    outcome = paint(verdict.outcome.value.upper(), TINTS[verdict.outcome])
    count = len(verdict.findings)
    found = f"{count or 'no'} finding{'' if count == 1 else 's'}"
    return f"{outcome}  score {verdict.score} of 100, {found}  {paint(visible(sample.id), 'bold')}"


def _draw_rule(findings: Sequence[Finding], source: Sequence[str], paint: Paint) -> Iterator[str]:
    """All that one rule found: each place once, and what to do instead once."""
    first = findings[0]
    tint = "red" if RANKS.index(first.severity) >= RANKS.index(Severity.HIGH) else "yellow"
    yield f"{paint(first.rule, tint)}  {first.severity.value}, {first.weight} points"
    places = {span: list(found) for span, found in groupby(findings, key=_place)}
    for span, found in list(places.items())[:MOST]:
        yield from draw_source(span, source, paint)
        for message in dict.fromkeys(_explain(finding) for finding in found):
            yield from _draw_text(message)
    if len(places) > MOST:
        yield f"  and in {len(places) - MOST} more places"
    if first.remedy:
        yield from _draw_text("Instead: " + first.remedy)


def _draw_ignored(ignored: Ignored) -> str:
    finding = ignored.finding
    until = f", until {ignored.expires}" if ignored.expires else ""
    return visible(f"Ignored: {finding.rule}, line {finding.span.line}: {finding.message} ({ignored.reason}{until})")


def _worst_first(finding: Finding) -> tuple[int, Span]:
    return -finding.weight, finding.span


def _place(finding: Finding) -> Span:
    return finding.span


def _explain(finding: Finding) -> str:
    steps = finding.fact.steps
    return finding.message + (f" (reached by {' → '.join(steps)})" if steps else "")


def draw_source(span: Span, source: Sequence[str], paint: Paint, shift: int = 0) -> Iterator[str]:
    """The line a finding stands on, cut to the stretch around it, and a caret under what was found.

    `shift` is added to the number of the line that is shown.
    """
    if not 1 <= span.line <= len(source):
        yield f"  line {span.line + shift}"
        return
    line = source[span.line - 1]
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    cut = max(0, start - COLUMNS // 2) if len(line) > COLUMNS else 0
    shown = line[cut : cut + COLUMNS]
    marked = line[start : min(max(end, start + 1), cut + COLUMNS)]
    margin = f"{span.line + shift:>5} | "
    yield f"{paint(margin, 'faint')}{visible(shown)}"
    blank = " " * (len(margin) - 2) + "| "
    yield f"{paint(blank, 'faint')}{' ' * width(line[cut:start])}{paint('^' * max(width(marked), 1), 'cyan')}"


def _draw_text(text: str) -> Iterator[str]:
    yield from wrap(visible(text), COLUMNS, initial_indent="  ", subsequent_indent="  ")


def split_lines(content: str | bytes) -> list[str]:
    """Lines as Python counts them; numbered in findings from 1."""
    text = content.decode("utf-8-sig", "backslashreplace") if isinstance(content, bytes) else content
    return re.split(r"\r\n?|\n", text)
