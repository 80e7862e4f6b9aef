"""What refuses a call in, the text for the agent out: what, where, why, and what would be allowed instead.

The text repeats nothing of the call's arguments except what judgment reports about its code.
"""

from validator.model.fact import Kind
from validator.model.finding import Finding
from validator.model.verdict import Outcome, Verdict
from validator.policy.conditions import proven, telling
from validator.policy.quota import Charge, Shortage
from validator.policy.quota import Kind as Counting
from validator.policy.scene import Scene
from validator.policy.terms import Policy, Rule

_SHOWN = 3  # findings or names in one text


def unlisted_text(tool: str, policy: Policy) -> str:
    """Say that a tool is not on the list, and which ones are."""
    listed = sorted(name for name, rules in policy.tools.items() if rules.denied is None and name not in policy.hidden)
    instead = f"allowed tools: {', '.join(listed)}" if listed else "no tool is allowed"
    return f"the policy does not list the tool {tool!r}; {instead}"


def required_text(rule: Rule, scene: Scene) -> str:
    """Say which required condition does not hold, or cannot be shown to hold."""
    failing = next(condition for condition in rule.conditions if not proven([condition], scene))
    return _join(rule.on_deny, f"required: {failing}", _where(telling(failing, scene)))


def denied_text(rule: Rule, scene: Scene) -> str:
    """Say which conditions deny the call."""
    names = [pair for condition in rule.conditions for pair in telling(condition, scene)]
    conditions = " and ".join(str(condition) for condition in rule.conditions)
    told = _where(names) or _doors(rule, scene)
    return _join(rule.on_deny, f"denied when {conditions}" if conditions else "always denied", told)


def approval_text(rule: Rule, scene: Scene) -> str:
    """Say that a person has to approve the call, and on account of what."""
    names = [pair for condition in rule.conditions for pair in telling(condition, scene)]
    return _join(rule.on_deny, "a person would have to approve this call", _where(names) or _doors(rule, scene))


def pending_text(request: str, reason: str) -> str:
    """Say that a request waits for a person, and what to do meanwhile."""
    return _join(f"pending, approve with `validator approvals approve {request}`, then retry", reason)


def shortage_text(shortage: Shortage, on_deny: str) -> str:
    """Say which counter is exhausted."""
    charge = shortage.charge
    rate = f"{charge.maximum} {_rate(charge)}"
    if shortage.retry_after is None:
        return _join(on_deny, f"the call would take {charge.amount} from {charge.counter.name!r}, which allows {rate}")
    return _join(on_deny, f"{charge.counter.name!r} allows {rate}, and {shortage.used} are used")


def verdict_text(verdict: Verdict) -> str:
    """Say what the code would do that stops it, worst first, and what to write instead."""
    stopped = "denied" if verdict.outcome is Outcome.DENY else "in need of a review by a person"
    worst = sorted(verdict.findings, key=lambda finding: (-finding.weight, finding.span))
    shown = [_finding(finding) for finding in worst[:_SHOWN]]
    more = f"and {len(worst) - _SHOWN} more" if len(worst) > _SHOWN else ""
    return _join(f"the code is {stopped} (score {verdict.score} of 100)", *shown, more)


def _finding(finding: Finding) -> str:
    instead = f" [{finding.remedy}]" if finding.remedy else ""
    return f"line {finding.span.line}: {finding.message} ({finding.rule}){instead}"


def _where(names: list[tuple[str, int]]) -> str:
    return ", ".join(f"{name} in line {line}" for name, line in names[:_SHOWN])


def _doors(rule: Rule, scene: Scene) -> str:
    """What cannot be worked out, where a rule holds only because it might be what the rule asks about."""
    if scene.verdict is None or proven(rule.conditions, scene):
        return ""
    doors = [fact for fact in scene.verdict.facts if fact.kind in (Kind.UNRESOLVED, Kind.UNREADABLE)]
    names = dict.fromkeys((fact.capability, fact.span.line) for fact in doors)
    return f"it might be what cannot be worked out: {_where([*names])}" if names else ""


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _rate(charge: Charge) -> str:
    window = {60: "minute", 3600: "hour", 86400: "day"}.get(charge.counter.window, f"{charge.counter.window} seconds")
    told = {Counting.CALENDAR: f"per {window}", Counting.SLIDING: f"in any {window}", Counting.RUNNING: "at a time"}
    return told[charge.counter.kind]
