"""A call as the audit tells it in, the call with the verdict on its code out; what was not kept is unknown.

Its arguments are gone, except for the names of the uppermost.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from validator.audit.read import Told
from validator.model.call import Call
from validator.model.cleanse import WITHHELD
from validator.model.decision import Action
from validator.model.errors import AuditError, Problem
from validator.model.fact import Fact, Kind, Span
from validator.model.finding import Confidence, Finding, Severity
from validator.model.known import UNKNOWN, Choice, Known, Partial
from validator.model.verdict import Outcome, Verdict

_CUT: Final = re.compile(r"(.*)… \(\d+ characters\)", re.DOTALL)
_CUT_FACT: Final = Fact(Kind.UNRESOLVED, "unresolved.cut", "(more than the audit keeps)")


@dataclass(frozen=True, slots=True)
class Past:
    """One call that was decided on: when, how and by which rule.

    `keys` are the names of its arguments, `approved` says that a person has let it pass or was asked to.
    """

    sequence: int
    time: float
    call: Call
    keys: frozenset[str]
    verdict: Verdict | None
    lines: int
    action: Action
    rule: str
    outcome: str
    approved: bool


def restore(told: Told) -> Past:
    """Bring back what was decided on; raises AuditError when the record says something else than records say."""
    found: dict[str, Any] = dict(told)
    try:
        return Past(
            sequence=int(found["sequence"]),
            time=float(found["time"]),
            call=Call(
                *(str(found["tool"]), {}, str(found["grant"]), str(found["server"]), str(found["request"])),
                session=str(found["session"]) or None,
            ),
            keys=frozenset(map(str, found["keys"])),
            verdict=_verdict(found) if "verdict" in found else None,
            lines=int(found["lines"]),
            action=Action(found["decision"]),
            rule=str(found["rule"]),
            outcome=str(found["outcome"]),
            approved=bool(found["approval"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        place = f"record {found.get('sequence')}"
        reason = f"cannot be replayed: {type(error).__name__} {error}"
        raise AuditError(
            Problem(place, reason, "it was written by another version, or is damaged: verify it")
        ) from error


def _verdict(found: dict[str, Any]) -> Verdict:
    return Verdict(
        outcome=Outcome(found["verdict"]),
        score=int(found["score"]),
        findings=tuple(_finding(each) for each in found["findings"] if isinstance(each, dict)),
        facts=tuple(_fact(each) for each in found["facts"]),
        capabilities=tuple(map(str, found["capabilities"])),
        digest=str(found["digest"]),
        profile=str(found["profile"]),
    )


def _fact(told: Any) -> Fact:
    if not isinstance(told, dict):
        return _CUT_FACT
    roles = {str(role): _known(value) for role, value in told["roles"].items()}
    return Fact(Kind(told["kind"]), str(told["capability"]), str(told["name"]), roles, _span(told))


def _finding(told: dict[str, Any]) -> Finding:
    fact = Fact(Kind.MENTION, str(told["capability"]), "", span=_span(told))
    severity, confidence = Severity(told["severity"]), Confidence(told["confidence"])
    texts = str(told["message"]), str(told["remedy"])
    return Finding(str(told["rule"]), severity, confidence, int(told["weight"]), *texts, fact)


def _span(told: dict[str, Any]) -> Span:
    line, column = int(told["line"]), int(told["column"])
    return Span(line, column, line, column)


def _known(value: Any) -> Known:
    match value:
        case str():
            return _text(value)
        case list():
            return tuple(map(_known, value))
        case {"pieces": [*pieces]}:
            return Partial(tuple(UNKNOWN if piece is None else str(piece) for piece in pieces))
        case {"one_of": [*options]}:
            return Choice(tuple(map(_known, options)))
        case int() | float() | None:
            return value
        case _:
            return UNKNOWN


def _text(value: str) -> Known:
    """What only looks as if it was withheld or cut is taken for unknown too: that is never the safe side."""
    cut = _CUT.fullmatch(value)
    first, *rest = (value if cut is None else cut[1]).split(WITHHELD)
    pieces = [first, *(piece for text in rest for piece in (UNKNOWN, text)), *([UNKNOWN] if cut is not None else [])]
    known = tuple(piece for piece in pieces if piece)
    return value if len(pieces) == 1 else UNKNOWN if known == (UNKNOWN,) else Partial(known)
