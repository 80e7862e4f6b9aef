"""An explanation in, lines for a person out: where the points come from, and what would have changed the verdict."""

from collections.abc import Iterator

from validator.explanation import Change, Explanation
from validator.scan.page import TINTS
from validator.scan.terminal import Paint, visible
from validator.score import CEILING


def draw_explanation(explanation: Explanation, paint: Paint) -> str:
    """The block that follows the page of a verdict."""
    return "\n".join([*_draw_points(explanation, paint), *_draw_changes(explanation, paint)])


def _draw_points(explanation: Explanation, paint: Paint) -> Iterator[str]:
    limits = f"review at {explanation.review_at}, deny at {explanation.deny_at}"
    yield f"{paint('Points', 'bold')} ({limits}; each rule counts once)"
    for each in explanation.contributions:
        times = f"  ({each.findings} findings)" if each.findings > 1 else ""
        yield f"{each.points:>5}  {each.rule}{times}"
    over = f", of which {CEILING} count" if explanation.points > CEILING else ""
    yield f"{explanation.points:>5}  in all{over}"


def _draw_changes(explanation: Explanation, paint: Paint) -> Iterator[str]:
    if not explanation.changes:
        return
    yield ""
    yield paint("What would have changed the verdict", "bold")
    for change in explanation.changes:
        outcome = paint(f"{change.outcome.value:<6}", TINTS[change.outcome])
        yield f"  {outcome} {change.score:>3}  if {visible(_tell(change))}"
    if explanation.untried:
        yield f"  {explanation.untried} more settings and rules were not tried"


def _tell(change: Change) -> str:
    """The change in words: `api.example.com were in allowed_hosts`."""
    parts = [f"{value} were in {name}" for name, value in change.settings]
    return " and ".join([*parts, *(f"{rule} did not count" for rule in change.without)])
