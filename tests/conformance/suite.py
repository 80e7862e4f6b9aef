"""Runs of the conformance suite, and how two of them differ."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from tests.conformance.node import Node

ROOT: Final = Path(__file__).parents[2]
VERSIONS: Final = ("2025-11-25", "2026-07-28")
# Each scenario has 15 seconds of its own; a whole suite takes about five.
LIMIT: Final = 300
_FOLDER: Final = re.compile(r"(?:server-)?(.+)-\d{4}-\d\d-\d\dT[\d-]+Z")


@dataclass(frozen=True, slots=True, order=True)
class Check:
    """One thing that the suite looked at in a scenario, and what it found."""

    scenario: str
    id: str
    name: str
    status: str


# How often: a scenario can go through and yet have looked at less.
Outcome: TypeAlias = Counter[Check]


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """A check that came out more or less often through the proxy than without it."""

    check: Check
    direct: int
    through: int

    def __str__(self) -> str:
        check = self.check
        return (
            f"{check.scenario} {check.id} ({check.name}) {check.status}: {self.direct} direct, {self.through} through"
        )


def differences(direct: Outcome, through: Outcome) -> list[Difference]:
    """All checks of which the two runs have not the same number."""
    checks = sorted(direct.keys() | through.keys())
    return [Difference(check, direct[check], through[check]) for check in checks if direct[check] != through[check]]


def statuses(outcome: Outcome, scenario: str, check: str) -> dict[str, int]:
    """How often a check came out how."""
    counts: Counter[str] = Counter()
    for each, count in outcome.items():
        if (each.scenario, each.id) == (scenario, check):
            counts[each.status] += count
    return dict(counts)


def passed(outcome: Outcome) -> int:
    """How many checks went well."""
    return sum(count for check, count in outcome.items() if check.status == "SUCCESS")


def complaints(outcome: Outcome) -> list[Check]:
    """The checks that did not go well."""
    return sorted(check for check in outcome if check.status not in {"SUCCESS", "INFO", "SKIPPED"})


def server_suite(node: Node, url: str, version: str, folder: Path, scenario: str = "") -> Outcome:
    """What the suite finds in a server: all scenarios of a version of the protocol, or one."""
    chosen = ["--scenario", scenario] if scenario else ["--suite", "all"]
    arguments = ["--url", url, *chosen, "--spec-version", version, "--timeout", "15000", "-o", str(folder)]
    _run(node.suite("server", *arguments))
    return read(folder)


def client_scenario(node: Node, command: str, scenario: tuple[str, str], folder: Path) -> Outcome:
    """What the suite finds in a client, in a scenario and a version of the protocol."""
    name, version = scenario
    arguments = ["--command", command, "--scenario", name, "--spec-version", version, "--timeout", "60000"]
    _run(node.suite("client", *arguments, "-o", str(folder)))
    return read(folder)


def read(folder: Path) -> Outcome:
    """What the suite wrote down."""
    return Counter(check for path in sorted(folder.glob("*/checks.json")) for check in _checks(path))


def _checks(path: Path) -> Iterator[Check]:
    named = _FOLDER.fullmatch(path.parent.name)
    assert named is not None, f"the suite wrote a folder that is no scenario: {path.parent}"
    for check in json.loads(path.read_text()):
        yield Check(named[1], check["id"], check["name"], check["status"])


def _run(command: list[str]) -> None:
    """The exit code says no more than the checks do, which are compared one by one."""
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            process.communicate(timeout=LIMIT)
        finally:
            process.kill()
