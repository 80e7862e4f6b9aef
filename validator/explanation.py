"""A verdict in, its reasons out: what each rule added, and what would have changed the outcome, by judging again."""

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from validator.judgment import judge_facts
from validator.model.fact import Fact, Kind
from validator.model.known import JsonValue
from validator.model.profile import Settings
from validator.model.verdict import Outcome, Verdict
from validator.rulebook.rule import Rulebook
from validator.rulebook.sight import complete, pieces_of
from validator.score import CEILING, contributions, score

MOST: Final = 20  # settings and rules that are tried
ORDER: Final = tuple(Outcome)
# Which setting would speak of a role; what a path lies in would be the workspace.
SETTINGS: Final = (
    ("host", "network", "allowed_hosts"),
    ("host", "flow", "allowed_hosts"),
    ("key", "env", "allowed_env"),
    ("command", "process", "allowed_commands"),
    ("package", "package", "allowed_packages"),
    ("path", "fs", "workspace"),
    ("target", "fs", "workspace"),
)
TOO_WIDE: Final = frozenset({"", "/", "~", "..", "."})


@dataclass(frozen=True, slots=True)
class Contribution:
    """The points of one rule, which counts once however many findings it has."""

    rule: str
    points: int
    findings: int


@dataclass(frozen=True, slots=True)
class Change:
    """Settings that are added and rules that do not count, and the verdict that this gives."""

    settings: tuple[tuple[str, str], ...]
    without: tuple[str, ...]
    outcome: Outcome
    score: int

    def to_dict(self) -> dict[str, JsonValue]:
        """The change as JSON."""
        added: dict[str, JsonValue] = {}
        for name in dict(self.settings):
            added[name] = [value for other, value in self.settings if other == name]
        return {
            "settings": added,
            "without": list(self.without),
            "verdict": self.outcome.value,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a verdict is what it is; `untried` counts the settings and rules beyond those that were tried."""

    review_at: int
    deny_at: int
    contributions: tuple[Contribution, ...]
    changes: tuple[Change, ...]
    untried: int = 0

    @property
    def points(self) -> int:
        """The sum of all contributions, of which no more than 100 count."""
        return sum(each.points for each in self.contributions)

    def to_dict(self) -> dict[str, JsonValue]:
        """The explanation as JSON."""
        parts: list[JsonValue] = [
            {"rule": each.rule, "points": each.points, "findings": each.findings} for each in self.contributions
        ]
        return {
            "review_at": self.review_at,
            "deny_at": self.deny_at,
            "ceiling": CEILING,
            "points": self.points,
            "contributions": parts,
            "changes": [change.to_dict() for change in self.changes],
            "untried": self.untried,
        }


@dataclass(frozen=True, slots=True)
class _Case:
    """What was judged, and under what; judged again under a change."""

    verdict: Verdict
    book: Rulebook
    settings: Settings

    def under(self, added: Sequence[tuple[str, str]] = (), without: Sequence[str] = ()) -> Change:
        """The verdict with these settings added, and with these rules left out."""
        settings = dict(self.settings)
        for name, value in added:
            settings[name] = (*settings.get(name, ()), value)
        again = judge_facts(self.verdict.facts, self.verdict.digest, self.book, self.verdict.profile, settings)
        counted = (finding for finding in again.findings if finding.rule not in without)
        return Change(tuple(added), tuple(without), *score(counted, self.book.profiles[self.verdict.profile]))

    def milder(self, change: Change) -> bool:
        """Whether the outcome of a change is milder than that of the verdict."""
        return ORDER.index(change.outcome) < ORDER.index(self.verdict.outcome)


def explain(verdict: Verdict, book: Rulebook, settings: Settings) -> Explanation:
    """Explain a verdict that was given with this rulebook and these settings."""
    profile = book.profiles[verdict.profile]
    count = Counter(finding.rule for finding in verdict.findings)
    shares = contributions(verdict.findings)
    case = _Case(verdict, book, settings)
    added = tuple(dict.fromkeys(_settings(verdict)))
    unread = {finding.rule for finding in verdict.findings if finding.fact.kind is Kind.UNREADABLE}
    rules = tuple(rule for rule in shares if rule not in unread)
    return Explanation(
        profile.review_at,
        profile.deny_at,
        tuple(Contribution(rule, points, count[rule]) for rule, points in shares.items()),
        tuple(_changes(case, added[:MOST], rules[:MOST])),
        max(0, len(added) - MOST) + max(0, len(rules) - MOST),
    )


def _changes(case: _Case, added: Sequence[tuple[str, str]], rules: Sequence[str]) -> Iterator[Change]:
    """Every single change that makes the outcome milder; where no setting allows, the few changes that do together."""
    if case.verdict.outcome is Outcome.ALLOW:
        return
    single = [*(case.under((one,)) for one in added), *(case.under((), (rule,)) for rule in rules)]
    helpful = [change for change in single if case.milder(change)]
    yield from helpful
    if not any(change.settings and _allows(change) for change in helpful):
        together = _together(case, added, rules)
        if together is not None and together not in helpful:
            yield together


def _together(case: _Case, added: Sequence[tuple[str, str]], rules: Sequence[str]) -> Change | None:
    """Settings before rules, and no more of either than it takes."""
    steps = range(len(rules) + 1)
    found = next((change for n in steps if _allows(change := case.under(added, rules[:n]))), None)
    if found is None:
        return None
    for rule in found.without:
        fewer = case.under(found.settings, [other for other in found.without if other != rule])
        found = fewer if _allows(fewer) else found
    for one in found.settings:
        fewer = case.under([other for other in found.settings if other != one], found.without)
        found = fewer if _allows(fewer) else found
    return found


def _allows(change: Change) -> bool:
    return change.outcome is Outcome.ALLOW


def _settings(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """The settings that would speak of what was found, as far as it is known."""
    for finding in verdict.findings:
        fact = finding.fact
        if fact.capability == "import.unknown":
            yield "allowed_modules", fact.name
        for role, capability, setting in SETTINGS:
            if role in fact.roles and f"{fact.capability}.".startswith(f"{capability}."):
                yield from _setting(fact, role, setting)


def _setting(fact: Fact, role: str, setting: str) -> Iterator[tuple[str, str]]:
    text = complete(pieces_of(fact.roles[role]))
    if text is None:
        return
    value = posixpath.dirname(posixpath.normpath(text)) if setting == "workspace" else text
    if setting != "workspace" or value not in TOO_WIDE:
        yield setting, value
