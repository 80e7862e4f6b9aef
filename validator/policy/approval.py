"""A call that a person has to be asked about in, what an approval of it would hold for out.

An approval holds for exactly one call: same grant, server, tool, arguments, code and policy. Where a person approves
the facts instead, it holds for a while for other code of the same tool, as long as that does nothing new.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final, Protocol

from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Decision
from validator.model.fact import Fact
from validator.model.known import JsonValue, show, to_json
from validator.model.verdict import Verdict

LARGEST: Final = 1_000_000  # characters of a call that a person can be asked to read
_NEVER: Final = ("secret", "persist", "unresolved", "unreadable")
_LEAKING: Final = ("secret", "env")
_HARMLESS_SINKS: Final = ("console.output", "fs.write")
_FREE: Final = "data"  # what is sent or written may differ, for where it goes is told by other roles


class State(StrEnum):
    """What has become of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


class Reply(StrEnum):
    """What came of asking the person in front of the client."""

    APPROVED = "approved"
    DENIED = "denied"
    DISMISSED = "dismissed"
    UNANSWERED = "unanswered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Binding:
    """What an approval holds for.

    `policy` is the digest of the policy, `arguments` that of all arguments and of the code that was judged, `rest`
    that of the arguments without their code.
    """

    grant: str
    server: str
    tool: str
    policy: str
    arguments: str
    rest: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of code of a call, with what was found in it as JSON."""

    origin: str
    code: str
    findings: tuple[dict[str, JsonValue], ...] = ()


@dataclass(frozen=True, slots=True)
class Petition:
    """What is asked, and all that a person needs to answer it.

    `asked` names the rules that want an answer; `facts` is what the code does, in a form that can be compared;
    `obstacles` says why these facts cannot be approved for other code, and is empty when they can.
    """

    binding: Binding
    asked: frozenset[str]
    message: str
    timeout: float
    arguments: str
    pieces: tuple[Piece, ...] = ()
    facts: frozenset[str] = frozenset()
    obstacles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A petition that was filed; `expires` and `permitted_until` are seconds since the epoch."""

    id: str
    petition: Petition
    state: State
    created: float
    expires: float
    decided_by: str = ""
    reason: str = ""
    permitted_until: float = 0.0

    def standing(self, now: float) -> str:
        """The state at a moment, in which a request that nobody can use any more has expired."""
        live = self.state in (State.PENDING, State.APPROVED) and now >= self.expires
        return "expired" if live else self.state.value


@dataclass(frozen=True, slots=True)
class Permission:
    """An approval that fits; a single one is used up by the call it lets pass."""

    request: str
    single: bool


@dataclass(frozen=True, slots=True)
class Filed:
    """The request that stands for a petition; `new` tells the first one of its kind, `full` that none was filed."""

    request: Request | None
    new: bool = False

    @property
    def full(self) -> bool:
        """Whether the grant has as many open requests as it may."""
        return self.request is None


class Approvals(Protocol):
    """Where requests live. An implementation that cannot answer raises ApprovalError, and the gate denies."""

    def look(self, petition: Petition, now: float) -> Permission | None:
        """The approval that would let the call pass at this moment."""

    def take(self, permission: Permission, now: float) -> bool:
        """Use an approval; of all who take a single one at once, one succeeds."""

    def file(self, petition: Petition, now: float) -> Filed:
        """File a request, or give the open or denied one that is the same."""

    def find(self, identifier: str) -> Request:
        """The request with this id."""

    def approve(self, identifier: str, person: str, now: float) -> Request:
        """Let the call pass once."""

    def deny(self, identifier: str, person: str, reason: str, now: float) -> Request:
        """Refuse the call until the request expires."""

    def withdraw(self, identifier: str, now: float) -> None:
        """Let a request expire that nobody has answered, and nobody needs to any more."""

    def give_back(self, identifier: str, now: float) -> None:
        """Let an approval pass its call once more, which has not come to its end."""


def make_petition(
    call: Call, decision: Decision, policy: str, judged: Iterable[tuple[Argument, Verdict]], guarded: Collection[str]
) -> Petition:
    """The petition for a call with this code under the policy with this digest.

    `guarded` names the rules whose findings are never approved for other code.
    """
    pairs = tuple(judged)
    facts = [fact for _, verdict in pairs for fact in verdict.facts]
    found = {finding.rule for _, verdict in pairs for finding in verdict.findings}
    obstacles = (*_obstacles(facts), *sorted(found & set(guarded)))
    return Petition(
        binding=_bind(call, policy, pairs),
        asked=frozenset(decision.asked),
        message=decision.message,
        timeout=decision.timeout,
        arguments=canonical(dict(call.arguments)),
        pieces=tuple(_piece(argument, verdict) for argument, verdict in pairs),
        facts=frozenset(map(_key, facts)),
        obstacles=tuple(dict.fromkeys(obstacles)) if pairs else ("the call carries no code",),
    )


def too_large(petition: Petition) -> bool:
    """Whether a petition is more than a person can be asked to read."""
    return len(petition.arguments) + sum(len(piece.code) for piece in petition.pieces) > LARGEST


def covers(approved: Collection[str], petition: Petition) -> bool:
    """Whether the code of a petition does nothing but what was approved, and nothing that is never approved so."""
    return not petition.obstacles and petition.facts <= set(approved)


def canonical(value: JsonValue) -> str:
    """The one text of a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _bind(call: Call, policy: str, pairs: Iterable[tuple[Argument, Verdict]]) -> Binding:
    """What an approval of this call would hold for; code is named by its digest, for it may not be in the call."""
    whole: list[JsonValue] = [dict(call.arguments)]
    rest: JsonValue = dict(call.arguments)
    for argument, verdict in pairs:
        rest = _without(rest, argument.origin.split(".")[1:])
        whole.append(f"{argument.language} {verdict.digest}")
        if argument.session is not None:
            # What the code does depends on what the session holds by then.
            whole.append(" ".join(sorted(map(_key, verdict.facts))))
    return Binding(call.grant, call.server, call.tool, policy, _digest(whole), _digest(rest))


def _piece(argument: Argument, verdict: Verdict) -> Piece:
    content = argument.content
    text = content if isinstance(content, str) else content.decode("utf-8", "backslashreplace")
    return Piece(argument.origin, text, tuple(finding.to_dict() for finding in verdict.findings))


def _digest(value: JsonValue) -> str:
    return sha256(canonical(value).encode()).hexdigest()


def _without(value: JsonValue, path: list[str]) -> JsonValue:
    """The value with null at a path, if the path leads anywhere."""
    if not path:
        return None
    first, *others = path
    if isinstance(value, dict) and first in value:
        return {**value, first: _without(value[first], others)}
    if isinstance(value, list) and first.isdecimal() and int(first) < len(value):
        return [_without(item, others) if place == int(first) else item for place, item in enumerate(value)]
    return value


def _key(fact: Fact) -> str:
    """A fact as a text that another fact has only if it says the same."""
    roles = {role: to_json(value) for role, value in fact.roles.items() if role != _FREE}
    return canonical([fact.kind.value, fact.capability, fact.name, dict(roles)])


def _obstacles(facts: Iterable[Fact]) -> Iterator[str]:
    """The facts that are never approved for other code: the worst of all, and whatever is not known to the end."""
    for fact in facts:
        if fact.capability.partition(".")[0] in _NEVER:
            yield fact.capability
        elif fact.capability == "flow" and _leaks(fact):
            yield f"flow from {show(fact.roles.get('from'))} to {show(fact.roles.get('to'))}"
        elif any(_has_gap(to_json(value)) for role, value in fact.roles.items() if role != _FREE):
            yield f"{fact.name} with something that is not known before it runs"


def _leaks(fact: Fact) -> bool:
    source, sink = str(fact.roles.get("from")), str(fact.roles.get("to"))
    return sink not in _HARMLESS_SINKS or source.partition(".")[0] in _LEAKING


def _has_gap(value: JsonValue) -> bool:
    """Whether a role holds something unknown, or one of several things."""
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list) and any(map(_has_gap, value))
