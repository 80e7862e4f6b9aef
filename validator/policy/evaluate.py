"""A policy and a scene in, a decision out. Deny beats approval, approval beats limit, limit beats allow.

Order: hidden, default, require, deny_if, a verdict that denies (or wants a review that is not to be asked for),
approve_if, a verdict that wants review, limits.
In each step the rules of the tool come before the rules of `all_tools`. What a verdict means depends on
the policy: see `Policy.enforced`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.fact import Kind
from validator.model.verdict import Outcome, Verdict
from validator.policy.conditions import possible, proven
from validator.policy.places import pointer
from validator.policy.quota import Charge, Counter, Shortage
from validator.policy.scene import Scene, look_up
from validator.policy.sieve import sift
from validator.policy.terms import NO_RULES, PATIENCE, CodeRules, Limit, Policy, Scope, ToolRules
from validator.policy.wording import (
    approval_text,
    denied_text,
    required_text,
    shortage_text,
    unlisted_text,
    verdict_text,
)

ALLOWED = "(allowed)"
HIDDEN = "(hidden)"
DEFAULT_DENY = "(default deny)"
VERDICT = "(verdict)"


def decide_tool(policy: Policy, tool: str) -> Decision | None:
    """Refuse a tool that must not be called at all, whatever its arguments; None when it may go on."""
    if tool in policy.hidden or "*" in policy.hidden:
        return _refuse(HIDDEN, f"there is no tool called {tool!r}")
    if tool not in policy.tools and not policy.allow_unlisted:
        return _refuse(DEFAULT_DENY, unlisted_text(tool, policy))
    return None


def decide(policy: Policy, scene: Scene) -> Decision:
    """Decide on a call; one that may be forwarded still has to pay its `charges`."""
    tool = scene.call.tool
    code = policy.enforced(tool)
    verdict = _weigh(scene.verdict, code)
    if verdict is not scene.verdict:
        scene = replace(scene, verdict=verdict)
    stopped = decide_tool(policy, tool) or next(_refusals(policy, scene, code), None) or _ask(policy, scene, code)
    return Decision(Action.FORWARD, ALLOWED, verdict=verdict) if stopped is None else replace(stopped, verdict=verdict)


def charges(policy: Policy, scene: Scene) -> tuple[Charge, ...] | Decision:
    """What the call takes from which counters, or a refusal where that cannot be told."""
    result = []
    for limit in (limit for rules in _rules(policy, scene) for limit in rules.limits):
        if not possible(limit.when, scene):
            continue
        amount = _amount(limit, scene)
        if amount is None:
            path = ".".join(limit.increment_from or ())
            refusal = _refuse(limit.name, f"the call is counted by {path}, which must be a whole number from 0 up")
            return replace(refusal, verdict=scene.verdict)
        counter = Counter(limit.counter, OWNERS[limit.scope](scene.call), limit.window, limit.kind)
        result.append(Charge(limit.name, counter, limit.maximum, amount))
    return tuple(result)


def refuse_shortage(policy: Policy, scene: Scene, shortage: Shortage) -> Decision:
    """Refuse a call that finds a counter exhausted."""
    limits = (limit for rules in _rules(policy, scene) for limit in rules.limits)
    on_deny = next((limit.on_deny for limit in limits if limit.name == shortage.charge.limit), "")
    text = shortage_text(shortage, on_deny)
    return Decision(Action.REFUSE, shortage.charge.limit, text, shortage.retry_after, scene.verdict)


def _refuse(rule: str, message: str) -> Decision:
    return Decision(Action.REFUSE, rule, message)


def _rules(policy: Policy, scene: Scene) -> tuple[ToolRules, ToolRules]:
    return policy.tools.get(scene.call.tool, NO_RULES), policy.every_tool


def _ask(policy: Policy, scene: Scene, code: CodeRules | None) -> Decision | None:
    """What a person has to be asked: the first reason decides, and every reason is named."""
    reasons = list(_doubts(policy, scene, code))
    if not reasons:
        return None
    asked = tuple(reason.rule for reason in reasons)
    # The client is asked only if nobody wants another person to be.
    client = all(reason.ask_client for reason in reasons)
    return replace(reasons[0], asked=asked, timeout=min(reason.timeout for reason in reasons), ask_client=client)


def _doubts(policy: Policy, scene: Scene, code: CodeRules | None) -> Iterator[Decision]:
    for rule in (rule for rules in _rules(policy, scene) for rule in sift(rules, "approve_if", scene)):
        if possible(rule.conditions, scene):
            yield Decision(
                Action.ASK, rule.name, approval_text(rule, scene), timeout=rule.timeout, ask_client=rule.ask_client
            )
    if code is not None and code.ask_review and scene.verdict is not None and scene.verdict.outcome is Outcome.REVIEW:
        text = verdict_text(scene.verdict)
        yield Decision(Action.ASK, VERDICT, text, timeout=PATIENCE, ask_client=code.ask_client)


def _refusals(policy: Policy, scene: Scene, code: CodeRules | None) -> Iterator[Decision]:
    """What refuses, in the order of the module's docstring."""
    both = _rules(policy, scene)
    if both[0].denied is not None:
        yield _refuse(pointer(("tools", scene.call.tool, "action")), both[0].denied)
    for rule in (rule for rules in both for rule in rules.require):
        if not proven(rule.conditions, scene):
            yield _refuse(rule.name, required_text(rule, scene))
    for rule in (rule for rules in both for rule in sift(rules, "deny_if", scene)):
        if possible(rule.conditions, scene):
            yield _refuse(rule.name, denied_text(rule, scene))
    enforced = scene.verdict if code is not None else None
    if enforced is not None and enforced.outcome is Outcome.DENY:
        yield _refuse(VERDICT, verdict_text(enforced))
    if enforced is not None and enforced.outcome is Outcome.REVIEW and code is not None and code.refuses_review():
        yield _refuse(VERDICT, verdict_text(enforced))


def _weigh(verdict: Verdict | None, code: CodeRules | None) -> Verdict | None:
    """The verdict under the thresholds of the policy; code that could not be read stays denied."""
    if verdict is None or code is None or any(fact.kind is Kind.UNREADABLE for fact in verdict.facts):
        return verdict
    denied = verdict.outcome is Outcome.DENY if code.deny_at is None else verdict.score >= code.deny_at
    doubted = verdict.outcome is not Outcome.ALLOW if code.review_at is None else verdict.score >= code.review_at
    outcome = Outcome.DENY if denied else Outcome.REVIEW if doubted else Outcome.ALLOW
    return verdict if outcome is verdict.outcome else replace(verdict, outcome=outcome)


def _amount(limit: Limit, scene: Scene) -> int | None:
    if limit.increment_from is None:
        return limit.increment
    found = look_up(scene, limit.increment_from)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


# Whose a counter is, by its scope.
OWNERS: Final[Mapping[Scope, Callable[[Call], tuple[str, ...]]]] = {
    Scope.GRANT: lambda call: ("grant", call.server, call.grant),
    Scope.SESSION: lambda call: ("session", call.server, call.grant, call.session or ""),
    Scope.TOOL: lambda call: ("tool", call.server, call.tool),
    Scope.SERVER: lambda call: ("server", call.server),
    Scope.GLOBAL: lambda _call: ("global",),
}
