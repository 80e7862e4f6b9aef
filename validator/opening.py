"""A policy file in, the gate that holds calls against it out; everything that is wrong is said before any call."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from validator.gate import Gate
from validator.intake.tools import CodeTools, known_ways
from validator.judgment import judge_argument
from validator.model.errors import PolicyError, Problem
from validator.model.profile import NO_SETTINGS, SETTINGS, Settings, Site
from validator.policy.document import read_document, read_limited
from validator.policy.load import load_policy
from validator.policy.places import as_mapping
from validator.policy.terms import CodeRules, Policy
from validator.rulebook.load import Rulebook
from validator.rulebook.site import read_site

_GUARDED: Final = ("secrets", "persistence", "exfiltration")  # packs whose findings are never approved for other code
_NO_SITE: Final = Site(NO_SETTINGS, ())


@dataclass(frozen=True, slots=True)
class Opened:
    """A gate, and the files that it was made from."""

    gate: Gate
    files: tuple[Path, ...]


def open_policy(file: Path, base: Gate, book: Rulebook, clock: Callable[[], float]) -> Opened:
    """Put a gate under the policy of a file; raises ValidatorError with all that is wrong."""
    policy = load_policy(file)
    code = policy.code or CodeRules()
    problems = [*_problems(file, policy, base.server, base.tools), *_unknown_settings(file, code)]
    if code.profile not in book.profiles:
        advice = f"one of: {', '.join(sorted(book.profiles))}"
        problems.append(Problem(f"{file}#/code/profile", f"there is no profile {code.profile!r}", advice))
    if problems:
        raise PolicyError(*problems)
    settings_file = file.parent / code.settings_file if code.settings_file else None
    site, stamp = _NO_SITE, policy.digest
    if settings_file is not None:
        today = datetime.fromtimestamp(clock(), UTC).date()
        site, warnings = read_site(settings_file, {rule.id for rule in book.rules}, today)
        policy = replace(policy, warnings=(*policy.warnings, *warnings))
        # What a person approved under other settings was approved under another policy.
        stamp = sha256(policy.digest.encode() + settings_file.read_bytes()).hexdigest()
    book = replace(book, suppressions=site.suppressions)
    settings = _joined(site.settings, code.settings)
    if policy.code is not None:
        policy = replace(policy, code=replace(policy.code, settings=settings))
    gate = replace(
        base,
        policy=policy,
        judge=partial(judge_argument, book=book, profile=code.profile, settings=settings),
        guarded=frozenset(rule.id for rule in book.rules if rule.pack in _GUARDED),
        stamp=stamp,
        closed=None,
    )
    return Opened(gate, (file,) if settings_file is None else (file, settings_file))


def named_files(file: Path) -> tuple[Path, ...]:
    """The files that a policy is made of, as far as that can be told of one that may not load."""
    try:
        document = read_document(file, read_limited(file))
    except PolicyError:
        return (file,)
    named = as_mapping(as_mapping(document).get("code")).get("settings_file")
    return (file, file.parent / named) if isinstance(named, str) and named else (file,)


def _problems(file: Path, policy: Policy, server: str, tools: CodeTools) -> list[Problem]:
    """Rules that ask about the code of tools that are not known to carry any."""
    return [
        Problem(
            f"{file}#{rule}",
            f"asks about code, and {name!r} is not known to carry any",
            'say where: {"code": {"argument": "args.code"}}',
        )
        for name, rules in policy.tools.items()
        if rules.place is None and not known_ways(tools, server, name)
        for rule in rules.asking_about_code()
    ]


def _unknown_settings(file: Path, code: CodeRules) -> list[Problem]:
    """Settings that no rule asks for: a slip of the pen would otherwise allow nothing, in silence."""
    advice = f"one of: {', '.join(sorted(SETTINGS))}"
    return [
        Problem(f"{file}#/code/settings/{name}", f"there is no setting {name!r}", advice)
        for name in code.settings
        if name not in SETTINGS
    ]


def _joined(first: Settings, second: Settings) -> Settings:
    """What either says of each setting."""
    return {name: (*first.get(name, ()), *second.get(name, ())) for name in sorted({*first, *second})}
