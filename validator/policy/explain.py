"""A policy and a scene in, every step of the decision out: what each rule asks and finds, and which one decides."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from validator.model.decision import Action, Decision
from validator.model.known import JsonValue
from validator.policy.conditions import Answer, ask, possible, proven
from validator.policy.evaluate import ALLOWED, DEFAULT_DENY, HIDDEN, VERDICT, charges, decide
from validator.policy.listing import Listing
from validator.policy.scene import ABSENT, Found, Scene, look_up
from validator.policy.terms import NO_RULES, Condition, Policy, Rule

_LONGEST = 60  # characters of a value that are shown


@dataclass(frozen=True, slots=True)
class Step:
    """One question that was asked: by which rule, what it said, and on account of what."""

    rule: str
    says: str
    because: str = ""
    decides: bool = False

    def to_dict(self) -> dict[str, JsonValue]:
        """The step as JSON."""
        return {"rule": self.rule, "says": self.says, "because": self.because, "decides": self.decides}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with the steps that led to it, in their order, up to the one that decided."""

    decision: Decision
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, JsonValue]:
        """The explanation as JSON."""
        decision = self.decision
        return {
            "decision": decision.action.value,
            "rule": decision.rule,
            "message": decision.message,
            "steps": [step.to_dict() for step in self.steps],
        }


def explain(policy: Policy, scene: Scene, *, described: bool = True) -> Explanation:
    """Explain what becomes of a call, as if every counter stood at zero.

    `described` says that it is known what of the tool is to be judged.
    """
    decision = decide(policy, scene)
    scene = replace(scene, verdict=decision.verdict)
    if decision.action is Action.FORWARD and isinstance(due := charges(policy, scene), Decision):
        decision = due
    return Explanation(decision, tuple(_until(decision.rule, _steps(policy, scene, decision, described))))


def refused(decision: Decision) -> Explanation:
    """Explain a refusal that no rule was asked about."""
    return Explanation(decision, (Step(decision.rule, "refuses", decision.message, decides=True),))


def _until(rule: str, steps: Iterator[Step]) -> Iterator[Step]:
    for step in steps:
        decides = step.rule == rule and step.says in ("refuses", "asks", "allows")
        yield replace(step, decides=decides)
        if decides:
            return


def _steps(policy: Policy, scene: Scene, decision: Decision, described: bool) -> Iterator[Step]:
    tool = scene.call.tool
    named, every = policy.tools.get(tool, NO_RULES), policy.every_tool
    yield Step(HIDDEN, "refuses" if decision.rule == HIDDEN else "passes", "hide names the tools that nobody sees")
    listed = "the tool is listed" if tool in policy.tools else "the tool is not listed"
    yield Step(DEFAULT_DENY, "refuses" if decision.rule == DEFAULT_DENY else "passes", listed)
    if named.denied is not None:
        yield Step(decision.rule, "refuses", named.denied)
    for rule in (*named.require, *every.require):
        yield Step(rule.name, "passes" if proven(rule.conditions, scene) else "refuses", _because(rule, scene))
    for rule in (*named.deny_if, *every.deny_if):
        yield Step(rule.name, "refuses" if possible(rule.conditions, scene) else "passes", _because(rule, scene))
    if decision.rule == VERDICT and decision.action is Action.REFUSE:
        yield Step(VERDICT, "refuses", decision.message)
    for rule in (*named.approve_if, *every.approve_if):
        yield Step(rule.name, "asks" if possible(rule.conditions, scene) else "passes", _because(rule, scene))
    yield Step(VERDICT, "asks" if VERDICT in decision.asked else "passes", _verdict(policy, scene, described))
    for limit in (*named.limits, *every.limits):
        if not possible(limit.when, scene):
            yield Step(limit.name, "does not count this call", "; ".join(_ask(each, scene) for each in limit.when))
        elif decision.rule == limit.name:
            yield Step(limit.name, "refuses", decision.message)
        else:
            yield Step(limit.name, "counts", f"{limit.counter}: at most {limit.maximum} in {limit.window} seconds")
    yield Step(ALLOWED, "allows", "no rule stands against it")


def _because(rule: Rule, scene: Scene) -> str:
    """Each condition of a rule with what it found."""
    return "; ".join(_ask(each, scene) for each in rule.conditions) or "it holds for every call"


def _ask(condition: Condition, scene: Scene) -> str:
    answer = ask(condition, scene)
    said = {Answer.YES: "holds", Answer.NO: "does not hold", Answer.MAYBE: "may hold"}[answer]
    return f"{condition} {said}: {_show(look_up(scene, condition.path))}"


def _verdict(policy: Policy, scene: Scene, described: bool) -> str:
    if scene.verdict is None and policy.code is not None and not described:
        name = 'name its code argument with {"code": {"argument": "args.code"}}'
        return f"warning: tool {scene.call.tool!r}: nothing in it is judged; {name}"
    if scene.verdict is None:
        return "the call carries no code"
    told = f"the verdict is {scene.verdict.outcome} with {scene.verdict.score} of 100"
    return told if policy.enforced(scene.call.tool) is not None else f"{told}, and this policy only records it"


def _show(found: Found) -> str:
    if found is ABSENT:
        return "there is nothing"
    if isinstance(found, Listing):
        known = ", ".join(found.lines) or "nothing known"
        text = known + (", and something unknown" if found.unknown or found.doors else "")
    else:
        text = repr(found)
    return "found " + (text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
