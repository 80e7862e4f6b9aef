"""A report for a person: by file, the source line of each finding with a caret, and a table at the end."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Final, TextIO

from validator.model.finding import Severity
from validator.scan.engine import Said
from validator.scan.judged import Found, Judged
from validator.scan.page import COLUMNS, RANKS, TINTS, draw_source, split_lines
from validator.scan.reports.context import Context
from validator.scan.sample import Sample
from validator.scan.tally import Tally
from validator.scan.terminal import Paint, visible
from validator.scan.threshold import ORDER, stops

MOST: Final = 3  # findings shown of one sample, each of another rule
TOP: Final = 10  # rules named in the summary


def write_text(said: Iterable[Said], context: Context, file: TextIO) -> None:
    """Write each sample that was stopped, then the table."""
    current = None
    for sample, judged in said:
        shown = stops(judged.counted, context.threshold)
        if not shown and not judged.notes:
            continue
        name = sample.place.file or sample.id
        if name != current:
            print(context.paint(visible(name), "bold"), file=file)
            current = name
        for line in _draw(sample, judged, context.paint) if shown else ():
            print(line, file=file)
        for note in judged.notes:
            print(f"  {context.paint('note', 'yellow')}: {visible(note)}", file=file)
        print(file=file)
    print(draw_summary(context.tally, context.paint), file=file)


def _draw(sample: Sample, judged: Judged, paint: Paint) -> Iterator[str]:
    outcome = paint(judged.counted.value.upper(), TINTS[judged.counted])
    where = "" if sample.id == sample.place.file else f"  {visible(_name(sample))}"
    yield f"  {outcome}  score {judged.score} of 100{where}"
    source = split_lines(sample.content) if judged.read else []
    fresh = sorted((each for each in judged.findings if not each.known), key=lambda each: (-each.weight, each.span))
    worst = list({each.rule: each for each in reversed(fresh)}.values())[::-1]
    for found in worst[:MOST]:
        yield from _draw_found(found, sample, source, paint)
    left = len(fresh) - len(worst[:MOST])
    if left:
        yield f"  and {left} more finding{'' if left == 1 else 's'}"


def _name(sample: Sample) -> str:
    """Its name, and where in the file that is if the name does not say."""
    place = sample.place
    if not place.file or sample.id.startswith(place.file):
        return sample.id.removeprefix(f"{place.file}:").removeprefix(f"{place.file}#")
    return f"{sample.id}, {place.part or f'line {place.line}'}"


def _draw_found(found: Found, sample: Sample, source: Sequence[str], paint: Paint) -> Iterator[str]:
    tint = "red" if RANKS.index(found.severity) >= RANKS.index(Severity.HIGH) else "yellow"
    if source:
        yield from draw_source(found.span, source, paint, sample.place.line - 1 if sample.place.inside else 0)
    yield f"  {paint(found.rule, tint)}  {found.severity.value}, {found.weight} points"
    yield from wrap(visible(found.message), COLUMNS, initial_indent="    ", subsequent_indent="    ")


def draw_summary(tally: Tally, paint: Paint) -> str:
    """The table at the end: samples by outcome, then the rules found most often."""
    rows = [("samples", tally.samples), *((outcome.value, tally.outcomes[outcome]) for outcome in ORDER)]
    more = (("not read", tally.unread), ("known", tally.known), ("accepted", tally.ignored))
    rows += [row for row in more if row[1]]
    lines = [f"{paint(f'{name:<10}', 'bold')}{count:>7}" for name, count in rows]
    most = sorted(tally.rules.items(), key=lambda item: (-item[1], item[0]))
    lines += ["", *(f"{count:>7}  {rule}" for rule, count in most[:TOP])] if most else []
    if len(most) > TOP:
        lines.append(f"         and {len(most) - TOP} more rules")
    return "\n".join(lines)
