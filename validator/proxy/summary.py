"""A decision that asks in, three lines for the person who answers out."""

from collections.abc import Iterator
from typing import Final

from validator.model.cleanse import cleanse
from validator.model.decision import Decision
from validator.model.fact import Fact
from validator.model.known import UNKNOWN, show
from validator.model.verdict import Verdict

_LONGEST_LINE: Final = 240
_LONGEST_VALUE: Final = 60
_MOST_CAPABILITIES: Final = 6
_MOST_VALUES: Final = 3
# The role that says the most comes first; what is written or sent is not shown, for `validator approvals show` has it.
_TELLING: Final = ("command", "url", "host", "path", "target", "key", "module", "package", "library", "name")
_DULL: Final = ("import", "flow")
# A client may show the text as Markdown, where these would make a link, a picture or code of what an agent has written.
_PLAIN: Final = str.maketrans({"`": "'", "[": "(", "]": ")", "<": "‹", ">": "›", "|": "¦"})


def summarise(tool: str, decision: Decision) -> str:
    """Say what a call would do, without its secrets and without any character that could disguise it."""
    verdict = decision.verdict
    powers = "" if verdict is None else ", ".join(_powers(verdict))
    last = f"All of it: validator approvals show {decision.approval}"
    return "\n".join((_line(f"{tool} would use: {powers or 'nothing that we know'}"), _line(_worst(decision)), last))


def _worst(decision: Decision) -> str:
    verdict = decision.verdict
    found = () if verdict is None else verdict.findings
    if verdict is None or not found:
        return f"Asked by {decision.rule}"
    worst = max(found, key=lambda finding: finding.weight)
    return f"Worst, line {worst.span.line}: {worst.message} ({worst.rule}); score {verdict.score} of 100"


def _powers(verdict: Verdict) -> Iterator[str]:
    """The capabilities with the values they are used with; those that weigh the most first."""
    weights = {finding.fact.capability: finding.weight for finding in sorted(verdict.findings, key=lambda f: f.weight)}
    ranked = sorted(verdict.capabilities, key=lambda name: (name in _DULL, -weights.get(name, 0), name))
    for name in ranked[:_MOST_CAPABILITIES]:
        values = list(dict.fromkeys(filter(None, (_value(fact) for fact in verdict.facts if fact.capability == name))))
        more = [f"and {len(values) - _MOST_VALUES} more"] if len(values) > _MOST_VALUES else []
        told = ", ".join([*values[:_MOST_VALUES], *more])
        yield f"{name} ({told})" if told else name
    if len(ranked) > _MOST_CAPABILITIES:
        yield f"and {len(ranked) - _MOST_CAPABILITIES} more"


def _value(fact: Fact) -> str:
    roles = [fact.roles[role] for role in _TELLING if role in fact.roles]
    known = [value for value in roles if value is not UNKNOWN] or roles
    return _cut(cleanse(show(known[0])), _LONGEST_VALUE) if known else ""


def _line(text: str) -> str:
    return _cut("".join(map(_visible, cleanse(text))).translate(_PLAIN), _LONGEST_LINE)


def _visible(character: str) -> str:
    """The character, or its number where it would end the line, or hide or turn what follows."""
    return character if character.isprintable() else f"\\x{ord(character):02x}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
