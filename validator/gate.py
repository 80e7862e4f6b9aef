"""A tool call in, an admission out: forward it or refuse it, with the record of either kept."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from validator.asking import answer_request, file_petition, unasked_text
from validator.audit.log import AuditLog
from validator.hearing import Hearing, hear, profiles_of, takes_thought
from validator.intake.tools import CodeTools
from validator.intake.written import CHANGED, Passing, Writing, WrittenFiles
from validator.lingering import Lingering, longest, runs
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.errors import AuditError, ValidatorError
from validator.model.verdict import Verdict
from validator.policy.approval import Approvals, Permission, Reply, Request, make_petition
from validator.policy.evaluate import charges, decide, decide_tool, refuse_shortage
from validator.policy.memory import MemoryStore
from validator.policy.quota import NO_RESERVATION, Charge, QuotaError, Reservation, Shortage, Store
from validator.policy.terms import Policy
from validator.recording import make_record, name_of
from validator.sessions import MOVED, JudgeNext, Sessions, Turn, make_turn

UNREADABLE: Final = "(unreadable call)"
INTERNAL_ERROR: Final = "(internal error)"
NOT_RUN: Final = "not run"
CANCELLED: Final = "cancelled"
LOST: Final = "lost"
ASKED_BACK: Final = "input required"
GIVEN_BACK: Final = frozenset({NOT_RUN})
MOST_LOOKS: Final = 3


@dataclass(frozen=True, slots=True)
class Admission:
    """What was decided on one call; a forwarded one holds the quota it reserved until it is settled.

    `writing` is what a forwarded call changes, `turn` the sessions it meets, `policy` the digest of the policy it was
    decided under, `record` the number of the decision in the audit, `heard` what there was to decide on, None where
    nobody looked into the call.
    """

    call: Call
    decision: Decision
    reservation: Reservation | None = None
    writing: Writing | None = None
    turn: Turn | None = None
    policy: str = ""
    heard: Hearing | None = None
    record: int | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """The paths of the arguments that are not as they came: `call` is what goes on."""
        return self.heard.changed if self.heard is not None else ()


@dataclass(frozen=True)
class Gate:
    """The gate of one grant in front of one server; `judge` turns an argument into a verdict.

    `approvals` opens the place where people are asked, None where nobody can be; `notify` hears of every new request.
    `guarded` names the rules whose findings are never approved for other code, `stamp` the policy and all it draws
    upon. `judge_next` judges code that meets the names of earlier calls, kept in `sessions`; None where no names
    outlive a call. `closed` refuses every call: there is no policy, or the grant has ended. Threads may share a gate.
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
    judge_next: JudgeNext | None = None
    sessions: Sessions = field(default_factory=Sessions)
    closed: Decision | None = None

    def inspect(self, call: Call) -> Admission:
        """Decide on a call. Never raises: any fault of our own denies, as does an audit that cannot be kept."""
        return self._decide_by(self._admit, call)

    def answer(self, call: Call, request: str, reply: Reply) -> Admission:
        """Decide on a call anew, now that the person in front of the client was asked; never raises.

        `request` is the one that was filed for it; whether it stands for this call is looked at as for every approval.
        """
        return self._decide_by(partial(self._admit_answered, request=request, reply=reply), call)

    def refuse(self, reason: str, *, tool: str, request: str) -> Admission:
        """Refuse a call that could not be parsed; never raises."""
        call = Call(tool, {}, self.grant, self.server, request)
        return self._deny_with(call, Decision(Action.REFUSE, UNREADABLE, reason))

    def settle(self, admission: Admission, outcome: str, milliseconds: float) -> None:
        """Close a forwarded call by its outcome, one of the words above or `ok`, `tool error`, `protocol error`.

        Only one that surely did not run gives its quota back; see docs/QUOTAS.md. One that the server answered with a
        question keeps its approval, for it comes again. A refused call was closed when it was refused.
        """
        if admission.decision.action is not Action.FORWARD:
            return
        if admission.writing is not None:
            # Nobody knows that a call has ended which nobody has answered.
            self.written.end(admission.writing, done=outcome == "ok", over=outcome not in (LOST, CANCELLED))
        if admission.turn is not None:
            until = self.clock() + longest(admission.call) if outcome in (LOST, CANCELLED) else None
            self.sessions.end(admission.turn, ran=outcome != NOT_RUN, done=outcome == "ok", until=until)
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
        self.sessions.finish(admission.turn or Turn())
        with suppress(ValidatorError):
            if admission.reservation is not None and self.lingering.end(admission.reservation):
                self.store.commit(admission.reservation)

    def hidden(self, tool: str) -> bool:
        """Whether the policy hides a tool from those that are listed."""
        return tool in self.policy.hidden or "*" in self.policy.hidden

    def takes_long(self, tool: str) -> bool:
        """Whether deciding on a call of a tool may take long: there is code to judge, or something to keep."""
        kept = self.audit is not None or not isinstance(self.store, MemoryStore)
        return kept or takes_thought(self.policy, self.tools, Call(tool, {}, server=self.server))

    def _close(self, admission: Admission, outcome: str) -> None:
        reservation = admission.reservation or NO_RESERVATION
        if outcome == CANCELLED and runs(reservation):
            self.lingering.add(reservation, self.clock() + longest(admission.call))
        else:
            close = self.store.roll_back if outcome in GIVEN_BACK else self.store.commit
            close(reservation)
        if outcome == ASKED_BACK and admission.decision.approval and self.approvals is not None:
            self.approvals().give_back(admission.decision.approval, self.clock())

    def _decide_by(self, admit: Callable[[Call], Admission], call: Call) -> Admission:
        """What is decided on a call, and kept; whatever goes wrong denies."""
        call = call.under(self.grant, self.server)
        admission = None
        try:
            admission = admit(call)
            return self._keep(admission)
        except Exception as error:  # a crash must never mean "allow"
            return self._deny(call, admission, error)

    def _admit_answered(self, call: Call, *, request: str, reply: Reply) -> Admission:
        refused = self.closed
        if refused is None and self.approvals is not None:
            refused = answer_request(self.approvals(), call, request, reply, self.clock())
        return self._admit(call) if refused is None else self._admission(call, refused)

    def _admit(self, call: Call) -> Admission:
        refused = self.closed or decide_tool(self.policy, call.tool)
        if refused is not None:
            return self._admission(call, refused)
        for _ in range(MOST_LOOKS):
            turn = make_turn(call, profiles_of(self.policy, self.tools, call))
            judge = partial(self._judge, turn)
            heard = hear(call, self.policy, self.tools, judge, self.written.recall)
            admission = self._decide(replace(heard, turn=turn))
            if admission.decision is not MOVED:
                break
        return admission

    def _judge(self, turn: Turn, argument: Argument) -> Verdict:
        if argument.session is None or self.judge_next is None:
            return self.judge(argument)
        return self.sessions.judge(turn, argument, self.judge_next, self.clock())

    def _decide(self, heard: Hearing) -> Admission:
        if heard.obstacle:
            return self._answer(heard, Decision(Action.REFUSE, UNREADABLE, heard.obstacle, verdict=heard.scene.verdict))
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
            return self._answer(heard, replace(decision, action=Action.REFUSE, message=unasked_text(decision)))
        petition = make_petition(
            heard.scene.call, decision, self.stamp or self.policy.digest, heard.judged, self.guarded
        )
        approvals, now = self.approvals(), self.clock()
        permission = approvals.look(petition, now)
        used = None if permission is None else self._use(approvals, permission, heard, decision)
        return used or self._answer(heard, file_petition(approvals, petition, decision, self.clock(), self.notify))

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
        admission = Admission(scene.call, decision, reserved, writing, heard.turn, self.policy.digest, heard)
        if heard.turn is not None and not self.sessions.begin(heard.turn):
            self._give_back(replace(admission, turn=None))
            return self._answer(heard, MOVED)
        return admission

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
        return Admission(heard.scene.call, decision, policy=self.policy.digest, heard=heard)

    def _give_back(self, admission: Admission) -> None:
        if admission.writing is not None:
            self.written.end(admission.writing, done=False)
        self.sessions.end(admission.turn or Turn(), ran=False, done=False)
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
        reason = error.problems[0].reason if isinstance(error, ValidatorError) else f"internal error: {name_of(error)}"
        return self._deny_with(call, Decision(Action.REFUSE, INTERNAL_ERROR, reason))

    def _deny_with(self, call: Call, decision: Decision) -> Admission:
        admission = self._admission(call, decision)
        # It is refused already, which is all that an audit asks for that fails in whatever way.
        with suppress(Exception):
            self._keep(admission)
        return admission
