"""Findings and what the site has accepted in; findings that count and findings that do not out."""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from validator.model.fact import Fact, Kind
from validator.model.finding import Finding, Ignored
from validator.model.profile import NO_SETTINGS, Settings, Suppression
from validator.rulebook.holds import surely_holds
from validator.rulebook.hosts import host
from validator.rulebook.predicates import named
from validator.rulebook.rule import NO, SURE, Certainty, Predicate, ValueTest
from validator.rulebook.sight import Seen, Sight, complete, see

# The roles that speak of a target: each of them that a fact has must surely fit.
ROLES: Final[Mapping[str, frozenset[str]]] = {
    "host": frozenset({"host", "url", "address"}),
    "path": frozenset({"path", "target"}),
    "command": frozenset({"command"}),
}
WITHIN_A_NAME: Final = "[^/]*"
WITHIN_A_COMMAND: Final = r"[^;&|<>$`(){}\\\n\r]*"  # nothing that a shell would take for more than a word


def suppress(
    findings: Iterable[Finding], suppressions: Sequence[Suppression]
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    """The findings that count, and those that the site has accepted, each with its reason."""
    counted: list[Finding] = []
    ignored: list[Ignored] = []
    for finding in findings:
        match = next((each for each in suppressions if _accepts(each, finding)), None)
        if match is None:
            counted.append(finding)
        else:
            ignored.append(Ignored(finding, match.reason, match.expires))
    return tuple(counted), tuple(ignored)


def _accepts(suppression: Suppression, finding: Finding) -> bool:
    return suppression.rule == finding.rule and all(
        _has_target(finding.fact, target, glob) for target, glob in suppression.targets.items()
    )


def _has_target(fact: Fact, target: str, glob: str) -> bool:
    if target == "module":
        speaks_of_one = fact.kind in (Kind.IMPORT, Kind.CALL, Kind.MENTION)
        return speaks_of_one and named((glob,))(Sight(fact).name, NO_SETTINGS) is SURE
    values = [value for role, value in fact.roles.items() if role in ROLES[target]]
    return bool(values) and all(surely_holds((_test(target, glob),), see(value), NO_SETTINGS) for value in values)


@lru_cache(maxsize=256)
def _test(target: str, glob: str) -> ValueTest:
    if target == "host":
        return ValueTest((_host(glob),))
    if target == "path":
        return ValueTest((_paths(_path_pattern(glob)),))
    words = re.compile(WITHIN_A_COMMAND.join(map(re.escape, glob.split("*"))))
    return ValueTest((_command(words),))


def _host(glob: str) -> Predicate:
    names = host((glob,))

    def predicate(seen: Seen, settings: Settings) -> Certainty:
        # An address is a pair of host and port.
        first, *_ = see(seen.value[0]) if isinstance(seen.value, tuple) and seen.value else (seen,)
        return names(first, settings)

    return predicate


def _paths(pattern: re.Pattern[str]) -> Predicate:
    """Each path is known and fits, however it is written."""

    def predicate(seen: Seen, _settings: Settings) -> Certainty:
        texts = [complete(pieces) for pieces in seen.items]
        fits = all(text is not None and pattern.fullmatch(posixpath.normpath(text)) for text in texts)
        return SURE if texts and fits else NO

    return predicate


def _command(pattern: re.Pattern[str]) -> Predicate:
    """The command is known, and all of it fits; a list of words is one line."""

    def predicate(seen: Seen, _settings: Settings) -> Certainty:
        return SURE if seen.whole is not None and pattern.fullmatch(seen.whole) else NO

    return predicate


def _path_pattern(glob: str) -> re.Pattern[str]:
    """`*` is anything in one name, `**` anything below; what climbs out of a folder fits nothing but itself."""
    parts = [re.escape(part).replace(r"\*", WITHIN_A_NAME) for part in posixpath.normpath(glob).split("/")]
    below = "/".join(".+" if part == WITHIN_A_NAME * 2 else part for part in parts)
    return re.compile(below if glob.startswith("..") else rf"(?!\.\.(?:/|$)){below}")
