"""A policy file in, the gate that holds calls against it out; everything that is wrong is said before any call."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from validator.gate import Gate
from validator.intake.tools import known_profiles, known_ways
from validator.judgment import judge_argument, judge_next
from validator.model.errors import PolicyError, Problem
from validator.model.profile import NO_SETTINGS, SETTINGS, Settings, Site
from validator.policy.document import read_document, read_limited
from validator.policy.load import load_policy
from validator.policy.places import as_mapping, place
from validator.policy.terms import NO_RULES, CodeRules, Policy
from validator.policy.words import Words, find_slips
from validator.rulebook.load import Rulebook
from validator.rulebook.match import UNLISTED
from validator.sessions import Judge, JudgeNext
from validator.worker.judging import Judging
from validator.worker.pool import Pool

_GUARDED: Final = ("secrets", "persistence", "exfiltration")  # packs whose findings are never approved for other code
_PLACE: Final = '{"code": {"argument": "args.code"}}'
_NO_SITE: Final = Site(NO_SETTINGS, ())


@dataclass(frozen=True, slots=True)
class Opened:
    """A gate, and the files that it was made from."""

    gate: Gate
    files: tuple[Path, ...]


def open_policy(file: Path, base: Gate, book: Rulebook, clock: Callable[[], float], pool: Pool | None = None) -> Opened:
    """Put a gate under the policy of a file; raises ValidatorError with all that is wrong.

    With a `pool`, code that is heavy is judged there.
    """
    policy = load_policy(file)
    code = policy.code or CodeRules()
    problems = [*_problems(file, policy, base, book), *_unknown_settings(file, code)]
    if code.profile not in book.profiles:
        advice = f"one of: {', '.join(sorted(book.profiles))}"
        problems.append(Problem(f"{file}#/code/profile", f"there is no profile {code.profile!r}", advice))
    if problems:
        raise PolicyError(*problems)
    policy = replace(policy, warnings=(*policy.warnings, *_unjudged(file, policy, base)))
    settings_file = file.parent / code.settings_file if code.settings_file else None
    site, stamp = _NO_SITE, policy.digest
    if settings_file is not None:
        # Slow to import, and most policies have no such file.
        from validator.rulebook.site import read_site

        today = datetime.fromtimestamp(clock(), UTC).date()
        site, warnings = read_site(settings_file, {rule.id for rule in book.rules}, today)
        policy = replace(policy, warnings=(*policy.warnings, *warnings))
        # What a person approved under other settings was approved under another policy.
        stamp = sha256(policy.digest.encode() + settings_file.read_bytes()).hexdigest()
    book = replace(book, suppressions=site.suppressions)
    settings = _joined(site.settings, code.settings)
    if policy.code is not None:
        policy = replace(policy, code=replace(policy.code, settings=settings))
    judge, following = _judges(pool, book, code.profile, settings)
    gate = replace(
        base,
        policy=policy,
        judge=judge,
        judge_next=following,
        guarded=frozenset(rule.id for rule in book.rules if rule.pack in _GUARDED),
        stamp=stamp,
        closed=None,
    )
    return Opened(gate, (file,) if settings_file is None else (file, settings_file))


def _judges(pool: Pool | None, book: Rulebook, profile: str, settings: Settings) -> tuple[Judge, JudgeNext]:
    """How to judge code by itself, and in a session; with a pool, what is heavy is judged there."""
    if pool is not None:
        judging = Judging(book, pool, profile, settings)
        return judging.judge, judging.judge_next
    alone = partial(judge_argument, book=book, profile=profile, settings=settings)
    return alone, partial(judge_next, book=book, profile=profile, settings=settings)


def named_files(file: Path) -> tuple[Path, ...]:
    """The files that a policy is made of, as far as that can be told of one that may not load."""
    try:
        document = read_document(file, read_limited(file))
    except PolicyError:
        return (file,)
    named = as_mapping(as_mapping(document).get("code")).get("settings_file")
    return (file, file.parent / named) if isinstance(named, str) and named else (file,)


def _problems(file: Path, policy: Policy, base: Gate, book: Rulebook) -> Iterator[Problem]:
    """Rules that ask about the code of tools that are not known to carry any, or for what nothing is called."""
    for name, rules in policy.tools.items():
        if rules.place is None and not known_ways(base.tools, base.server, name):
            reason = f"asks about code, and {name!r} is not known to carry any"
            yield from (Problem(f"{file}#{rule}", reason, f"say where: {_PLACE}") for rule in rules.asking_about_code())
    words = Words(book.capabilities, {UNLISTED, *(rule.id for rule in book.rules)})
    yield from (Problem(f"{file}#{slip.rule}", slip.reason, slip.advice) for slip in find_slips(policy, words))


def _unjudged(file: Path, policy: Policy, base: Gate) -> Iterator[Problem]:
    """Tools that a policy with a code block lets through although nothing in them is judged."""
    if policy.code is None:
        return
    if policy.allow_unlisted:
        reason = "lets every tool through that is not listed, and of those that no profile describes nothing is judged"
        yield Problem(f"{file}#/default", reason, f"write deny, or name the code of each such tool: {_PLACE}")
    for name, rules in policy.tools.items():
        described = rules.place is not None or known_profiles(base.tools, base.server, name)
        if rules == NO_RULES and not described and name not in policy.hidden:
            reason = f"tool {name!r}: nothing in it is judged"
            yield Problem(place(str(file), ("tools", name)), reason, f"name its code argument with {_PLACE}")


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
