"""A request for approval in, a page for the person who answers out: the whole call, and what was found in its code."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from validator.model.known import JsonValue
from validator.policy.approval import Piece, Request
from validator.scan.page import split_lines
from validator.scan.terminal import Paint, visible, width


def draw_request(request: Request, now: float, paint: Paint) -> str:
    """The whole page, without a line end at its end."""
    return "\n".join(_draw(request, now, paint))


def _draw(request: Request, now: float, paint: Paint) -> Iterator[str]:
    petition, binding = request.petition, request.petition.binding
    until = datetime.fromtimestamp(request.expires, UTC).isoformat(" ", "seconds")
    yield f"{paint(request.standing(now).upper(), 'yellow')}  {paint(request.id, 'bold')}  until {until}"
    yield visible(f"grant {binding.grant}, server {binding.server}, tool {binding.tool}")
    yield visible(f"asked by {', '.join(sorted(petition.asked))}: {petition.message}")
    for piece in petition.pieces:
        yield ""
        yield from _draw_piece(piece, paint)
    yield ""
    yield "Other arguments:" if petition.pieces else "Arguments:"
    yield from _draw_arguments(petition.arguments, {piece.origin for piece in petition.pieces})
    if petition.obstacles:
        yield ""
        yield visible(f"Not to be approved for other code: {', '.join(petition.obstacles)}")


def _draw_piece(piece: Piece, paint: Paint) -> Iterator[str]:
    """Every line of the code, and under each what was found there."""
    marks: dict[int, list[str]] = defaultdict(list)
    lines = split_lines(piece.code)
    for finding in piece.findings:
        line, column = _number(finding["line"]), _number(finding["column"])
        before = lines[line - 1][: column - 1] if 1 <= line <= len(lines) else ""
        said = visible(f"{finding['message']} ({finding['rule']})")
        mark = f"      | {' ' * width(before)}{paint('^', 'cyan')} {paint(said, 'red')}"
        if mark not in marks[line]:
            marks[line].append(mark)
    yield paint(visible(piece.origin), "bold")
    for number, text in enumerate(lines, 1):
        yield f"{paint(f'{number:>5} | ', 'faint')}{visible(text)}"
        yield from marks.pop(number, ())
    for left in marks.values():
        yield from left


def _draw_arguments(arguments: str, shown: set[str]) -> Iterator[str]:
    for name, value in json.loads(arguments).items():
        yield visible(f"  {name}: {'(above)' if f'args.{name}' in shown else json.dumps(value)}")


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0
