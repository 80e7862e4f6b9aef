"""A name in, what judges by it out: a profile, a folder of rules with a profile, or a policy."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias

from validator.gate import Gate
from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action
from validator.model.errors import Problem, TuneError
from validator.model.known import JsonValue
from validator.model.profile import NO_SETTINGS
from validator.model.verdict import Outcome, Verdict
from validator.policy.memory import MemoryStore
from validator.policy.terms import NO_RULES
from validator.rulebook.load import Rulebook, load_rulebook
from validator.rulebook.site import read_site
from validator.trial import open_trial

OUTCOMES: Final = {Action.FORWARD: Outcome.ALLOW, Action.ASK: Outcome.REVIEW, Action.REFUSE: Outcome.DENY}
POLICIES: Final = frozenset({".json", ".yaml", ".yml"})
Judge: TypeAlias = Callable[[Argument], tuple[Outcome, Verdict | None]]
"""An argument to what becomes of it, and to the verdict that this rests on."""


@dataclass(frozen=True, slots=True)
class Side:
    """What judges: `rules` None are those that ship; with a `policy`, its decision on a call of `tool` counts."""

    profile: str = "balanced"
    rules: Path | None = None
    settings: Path | None = None
    policy: Path | None = None
    tool: str = ""

    @property
    def name(self) -> str:
        """What a person knows it by."""
        if self.policy is not None:
            return self.policy.as_posix()
        return self.profile if self.rules is None else f"{self.rules.as_posix()}#{self.profile}"


def name_side(text: str, profile: str = "balanced", tool: str = "") -> Side:
    """The side that a text names: a policy file, `FOLDER`, `FOLDER#PROFILE`, or a profile of the rules that ship."""
    path = Path(text)
    if path.suffix in POLICIES:
        return Side(policy=path, tool=tool)
    folder, mark, chosen = text.rpartition("#")
    if mark:
        return Side(profile=chosen, rules=Path(folder))
    return Side(profile=profile, rules=path) if path.is_dir() else Side(profile=text)


def load_side(side: Side) -> Rulebook:
    """The rulebook of a side; raises RuleError, SettingsError or TuneError."""
    book = load_rulebook(side.rules)
    if side.profile not in book.profiles:
        advice = f"name a folder of rules, a policy file, or one of: {', '.join(sorted(book.profiles))}"
        raise TuneError(Problem(side.name, f"there is no profile {side.profile!r}", advice))
    return book


def open_side(side: Side) -> Judge:
    """What judges arguments as a side does; raises what keeps it from doing so."""
    if side.policy is not None:
        return _by_policy(side, side.policy)
    book, settings = load_side(side), NO_SETTINGS
    if side.settings is not None:
        site, _ = read_site(side.settings, {rule.id for rule in book.rules}, date.today())
        book, settings = replace(book, suppressions=site.suppressions), site.settings

    def judge(argument: Argument) -> tuple[Outcome, Verdict | None]:
        verdict = judge_argument(argument, book, profile=side.profile, settings=settings)
        return verdict.outcome, verdict

    return judge


def _by_policy(side: Side, file: Path) -> Judge:
    """The decision of a policy on a call that carries the argument and nothing else; every counter stands at zero."""
    gate = open_trial(file, time.time())
    tool, keys = _carrier(gate, file, side.tool)

    def judge(argument: Argument) -> tuple[Outcome, Verdict | None]:
        content = argument.content
        carried: JsonValue = content if isinstance(content, str) else content.decode("utf-8", "backslashreplace")
        for key in reversed(keys[1:]):
            carried = {key: carried}
        call = Call(tool, {keys[0]: carried}, grant=gate.grant, server=gate.server)
        decision = replace(gate, store=MemoryStore()).inspect(call).decision
        return OUTCOMES[decision.action], decision.verdict

    return judge


def _carrier(gate: Gate, file: Path, wanted: str) -> tuple[str, list[str]]:
    """The tool that carries the code, and the keys that lead to it."""
    carriers: dict[str, list[str]] = {}
    for name in gate.policy.tools:
        place = gate.policy.tools.get(name, NO_RULES).place
        paths = place.arguments if place is not None else [p for way in gate.tools.get(name, ()) for p in way.arguments]
        plain = [path.split(".")[1:] for path in paths if path.startswith("args.") and "[" not in path]
        if plain:
            carriers[name] = plain[0]
    chosen = wanted or next(iter(carriers), "")
    if chosen not in carriers:
        advice = f"say --tool NAME, one of: {', '.join(sorted(carriers))}" if carriers else "name one under its tools"
        raise TuneError(Problem(file.as_posix(), f"no tool {wanted!r} of it carries code".replace(" ''", ""), advice))
    return chosen, carriers[chosen]
