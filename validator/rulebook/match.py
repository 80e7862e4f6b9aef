"""Facts and rules in, findings out; pure, and quick where nothing is found."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from validator.model.fact import Fact, Kind
from validator.model.finding import Confidence, Finding, Severity
from validator.model.known import UNKNOWN, show
from validator.model.profile import NO_SETTINGS, Profile, Settings
from validator.rulebook.holds import may_hold, surely_holds
from validator.rulebook.rule import NO, Condition, Guard, Leaf, Listing, Post, Rule, Rulebook, Status, Triggers
from validator.rulebook.sight import Sight

LONGEST_VALUE: Final = 80
UNLISTED: Final = "not-on-the-list"
# What a call reaches: an entry of a list that does not speak of one of these does not cover a call that has it.
REACHES: Final = frozenset({"path", "target", "host", "command", "code", "module", "key", "package", "library"})
PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
Hits: TypeAlias = dict[int, list[Sight]]  # by the identity of the leaf that matches them


def find(
    facts: Sequence[Fact],
    book: Rulebook,
    settings: Settings = NO_SETTINGS,
    profile: Profile | None = None,
    *,
    drafts: bool = False,
) -> tuple[Finding, ...]:
    """Every stable rule that matches, once for each fact; drafts only on request."""
    hits, positions = _hits(facts, book, settings)
    findings: list[Finding] = []
    for rule in (book.rules[position] for position in sorted(positions)):
        if rule.status is Status.STABLE or (drafts and rule.status is Status.DRAFT):
            matched = {id(sight): sight.fact for sight in _matched(rule.match, hits, settings)}
            findings += [_finding(rule, fact, profile) for fact in matched.values()]
    listing = book.listings.get(profile.name) if profile is not None else None
    if listing is not None:
        findings += [_unlisted(fact, listing) for fact in facts if not _listed(Sight(fact), listing, settings)]
    return tuple(sorted(findings, key=lambda finding: (finding.span, finding.rule)))


def fill(template: str, fact: Fact) -> str:
    """A message with its placeholders filled: one line, nothing hidden, no endless values."""
    return PLACEHOLDER.sub(lambda found: _told(found.group(1), fact), template)


def _hits(facts: Sequence[Fact], book: Rulebook, settings: Settings) -> tuple[Hits, set[int]]:
    """The facts that each leaf matches, and the rules (by position) that have such a leaf."""
    hits: Hits = {}
    positions: set[int] = set()
    for fact in facts:
        sight = Sight(fact)
        for post in _posts(book.triggers(fact), sight, settings):
            if _incriminates(post.rest, sight, settings):
                hits.setdefault(id(post.leaf), []).append(sight)
                positions.add(post.position)
    return hits, positions


def _posts(triggers: Triggers, sight: Sight, settings: Settings) -> Iterator[Post]:
    """The leaves whose first test the fact passes, and those that have none."""
    yield from triggers.others
    if triggers.by_name:
        name = sight.fact.name
        while name:
            yield from triggers.by_name.get(name, ())
            name = name.rpartition(".")[0]
    for role in sight.fact.roles:
        choice = triggers.by_role.get(role)
        if choice is not None:
            options = sight[role]
            for branch in choice.choose(options):
                if may_hold(branch.tests, options, settings):
                    yield from branch.posts


def _matched(condition: Condition, hits: Hits, settings: Settings) -> list[Sight]:
    if isinstance(condition, Leaf):
        found = hits.get(id(condition), [])
    else:
        members = [_matched(member, hits, settings) for member in condition.members]
        found = [sight for member in members for sight in member]
        if condition.every:
            found = members[0] if all(members) else []
    if not (found and condition.unless):
        return found
    return [sight for sight in found if not any(_excuses(guard, sight, settings) for guard in condition.unless)]


def _incriminates(guard: Guard, sight: Sight, settings: Settings) -> bool:
    for role, tests in guard.where:
        if not may_hold(tests, sight[role], settings):
            return False
    return guard.names is None or guard.names(sight.name, settings) is not NO


def _excuses(guard: Guard, sight: Sight, settings: Settings) -> bool:
    for role, tests in guard.where:
        if not surely_holds(tests, sight[role], settings):
            return False
    return guard.names is None or guard.names(sight.name, settings) is not NO


def _listed(sight: Sight, listing: Listing, settings: Settings) -> bool:
    """Whether an entry surely speaks of this fact, and of all that it reaches; a capability stands for itself alone."""
    fact = sight.fact
    reached = REACHES & fact.roles.keys() if fact.kind is not Kind.FLOW else frozenset()
    return any(
        leaf.kind is fact.kind
        and fact.capability in leaf.capabilities
        and reached <= {role for role, _ in leaf.guard.where}
        and _excuses(leaf.guard, sight, settings)
        for leaf in listing.entries
    )


def _unlisted(fact: Fact, listing: Listing) -> Finding:
    message = fill("{name} ({capability}) is not on the list of what this profile lets pass", fact)
    remedy = "Leave it out, or write it so that what it reaches is plain to see and allowed by the site."
    return Finding(UNLISTED, Severity.MEDIUM, Confidence.LOW, listing.weight, message, remedy, fact)


def _finding(rule: Rule, fact: Fact, profile: Profile | None) -> Finding:
    weight = rule.weight if profile is None else profile.weights.get(rule.id, rule.weight)
    message = fill(rule.message, fact)
    return Finding(rule.id, rule.severity, rule.confidence, weight, message, rule.remedy, fact, rule.attack)


def _told(placeholder: str, fact: Fact) -> str:
    """What a placeholder stands for: `{target|path}` is the first of these roles that the fact has."""
    if placeholder == "name":
        return _visible(fact.name)
    if placeholder == "capability":
        return _visible(fact.capability)
    held = (fact.roles[role] for role in placeholder.split("|") if role in fact.roles)
    return _visible(show(next(held, UNKNOWN)))


def _visible(text: str) -> str:
    cut = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in cut)
