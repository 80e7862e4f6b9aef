"""A verdict in, its plain form out: what reports show, and what may travel between processes."""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from validator.model.fact import Kind, Span
from validator.model.finding import Confidence, Finding, Severity
from validator.model.profile import Profile
from validator.model.verdict import Outcome, Verdict
from validator.scan.carried import Carried
from validator.scan.page import split_lines
from validator.scan.sample import Sample
from validator.score import score

HASH: Final = 32  # hexadecimal digits of a fingerprint


@dataclass(frozen=True, slots=True)
class Found(Carried):
    """One finding; `fingerprint` stays when lines move, `known` says that the baseline has it.

    `origin` is where the data of a flow was read; `reason` is why the finding was accepted, where it was, and
    `commented` that a comment in the source says so.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    weight: int
    message: str
    remedy: str
    capability: str
    attack: tuple[str, ...]
    span: Span
    steps: tuple[str, ...]
    origin: Span | None
    fingerprint: str
    known: bool = False
    reason: str = ""
    commented: bool = False


@dataclass(frozen=True, slots=True)
class Remarks:
    """What comments in the source did: the notes on those that count for nothing, and how many findings they accept."""

    notes: tuple[str, ...] = ()
    accepted: int = 0


NO_REMARKS: Final = Remarks()


@dataclass(frozen=True, slots=True)
class Judged(Carried):
    """What is said of one sample; `counted` is the outcome without the findings that the baseline has.

    `read` says that there was code and that we could judge it; `notes` are for the person who keeps the sample.
    """

    outcome: Outcome
    counted: Outcome
    score: int
    findings: tuple[Found, ...]
    ignored: tuple[Found, ...]
    capabilities: tuple[str, ...]
    digest: str
    read: bool = True
    notes: tuple[str, ...] = ()


def describe(
    sample: Sample, verdict: Verdict, profile: Profile | None, known: Collection[str], remarks: Remarks = NO_REMARKS
) -> Judged:
    """Make a verdict plain; without a profile no judge gave it, and nothing of it is ever known."""
    lines = split_lines(sample.content) if verdict.findings or verdict.ignored else []
    counts: Counter[tuple[str, str]] = Counter()
    name = sample.key or verdict.digest
    findings, fresh = [], []
    for finding in verdict.findings:
        mark = _fingerprint(finding, name, lines, counts)
        is_known = profile is not None and mark in known
        findings.append(_found(finding, mark, is_known))
        if not is_known:
            fresh.append(finding)
    settled = len(verdict.ignored) - remarks.accepted
    ignored = tuple(
        replace(
            _found(each.finding, _fingerprint(each.finding, name, lines, counts)),
            reason=each.reason,
            commented=number >= settled,
        )
        for number, each in enumerate(verdict.ignored)
    )
    is_same = profile is None or len(fresh) == len(findings)
    return Judged(
        verdict.outcome,
        verdict.outcome if is_same or profile is None else score(fresh, profile)[0],
        verdict.score,
        tuple(findings),
        ignored,
        verdict.capabilities,
        verdict.digest,
        profile is not None,
        remarks.notes,
    )


def _fingerprint(finding: Finding, name: str, lines: Sequence[str], counts: Counter[tuple[str, str]]) -> str:
    """Rule, sample and the text it stands in, with a number where that is the same more than once."""
    span = finding.span
    text = "\n".join(line.strip() for line in lines[span.line - 1 : span.end_line])
    counts[finding.rule, text] += 1
    told = "\0".join((name, finding.rule, text, str(counts[finding.rule, text])))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:HASH]


def _found(finding: Finding, mark: str, known: bool = False) -> Found:
    fact = finding.fact
    return Found(
        finding.rule,
        finding.severity,
        finding.confidence,
        finding.weight,
        finding.message,
        finding.remedy,
        fact.capability,
        finding.attack,
        finding.span,
        fact.steps,
        fact.origin if fact.kind is Kind.FLOW else None,
        mark,
        known,
    )
