"""A verdict in, the names of one sort that its code uses out: capabilities, modules, hosts, paths, commands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial, Unknown, show
from validator.model.verdict import Verdict

_DOORS: Final = frozenset({Kind.UNRESOLVED, Kind.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Listing:
    """What the code names of one sort, each with the line where it first does.

    `unknown` says that one more is named which could not be worked out; `doors` that the code does
    something which could not be worked out at all, and so might name anything. In a `branching` listing
    `fs` stands for everything below it, such as `fs.read`.
    """

    lines: Mapping[str, int]
    unknown: bool = False
    doors: bool = False
    branching: bool = False

    def covered(self, name: str, by: str) -> bool:
        """Whether a value written in the policy covers a name of the listing."""
        return name == by or (self.branching and name.startswith(by + "."))


def capabilities(verdict: Verdict) -> Listing:
    """The capabilities that the code uses."""
    lines = _first_lines((fact.capability, fact.span.line) for fact in verdict.facts)
    return Listing(
        {name: lines.get(name, 1) for name in verdict.capabilities}, doors=_has_doors(verdict), branching=True
    )


def findings(verdict: Verdict) -> Listing:
    """The ids of the rules that matched."""
    return Listing(_first_lines((finding.rule, finding.span.line) for finding in verdict.findings))


def imports(verdict: Verdict) -> Listing:
    """The modules that the code imports."""
    facts = [(fact, [fact.roles.get("module", fact.name)]) for fact in verdict.facts if fact.kind is Kind.IMPORT]
    return _listing(facts, verdict, branching=True)


def values(verdict: Verdict, branches: Sequence[str], roles: Sequence[str]) -> Listing:
    """What the given roles hold in the facts of the given capabilities; a power taken without them is unknown."""
    facts = [
        (fact, [fact.roles[role] for role in roles if role in fact.roles] or [UNKNOWN])
        for fact in verdict.facts
        if any(fact.capability == branch or fact.capability.startswith(branch + ".") for branch in branches)
    ]
    return _listing(facts, verdict)


def _listing(facts: Sequence[tuple[Fact, Sequence[Known]]], verdict: Verdict, *, branching: bool = False) -> Listing:
    texts = [(text, fact.span.line) for fact, held in facts for value in held for text in _texts(value)]
    return Listing(
        _first_lines((text, line) for text, line in texts if text is not None),
        unknown=any(text is None for text, _ in texts),
        doors=_has_doors(verdict),
        branching=branching,
    )


def _first_lines(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for name, line in pairs:
        lines[name] = min(line, lines.get(name, line))
    return lines


def _has_doors(verdict: Verdict) -> bool:
    return any(fact.kind in _DOORS for fact in verdict.facts)


def _texts(value: Known) -> Iterator[str | None]:
    """The texts that a role may hold, None for one that is not fully known; the words of a command are one text."""
    if isinstance(value, Choice):
        for option in value.options:
            yield from _texts(option)
    else:
        words = value if isinstance(value, tuple) else (value,)
        certain = not any(isinstance(word, Unknown | Partial | Choice | tuple) for word in words)
        yield show(value) if certain else None
