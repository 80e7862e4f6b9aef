"""A call in, what there is to decide on out: the call with its session, and the verdict on the code that it carries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, TypeAlias

from validator.intake.extract import Extraction, extract
from validator.intake.shape import Demands, shape
from validator.intake.tools import CodeTool, CodeTools, known_profiles, known_ways
from validator.model.argument import Argument, Language
from validator.model.call import Call
from validator.model.fact import Fact, Kind
from validator.model.verdict import Outcome, Verdict
from validator.policy.scene import Scene
from validator.policy.terms import NO_RULES, CodePlace, CodeRules, Policy
from validator.sessions import Turn

_SEVERITY: Final = {Outcome.ALLOW: 0, Outcome.REVIEW: 1, Outcome.DENY: 2}


@dataclass(frozen=True, slots=True)
class Hearing:
    """A call as it can be decided on; `obstacle` says why it cannot be judged, where that refuses it.

    `judged` is each piece of its code with the verdict on it, `ways` how its tool takes code, `profiles` all that is
    known of the tool, `changed` the paths of the arguments that were changed: it is the call of the scene that may go
    on, not the one that came. `turn` is the sessions that it meets.
    """

    scene: Scene
    obstacle: str = ""
    judged: tuple[tuple[Argument, Verdict], ...] = ()
    ways: tuple[CodeTool, ...] = ()
    changed: tuple[str, ...] = ()
    profiles: tuple[CodeTool, ...] = ()
    turn: Turn | None = None


Recall: TypeAlias = Callable[[Call, Sequence[CodeTool]], Sequence[Argument]]
"""What a call runs that was judged when it was written; nothing where that is not known."""


def recall_nothing(_call: Call, _ways: Sequence[CodeTool]) -> Sequence[Argument]:
    """Remember no call."""
    return ()


def hear(
    call: Call, policy: Policy, tools: CodeTools, judge: Callable[[Argument], Verdict], recall: Recall = recall_nothing
) -> Hearing:
    """Take the code out of a call and judge it, unless something stands in the way."""
    profiles, demands = _profiles(policy, tools, call), _demands(policy, call.tool)
    shaped = shape(call, profiles, demands)
    if shaped.problem:
        return Hearing(Scene(call), shaped.problem)
    call = shaped.call
    ways = tuple(ways_of(policy, tools, call))
    found = extract(call, ways)
    session = call.session or found.session
    if session != call.session:
        call = replace(call, session=session)
    if found.unseen and demands.packages and any(profile.packages for profile in profiles):
        # Every package that the call names is one that the site trusts: `shape` has seen to that.
        found = Extraction()
    if found.unseen:
        found = replace(found, arguments=tuple(recall(call, ways)))
    obstacle = _obstacle(found, policy.enforced(call.tool))
    if obstacle:
        return Hearing(Scene(call, _unseen(call, found)), obstacle)
    judged = tuple((argument, judge(argument)) for argument in found.arguments)
    verdict = join([verdict for _, verdict in judged]) if judged else _unseen(call, found)
    scene = Scene(call, verdict, sum(map(_lines, found.arguments)))
    return Hearing(scene, "", judged, ways, shaped.changed, known_profiles(tools, call.server, call.tool))


def takes_thought(policy: Policy, tools: CodeTools, call: Call) -> bool:
    """Whether a call may carry code to judge, or may have to be put to a person."""
    asked = policy.tools.get(call.tool, NO_RULES).approve_if or policy.every_tool.approve_if
    return bool(asked or ways_of(policy, tools, call))


def ways_of(policy: Policy, tools: CodeTools, call: Call) -> Sequence[CodeTool]:
    """The ways in which the tool takes code: those of the policy if it says so, else those of the profiles."""
    place = policy.tools.get(call.tool, NO_RULES).place
    return known_ways(tools, call.server, call.tool) if place is None else (_way(call.server, place),)


def profiles_of(policy: Policy, tools: CodeTools, call: Call) -> Sequence[CodeTool]:
    """What is known of the tool: what the policy says if it says where code stands, else all of the profiles."""
    placed = policy.tools.get(call.tool, NO_RULES).place is not None
    return ways_of(policy, tools, call) if placed else known_profiles(tools, call.server, call.tool)


def _profiles(policy: Policy, tools: CodeTools, call: Call) -> Sequence[CodeTool]:
    """What the profiles ask of the arguments; nothing under a policy that was written without us."""
    return () if policy.enforced(call.tool) is None else known_profiles(tools, call.server, call.tool)


def _demands(policy: Policy, tool: str) -> Demands:
    rules, settings = policy.tools.get(tool, NO_RULES), (policy.code or CodeRules()).settings
    return Demands(
        workspace=settings.get("workspace", ()),
        packages=settings.get("allowed_packages", ()),
        clamp=rules.clamp,
        force=rules.force,
    )


def join(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict for all the arguments of a call, as bad as the worst, with the evidence of all."""
    if len(verdicts) == 1:
        return verdicts[0]
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


def _way(server: str, place: CodePlace) -> CodeTool:
    return CodeTool(server, place.arguments, Language(place.language), place.session)


def _obstacle(found: Extraction, code: CodeRules | None) -> str:
    """Why the call cannot be judged, where that refuses it."""
    if found.problem:
        return found.problem
    if found.unseen and not found.arguments and code is not None and not code.allow_unseen:
        return f"this tool's code cannot be judged before it runs: {found.unseen}; send the code itself instead"
    return ""


def _unseen(call: Call, found: Extraction) -> Verdict | None:
    """What can be said of code that is out of sight: nothing is resolved. None where there is no code at all."""
    if not found.unseen:
        return None
    fact = Fact(Kind.UNRESOLVED, "unresolved.code", call.tool)
    return Verdict(Outcome.ALLOW, 0, (), (fact,), (fact.capability,), sha256(b"").hexdigest(), "")


def _lines(argument: Argument) -> int:
    return len(argument.content.splitlines())
