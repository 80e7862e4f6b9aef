"""One HTML page that needs nothing else: figures, charts, a table to filter, and sources with marked findings.

The page shows the worst samples only; its figures and charts count all. Charts are drawn here as SVG, for a library
of charts would be twenty times the size of the rest of the page. What samples hold is data to the page, never markup.
"""

import heapq
import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final, TextIO

from validator.model.known import JsonValue
from validator.scan.engine import Said
from validator.scan.judged import Judged
from validator.scan.page import split_lines
from validator.scan.reports.charts import draw_bars, draw_scores
from validator.scan.reports.context import Context
from validator.scan.reports.whole import sample_to_dict
from validator.scan.sample import Sample
from validator.scan.tally import Tally
from validator.scan.threshold import ORDER

MOST: Final = 2_000  # samples on the page
LONGEST: Final = 20_000  # characters of a source on the page
PARTS: Final = Path(__file__).parent


@dataclass(order=True, slots=True)
class _Ranked:
    """A sample on the page: the worse, and among equals the earlier, the later it has to give way."""

    badness: tuple[int, int, int]
    row: dict[str, JsonValue] = field(compare=False)


def write_html(said: Iterable[Said], context: Context, file: TextIO) -> None:
    """Write the page once all samples have passed."""
    kept: list[_Ranked] = []
    for number, (sample, judged) in enumerate(said):
        badness = (ORDER.index(judged.counted), judged.score, -number)
        if len(kept) < MOST:
            heapq.heappush(kept, _Ranked(badness, _row(sample, judged)))
        elif badness > kept[0].badness:
            heapq.heapreplace(kept, _Ranked(badness, _row(sample, judged)))
    rows = [each.row for each in sorted(kept, reverse=True)]
    file.write(_page(rows, context))


def _row(sample: Sample, judged: Judged) -> dict[str, JsonValue]:
    lines = split_lines(sample.content) if judged.read else []
    first = sample.place.line if sample.place.inside else 1
    source = "\n".join(lines)
    cut = source[:LONGEST]
    return {**sample_to_dict(sample, judged), "source": cut, "first": first, "cut": len(cut) < len(source)}


def _page(rows: Sequence[dict[str, JsonValue]], context: Context) -> str:
    style, script = ((PARTS / name).read_text("utf-8") for name in ("page.css", "page.js"))
    # In a page, `<` inside a script could end it; as an escape it cannot. Half a pair of surrogates is no text.
    data = json.dumps(rows).replace("<", "\\u003c")
    parts = {
        "policy": f"default-src 'none'; style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'",
        "style": style,
        "figures": _figures(context.tally),
        "charts": _charts(context.tally),
        "shown": _shown(len(rows), context.tally.samples),
        "profile": escape(context.profile),
        "version": escape(context.version),
        "data": data,
        "script": script,
    }
    # Cut at the marks first, so that no part is looked through for another's mark.
    head, *pieces = (PARTS / "page.html").read_text("utf-8").split("{{")
    named = (piece.partition("}}") for piece in pieces)
    return head + "".join(parts[name] + rest for name, _, rest in named)


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _shown(shown: int, total: int) -> str:
    return f"all {total:,} samples" if shown == total else f"the {shown:,} worst of {total:,} samples"


def _figures(tally: Tally) -> str:
    figures = [("samples", tally.samples, ""), *((each.value, tally.outcomes[each], each.value) for each in ORDER)]
    figures += [(name, count, "") for name, count in (("not read", tally.unread), ("known", tally.known)) if count]
    figures += [("accepted", tally.ignored, "")] if tally.ignored else []
    return "".join(
        f'<div class="figure {kind}"><b>{count:,}</b><span>{name}</span></div>' for name, count, kind in figures
    )


def _charts(tally: Tally) -> str:
    charts = (
        ("Rules", "samples in which a rule found something", draw_bars(tally.rules)),
        ("Capabilities", "samples that use one", draw_bars(tally.capabilities)),
        ("Scores", "samples by points", draw_scores(tally.scores)),
    )
    return "".join(
        f'<section class="chart"><h2>{title}</h2><p>{note}</p>{drawn}</section>' for title, note, drawn in charts
    )
