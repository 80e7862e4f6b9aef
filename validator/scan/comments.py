"""A verdict and its source in; the verdict without the findings that a comment in the source accepts out.

    run(command)  # validator: ignore[program-started] The command is a constant of ours.

The comment stands on a line of the finding, or alone on the line above it. The gate knows nothing of such comments.
"""

import io
import re
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from validator.model.finding import Finding, Ignored
from validator.model.profile import Profile
from validator.model.verdict import Verdict
from validator.scan.page import split_lines
from validator.score import score

MARK: Final = "validator:"
_COMMENT: Final = re.compile(r"#\s*validator:\s*ignore\b(?:\[([^\]]*)\])?\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: its lines, the rules that it names, and the reason it gives."""

    lines: tuple[int, ...]
    rules: tuple[str, ...]
    reason: str


def accept(
    verdict: Verdict, content: str | bytes, profile: Profile, rules: Collection[str]
) -> tuple[Verdict, list[str]]:
    """Take out what comments accept; the notes tell which comments count for nothing, and why."""
    if not _may_hold(content):
        return verdict, []
    comments, notes = [], []
    for comment in _comments(content):
        problem = _problem(comment, rules)
        if problem:
            notes.append(f"line {comment.lines[0]}: the comment accepts nothing: {problem}")
        else:
            comments.append(comment)
    reasons = [_reason(finding, comments) for finding in verdict.findings]
    if not any(reasons):
        return verdict, notes
    pairs = list(zip(verdict.findings, reasons, strict=True))
    left = tuple(finding for finding, reason in pairs if not reason)
    ignored = (*verdict.ignored, *(Ignored(finding, reason) for finding, reason in pairs if reason))
    outcome, points = score(left, profile)
    return replace(verdict, outcome=outcome, score=points, findings=left, ignored=ignored), notes


def _may_hold(content: str | bytes) -> bool:
    return MARK in content if isinstance(content, str) else MARK.encode() in content


def _comments(content: str | bytes) -> Iterator[Comment]:
    """The comments that speak to us; what looks like one inside a text is none."""
    lines = split_lines(content)
    reader = io.StringIO("\n".join(lines)).readline
    try:
        for token in tokenize.generate_tokens(reader):
            if token.type == tokenize.COMMENT and (found := _COMMENT.match(token.string)) is not None:
                number = token.start[0]
                alone = not lines[number - 1][: token.start[1]].strip()
                rules = tuple(filter(None, (name.strip() for name in (found[1] or "").split(","))))
                yield Comment((number, number + 1) if alone else (number,), rules, found[2].strip())
    except (tokenize.TokenError, SyntaxError):
        return  # what stands behind it is not read as comments


def _problem(comment: Comment, rules: Collection[str]) -> str:
    """What is wrong with a comment; empty if nothing is."""
    if not comment.rules:
        return "it names no rule; write `# validator: ignore[rule-id] reason`"
    unknown = [name for name in comment.rules if name not in rules]
    if unknown:
        return f"there is no rule {', '.join(map(repr, unknown))}; `validator rules list` shows those there are"
    return "" if comment.reason else "it gives no reason; write it behind the bracket"


def _reason(finding: Finding, comments: Collection[Comment]) -> str:
    """Why a finding is accepted; empty if it is not."""
    lines = range(finding.span.line, finding.span.end_line + 1)
    return next(
        (
            comment.reason
            for comment in comments
            if finding.rule in comment.rules and any(line in lines for line in comment.lines)
        ),
        "",
    )
