"""A tool call in, an admission out: forward it or refuse it, with the record of either kept."""

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from validator.audit.log import AuditError, AuditLog
from validator.intake.extract import Extraction, extract
from validator.intake.tools import CodeTool, CodeTools, known_ways, load_tools
from validator.judgment import judge_argument
from validator.model.argument import Argument, Language
from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.errors import PolicyError, Problem
from validator.model.profile import SETTINGS, Settings
from validator.model.record import Record
from validator.model.verdict import Outcome, Verdict
from validator.policy.evaluate import charges, decide, decide_tool, refuse_shortage
from validator.policy.load import load_policy
from validator.policy.memory import MemoryStore
from validator.policy.quota import Reservation, Shortage, Store
from validator.policy.scene import Scene
from validator.policy.terms import NO_RULES, CodePlace, CodeRules, Policy
from validator.rulebook.load import load_rulebook
from validator.rulebook.site import read_site

UNREADABLE: Final = "(unreadable call)"
INTERNAL_ERROR: Final = "(internal error)"
_GIVEN_BACK: Final = frozenset({"protocol error", "lost"})
_LONGEST_KEY: Final = 60
_MOST_KEYS: Final = 40
_SEVERITY: Final = {Outcome.ALLOW: 0, Outcome.REVIEW: 1, Outcome.DENY: 2}


@dataclass(frozen=True, slots=True)
class Admission:
    """What was decided on one call; a forwarded one holds the quota it reserved until it is settled."""

    call: Call
    decision: Decision
    reservation: Reservation | None = None


@dataclass(frozen=True)
class Gate:
    """The gate of one grant in front of one server; `judge` turns an argument into a verdict."""

    policy: Policy
    judge: Callable[[Argument], Verdict]
    tools: CodeTools
    store: Store
    audit: AuditLog | None = None
    clock: Callable[[], float] = time.time
    grant: str = "default"
    server: str = "default"

    def inspect(self, call: Call) -> Admission:
        """Decide on a call. Never raises: any fault of our own denies, as does an audit that cannot be kept."""
        call = replace(call, grant=self.grant, server=self.server)
        admission = None
        try:
            admission = self._admit(call)
            self._keep(admission)
        except Exception as error:  # a crash must never mean "allow"
            return self._deny(call, admission, error)
        return admission

    def refuse(self, reason: str, *, tool: str, request: str) -> Admission:
        """Refuse a call that could not be parsed; never raises."""
        call = Call(tool, {}, self.grant, self.server, request)
        return self._deny_with(call, Decision(Action.REFUSE, UNREADABLE, reason))

    def settle(self, admission: Admission, outcome: str, milliseconds: float) -> None:
        """Close a forwarded call: `ok`, `tool error`, `protocol error` or `lost`; the last two give quota back.

        A refused call was closed when it was refused.
        """
        if admission.decision.action is not Action.FORWARD:
            return
        if admission.reservation is not None:
            close = self.store.roll_back if outcome in _GIVEN_BACK else self.store.commit
            close(admission.reservation)
        try:
            self._write(admission, outcome, milliseconds)
        except AuditError:
            # The call has run, so its answer is due. The log remembers, and the next call is denied.
            return

    def hidden(self, tool: str) -> bool:
        """Whether the policy hides a tool from those that are listed."""
        return tool in self.policy.hidden or "*" in self.policy.hidden

    def _admit(self, call: Call) -> Admission:
        refused = decide_tool(self.policy, call.tool)
        if refused is not None:
            return Admission(call, refused)
        found = extract(call, _ways(self.policy, self.tools, call))
        call = replace(call, session=call.session or found.session)
        obstacle = _obstacle(found, self.policy.enforced(call.tool))
        if obstacle is not None:
            return Admission(call, Decision(Action.REFUSE, UNREADABLE, obstacle))
        scene = Scene(call, _judge_all(found.arguments, self.judge), sum(map(_lines, found.arguments)))
        decision = decide(self.policy, scene)
        if decision.action is not Action.FORWARD:
            return Admission(call, decision)
        return self._reserve(replace(scene, verdict=decision.verdict), decision)

    def _reserve(self, scene: Scene, decision: Decision) -> Admission:
        due = charges(self.policy, scene)
        if isinstance(due, Decision):
            return Admission(scene.call, due)
        reserved = self.store.reserve(due, self.clock())
        if isinstance(reserved, Shortage):
            return Admission(scene.call, refuse_shortage(self.policy, scene, reserved))
        return Admission(scene.call, decision, reserved)

    def _keep(self, admission: Admission) -> None:
        """Record a refusal now; for a forwarded call make sure that its record can be kept later."""
        if admission.decision.action is not Action.FORWARD:
            self._write(admission)
        elif self.audit is not None:
            self.audit.check()

    def _deny(self, call: Call, admission: Admission | None, error: Exception) -> Admission:
        if admission is not None and admission.reservation is not None:
            self.store.roll_back(admission.reservation)
        if isinstance(error, AuditError):
            reason = f"the audit log {error.problems[0].reason}, and nothing is forwarded without a record"
            return Admission(call, Decision(Action.REFUSE, INTERNAL_ERROR, reason))
        return self._deny_with(call, Decision(Action.REFUSE, INTERNAL_ERROR, f"internal error: {_name(error)}"))

    def _deny_with(self, call: Call, decision: Decision) -> Admission:
        admission = Admission(call, decision)
        try:
            self._write(admission)
        except AuditError:
            return admission  # it is refused already, which is all that a failing audit asks for
        return admission

    def _write(self, admission: Admission, outcome: str = "", milliseconds: float = 0.0) -> None:
        if self.audit is None:
            return
        call = admission.call
        record = Record(
            time=self.clock(),
            grant=call.grant,
            server=call.server,
            tool=call.tool,
            request=call.request,
            keys=tuple(sorted(key[:_LONGEST_KEY] for key in call.arguments))[:_MOST_KEYS],
            decision=admission.decision,
            policy=self.policy.digest,
            outcome=outcome,
            milliseconds=milliseconds,
        )
        self.audit.append(record)


def open_gate(
    policy_path: Path,
    *,
    audit: Path | None,
    grant: str,
    server: str,
    clock: Callable[[], float] = time.time,
) -> Gate:
    """Load policy, settings, rules and tool profiles; raises ValidatorError with all that is wrong before any call."""
    policy, book, tools = load_policy(policy_path), load_rulebook(), load_tools()
    code = policy.code or CodeRules()
    problems = [*_problems(policy_path, policy, server, tools), *_unknown_settings(policy_path, code)]
    if code.profile not in book.profiles:
        advice = f"one of: {', '.join(sorted(book.profiles))}"
        problems.append(Problem(f"{policy_path}#/code/profile", f"there is no profile {code.profile!r}", advice))
    if problems:
        raise PolicyError(*problems)
    settings = code.settings
    if code.settings_file:
        today = datetime.fromtimestamp(clock(), UTC).date()
        site, warnings = read_site(policy_path.parent / code.settings_file, {rule.id for rule in book.rules}, today)
        policy = replace(policy, warnings=(*policy.warnings, *warnings))
        book, settings = replace(book, suppressions=site.suppressions), _joined(site.settings, settings)
    judge = partial(judge_argument, book=book, profile=code.profile, settings=settings)
    log = AuditLog(audit) if audit is not None else None
    return Gate(policy, judge, tools, MemoryStore(), log, clock, grant, server)


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


def _ways(policy: Policy, tools: CodeTools, call: Call) -> Sequence[CodeTool]:
    place = policy.tools.get(call.tool, NO_RULES).place
    return known_ways(tools, call.server, call.tool) if place is None else (_way(call.server, place),)


def _way(server: str, place: CodePlace) -> CodeTool:
    return CodeTool(server, place.arguments, Language(place.language), place.session)


def _obstacle(found: Extraction, code: CodeRules | None) -> str | None:
    """Why the call cannot be judged, where that refuses it."""
    if found.problem:
        return found.problem
    if found.unseen and code is not None and not code.allow_unseen:
        return f"this tool's code cannot be judged before it runs: {found.unseen}; send the code itself instead"
    return None


def _judge_all(arguments: Sequence[Argument], judge: Callable[[Argument], Verdict]) -> Verdict | None:
    """One verdict for all the arguments of a call, as bad as the worst, with the evidence of all."""
    verdicts = [judge(argument) for argument in arguments]
    if len(verdicts) < 2:
        return verdicts[0] if verdicts else None
    worst = max(verdicts, key=lambda verdict: (_SEVERITY[verdict.outcome], verdict.score))
    return replace(
        worst,
        score=max(verdict.score for verdict in verdicts),
        findings=tuple(finding for verdict in verdicts for finding in verdict.findings),
        ignored=tuple(each for verdict in verdicts for each in verdict.ignored),
        facts=tuple(fact for verdict in verdicts for fact in verdict.facts),
        capabilities=tuple(sorted({name for verdict in verdicts for name in verdict.capabilities})),
        digest=sha256("".join(verdict.digest for verdict in verdicts).encode()).hexdigest(),
    )


def _lines(argument: Argument) -> int:
    content = argument.content
    return len(content.splitlines())


def _name(error: Exception) -> str:
    """The kind of an error and the place it comes from, without its text, which may hold the argument."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
