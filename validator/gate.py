"""A tool call in, an admission out: forward it or refuse it, with the record of either kept."""

import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from validator.audit.log import AuditLog
from validator.hearing import Hearing, hear, ways_of
from validator.intake.tools import CodeTools
from validator.intake.written import CHANGED, Passing, Writing, WrittenFiles
from validator.lingering import Lingering, longest, runs
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.errors import AuditError, ValidatorError
from validator.model.verdict import Verdict
from validator.policy.approval import Approvals, Permission, Petition, Request, State, make_petition, too_large
from validator.policy.evaluate import charges, decide, decide_tool, refuse_shortage
from validator.policy.memory import MemoryStore
from validator.policy.quota import NO_RESERVATION, Charge, QuotaError, Reservation, Shortage, Store
from validator.policy.terms import Policy
from validator.policy.wording import pending_text
from validator.recording import make_record

UNREADABLE: Final = "(unreadable call)"
INTERNAL_ERROR: Final = "(internal error)"
NOT_RUN: Final = "not run"
CANCELLED: Final = "cancelled"
LOST: Final = "lost"
GIVEN_BACK: Final = frozenset({NOT_RUN})


@dataclass(frozen=True, slots=True)
class Admission:
    """What was decided on one call; a forwarded one holds the quota it reserved until it is settled.

    `writing` is what a forwarded call changes, `policy` the digest of the policy it was decided under, `record` the
    number of the decision in the audit, `heard` what there was to decide on, None where nobody looked into the call.
    """

    call: Call
    decision: Decision
    reservation: Reservation | None = None
    writing: Writing | None = None
    policy: str = ""
    heard: Hearing | None = None
    record: int | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """The paths of the arguments that are not as they came: `call` is what goes on."""
        return self.heard.changed if self.heard is not None else ()


class Gatekeeper(Protocol):
    """What a door asks: may this call pass, and what became of it."""

    def inspect(self, call: Call) -> Admission:
        """Decide on a call; never raises."""

    def refuse(self, reason: str, *, tool: str, request: str) -> Admission:
        """Refuse a call that could not be parsed; never raises."""

    def settle(self, admission: Admission, outcome: str, milliseconds: float) -> None:
        """Close a forwarded call; one that was cancelled may run on until `finish`."""

    def finish(self, admission: Admission) -> None:
        """A call that was cancelled has ended after all."""

    def hidden(self, tool: str) -> bool:
        """Whether the policy hides a tool from those that are listed."""

    def takes_long(self, tool: str) -> bool:
        """Whether deciding on a call of a tool may take long: there is code to judge, or something to keep."""


@dataclass(frozen=True)
class Gate:
    """The gate of one grant in front of one server; `judge` turns an argument into a verdict.

    `approvals` opens the place where people are asked, None where nobody can be; `notify` hears of every new request.
    `guarded` names the rules whose findings are never approved for other code, `stamp` the policy and all it draws
    upon. `closed` refuses every call: there is no policy, or the grant has ended. Threads may share a gate.
    """

    policy: Policy
    judge: Callable[[Argument], Verdict]
    tools: CodeTools
    store: Store = field(default_factory=MemoryStore)
    audit: AuditLog | None = None
    clock: Callable[[], float] = time.time
    grant: str = "default"
    server: str = "default"
    approvals: Callable[[], Approvals] | None = None
    notify: Callable[[Request], None] | None = None
    guarded: frozenset[str] = frozenset()
    stamp: str = ""
    written: WrittenFiles = field(default_factory=WrittenFiles)
    lingering: Lingering = field(default_factory=Lingering)
    closed: Decision | None = None

    def inspect(self, call: Call) -> Admission:
        """Decide on a call. Never raises: any fault of our own denies, as does an audit that cannot be kept."""
        call = replace(call, grant=self.grant, server=self.server)
        admission = None
        try:
            admission = self._admit(call)
            return self._keep(admission)
        except Exception as error:  # a crash must never mean "allow"
            return self._deny(call, admission, error)

    def refuse(self, reason: str, *, tool: str, request: str) -> Admission:
        """Refuse a call that could not be parsed; never raises."""
        call = Call(tool, {}, self.grant, self.server, request)
        return self._deny_with(call, Decision(Action.REFUSE, UNREADABLE, reason))

    def settle(self, admission: Admission, outcome: str, milliseconds: float) -> None:
        """Close a forwarded call: `ok`, `tool error`, `protocol error`, `not run`, `lost` or `cancelled`.

        Only one that surely did not run gives its quota back; see docs/QUOTAS.md. A refused call was closed when it
        was refused.
        """
        if admission.decision.action is not Action.FORWARD:
            return
        if admission.writing is not None:
            # Nobody knows that a call has ended which nobody has answered.
            self.written.end(admission.writing, done=outcome == "ok", over=outcome not in (LOST, CANCELLED))
        # The call has run, so its answer is due. The log remembers, and the next call is denied; quota that
        # cannot be given back stays used.
        with suppress(Exception):
            self._close(admission, outcome)
        with suppress(Exception):
            if self.audit is not None and admission.record is not None:
                self.audit.settle(admission.record, time=self.clock(), outcome=outcome, milliseconds=milliseconds)

    def finish(self, admission: Admission) -> None:
        """A call that was cancelled has ended after all: it runs no more, and changes no file any more."""
        if admission.writing is not None:
            self.written.end(admission.writing, done=False)
        with suppress(ValidatorError):
            if admission.reservation is not None and self.lingering.end(admission.reservation):
                self.store.commit(admission.reservation)

    def hidden(self, tool: str) -> bool:
        """Whether the policy hides a tool from those that are listed."""
        return tool in self.policy.hidden or "*" in self.policy.hidden

    def takes_long(self, tool: str) -> bool:
        """Whether deciding on a call of a tool may take long: there is code to judge, or something to keep."""
        kept = self.audit is not None or not isinstance(self.store, MemoryStore)
        return kept or bool(ways_of(self.policy, self.tools, Call(tool, {}, server=self.server)))

    def _close(self, admission: Admission, outcome: str) -> None:
        reservation = admission.reservation or NO_RESERVATION
        if outcome == CANCELLED and runs(reservation):
            self.lingering.add(reservation, self.clock() + longest(admission.call))
        else:
            close = self.store.roll_back if outcome in GIVEN_BACK else self.store.commit
            close(reservation)

    def _admit(self, call: Call) -> Admission:
        refused = self.closed or decide_tool(self.policy, call.tool)
        if refused is not None:
            return self._admission(call, refused)
        heard = hear(call, self.policy, self.tools, self.judge, self.written.recall)
        return replace(self._decide(heard), heard=heard)

    def _decide(self, heard: Hearing) -> Admission:
        if heard.obstacle:
            decision = Decision(Action.REFUSE, UNREADABLE, heard.obstacle, verdict=heard.scene.verdict)
            return self._answer(heard, decision)
        decision = decide(self.policy, heard.scene)
        match decision.action:
            case Action.REFUSE:
                return self._answer(heard, decision)
            case Action.ASK:
                return self._ask(heard, decision)
            case Action.FORWARD:
                return self._reserve(heard, decision)

    def _ask(self, heard: Hearing, decision: Decision) -> Admission:
        """Let a call pass that a person has approved, or ask for that."""
        if self.approvals is None:
            return self._answer(heard, replace(decision, action=Action.REFUSE, message=_unasked(decision)))
        petition = make_petition(
            heard.scene.call, decision, self.stamp or self.policy.digest, heard.judged, self.guarded
        )
        approvals, now = self.approvals(), self.clock()
        permission = approvals.look(petition, now)
        if permission is None:
            return self._answer(heard, self._file(approvals, petition, decision))
        return self._use(approvals, permission, heard, decision) or self._answer(
            heard, self._file(approvals, petition, decision)
        )

    def _use(
        self, approvals: Approvals, permission: Permission, heard: Hearing, decision: Decision
    ) -> Admission | None:
        """Reserve first, for a call that finds a limit exhausted should not use up its approval; None if it is gone."""
        passed = Decision(Action.FORWARD, decision.rule, verdict=decision.verdict, approval=permission.request)
        admission = self._reserve(heard, passed)
        if admission.decision.action is not Action.FORWARD:
            return admission
        taken = False
        try:
            taken = approvals.take(permission, self.clock())
        finally:
            if not taken:
                self._give_back(admission)
        return admission if taken else None

    def _file(self, approvals: Approvals, petition: Petition, decision: Decision) -> Decision:
        """Ask a person, or say why that is not possible."""
        refused = replace(decision, action=Action.REFUSE)
        if too_large(petition):
            return replace(refused, message=f"{decision.message}; the call is too large to be shown to a person")
        filed = approvals.file(petition, self.clock())
        if filed.request is None:
            full = "too many calls wait for a person already; let them be answered first"
            return replace(refused, message=f"{decision.message}; {full}")
        if filed.request.state is State.DENIED:
            reason = f": {filed.request.reason}" if filed.request.reason else ""
            return replace(refused, message=f"a person has denied this call{reason}", approval=filed.request.id)
        if filed.new and self.notify is not None:
            self.notify(filed.request)
        message = pending_text(filed.request.id, decision.message)
        return replace(decision, message=message, approval=filed.request.id)

    def _reserve(self, heard: Hearing, decision: Decision) -> Admission:
        scene = heard.scene
        if decision.verdict is not scene.verdict:
            scene = replace(scene, verdict=decision.verdict)
        due = charges(self.policy, scene)
        if isinstance(due, Decision):
            return self._answer(heard, due)
        reserved = self._take(due)
        if isinstance(reserved, Shortage):
            return self._answer(heard, refuse_shortage(self.policy, scene, reserved))
        facts = () if scene.verdict is None else scene.verdict.facts
        arguments = [argument for argument, _ in heard.judged]
        writing = self.written.begin(Passing(scene.call, heard.ways, heard.profiles, arguments, facts))
        if writing is None:
            self.store.roll_back(reserved)
            return self._answer(heard, Decision(Action.REFUSE, UNREADABLE, CHANGED, verdict=scene.verdict))
        return replace(self._answer(heard, decision), reservation=reserved, writing=writing)

    def _take(self, due: tuple[Charge, ...]) -> Reservation | Shortage:
        try:
            for reservation in self.lingering.due(self.clock()):
                self.store.commit(reservation)
            return self.store.reserve(due, self.clock())
        except QuotaError:
            if not self.policy.fail_open:
                raise
            return NO_RESERVATION

    def _admission(self, call: Call, decision: Decision) -> Admission:
        return Admission(call, decision, policy=self.policy.digest)

    def _answer(self, heard: Hearing, decision: Decision) -> Admission:
        return self._admission(heard.scene.call, decision)

    def _give_back(self, admission: Admission) -> None:
        if admission.writing is not None:
            self.written.end(admission.writing, done=False)
        # The call is denied in any case; quota that cannot be given back stays used.
        with suppress(Exception):
            if admission.reservation is not None:
                self.store.roll_back(admission.reservation)

    def _keep(self, admission: Admission) -> Admission:
        """Record the decision before anything is done about it."""
        if self.audit is None:
            return admission
        record = make_record(admission.call, admission.decision, admission.heard, admission.policy, self.clock())
        return replace(admission, record=self.audit.append(record))

    def _deny(self, call: Call, admission: Admission | None, error: Exception) -> Admission:
        if admission is not None:
            self._give_back(admission)
        if isinstance(error, AuditError):
            reason = f"the audit log {error.problems[0].reason}, and nothing is forwarded without a record"
            return self._admission(call, Decision(Action.REFUSE, INTERNAL_ERROR, reason))
        # What a store says is meant for people; of any other error only kind and place are told.
        reason = error.problems[0].reason if isinstance(error, ValidatorError) else f"internal error: {_name(error)}"
        return self._deny_with(call, Decision(Action.REFUSE, INTERNAL_ERROR, reason))

    def _deny_with(self, call: Call, decision: Decision) -> Admission:
        admission = self._admission(call, decision)
        # It is refused already, which is all that an audit asks for that fails in whatever way.
        with suppress(Exception):
            self._keep(admission)
        return admission


def _unasked(decision: Decision) -> str:
    return f"{decision.message}; this gate has no way to ask a person"


def _name(error: Exception) -> str:
    """The kind of an error and the place it comes from, without its text, which may hold the argument."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
