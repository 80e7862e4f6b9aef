"""Past calls of an audit and a policy in, what the policy would have decided on each of them out.

The audit keeps what code does but no arguments, so a rule that asks for an argument is tried both ways: where that
makes no difference the answer is certain, else it is unknown. How many calls ran at once is not replayed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from validator.audit.restore import Past
from validator.gate import GIVEN_BACK, INTERNAL_ERROR, UNREADABLE
from validator.model.decision import Action, Decision
from validator.model.known import JsonValue
from validator.policy.evaluate import DEFAULT_DENY, HIDDEN, charges, decide, decide_tool, refuse_shortage
from validator.policy.memory import MemoryStore
from validator.policy.quota import Reservation, Shortage
from validator.policy.scene import Scene
from validator.policy.supposition import suppose
from validator.policy.terms import Policy

UNKNOWN: Final = "unknown"
_NEVER_JUDGED: Final = (HIDDEN, DEFAULT_DENY)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One past call, what was decided and by which rule, and what would be; `after` may be `unknown`."""

    past: Past
    after: str
    rule: str
    why: str = ""

    @property
    def changed(self) -> bool:
        """Whether the answer is another, as far as it is known."""
        return self.after not in (UNKNOWN, self.past.action.value)

    def to_dict(self) -> dict[str, JsonValue]:
        """The comparison as JSON."""
        past = self.past
        return {
            "sequence": past.sequence,
            "time": past.time,
            "grant": past.call.grant,
            "server": past.call.server,
            "tool": past.call.tool,
            "digest": "" if past.verdict is None else past.verdict.digest,
            "before": {"decision": past.action.value, "rule": past.rule},
            "after": {"decision": self.after, "rule": self.rule, "why": self.why},
            "changed": self.changed,
        }


@dataclass(slots=True)
class _World:
    """The policy with everything unknown taken one way, and the counters as they would stand at the most or least."""

    policy: Policy
    kind: bool
    store: MemoryStore = field(default_factory=MemoryStore)

    def decide(self, past: Past) -> tuple[Decision, list[Reservation]]:
        """Decide on a call and take what it costs."""
        policy, scene, decision = self._look(past)
        if decision.action is not Action.FORWARD and not _approved(past, decision):
            return decision, []
        due = charges(policy, scene)
        if isinstance(due, Decision):
            return due, []
        reserved = self.store.reserve(due, past.time)
        if isinstance(reserved, Shortage):
            return refuse_shortage(policy, scene, reserved), []
        return replace(decision, action=Action.FORWARD), [reserved]

    def take(self, past: Past) -> Iterator[Reservation]:
        """Take the most that a call can have cost which this world would not have let pass."""
        policy, scene, _ = self._look(past)
        due = charges(policy, scene)
        for charge in () if isinstance(due, Decision) else due:
            # A call that passed has left no counter above its limit.
            taken = self.store.reserve([replace(charge, amount=min(charge.amount, charge.maximum))], past.time)
            if isinstance(taken, Shortage):
                rest = max(0, charge.maximum - taken.used)
                taken = self.store.reserve([replace(charge, amount=rest)], past.time)
            if isinstance(taken, Reservation):
                yield taken

    def _look(self, past: Past) -> tuple[Policy, Scene, Decision]:
        policy = suppose(self.policy, past.call.tool, past.keys, kind=self.kind)
        decision = decide(policy, Scene(past.call, past.verdict, past.lines))
        return policy, Scene(past.call, decision.verdict, past.lines), decision


def simulate(policy: Policy, calls: Iterable[Past]) -> Iterator[Replayed]:
    """Replay calls in the order they were made."""
    best, worst = _World(policy, kind=True), _World(policy, kind=False)
    for past in calls:
        yield _settled(policy, past) or _replay(best, worst, past)


def _settled(policy: Policy, past: Past) -> Replayed | None:
    """The answer for a call that was never looked into, or under other premises; None where it can be replayed."""
    refused = decide_tool(policy, past.call.tool)
    if past.rule == INTERNAL_ERROR or (past.rule == UNREADABLE and past.verdict is None):
        return Replayed(past, past.action.value, past.rule, "no policy decided this")
    if refused is not None:
        return Replayed(past, refused.action.value, refused.rule)
    code = policy.enforced(past.call.tool)
    if past.verdict is None and past.rule in _NEVER_JUDGED:
        return Replayed(past, UNKNOWN, "", "the call was refused before its code was judged")
    if past.rule == UNREADABLE and code is not None and not code.allow_unseen:
        return Replayed(past, Action.REFUSE.value, UNREADABLE)
    if code is not None and past.verdict is not None and past.verdict.profile not in ("", code.profile):
        why = f"the code was judged under the profile {past.verdict.profile!r}, not {code.profile!r}"
        return Replayed(past, UNKNOWN, "", why)
    return None


def _replay(best: _World, worst: _World, past: Past) -> Replayed:
    kindly, least = best.decide(past)
    harshly, most = worst.decide(past)
    certain = kindly.action is harshly.action
    if kindly.action is Action.FORWARD and not certain:
        most = [*worst.take(past)]
    # The counters of the one world stand at the least there can be, those of the other at the most.
    if not certain or past.outcome in GIVEN_BACK:
        _give_back(best, least)
    if past.outcome in GIVEN_BACK:
        _give_back(worst, most)
    if certain:
        return Replayed(past, kindly.action.value, kindly.rule)
    return Replayed(past, UNKNOWN, harshly.rule, "depends on arguments, which the audit does not keep")


def _approved(past: Past, decision: Decision) -> bool:
    """Whether a person would be asked, as one was, who let the call pass."""
    return decision.action is Action.ASK and past.approved and past.action is Action.FORWARD


def _give_back(world: _World, reservations: Iterable[Reservation]) -> None:
    for reservation in reservations:
        world.store.roll_back(reservation)
