"""One client, one server: each line from either side in, what to send where out; the gate decides on tool calls."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from validator.gate import CANCELLED, LOST, NOT_RUN, Admission
from validator.model.call import Call
from validator.model.decision import Action
from validator.policy.approval import Reply
from validator.proxy import reply
from validator.proxy.amend import changed_paths, outcome_of, without_code, write_admitted, write_told
from validator.proxy.gatekeeper import Gatekeeper
from validator.proxy.listing import write_visible
from validator.proxy.question import Question, capabilities_of, declares_forms, read_reply
from validator.proxy.reading import Check, read_client
from validator.proxy.rounds import Asker, ask_back, take_round
from validator.proxy.step import Asked, Step
from validator.proxy.wire import (
    CALL,
    INVALID_REQUEST,
    LONGEST_NAME,
    Broken,
    Message,
    RequestId,
    ToolCall,
    is_modern,
    read_upstream_line,
    usable_id,
    write_answer,
)

CANCEL = "notifications/cancelled"
LIST = "tools/list"
INITIALIZE = "initialize"
JUNK = "that were no JSON-RPC message"
WAITING = "a request with this id still waits for its answer"
UNASKED = "that answered nothing that was asked"
LATE = "that answered what was cancelled"
POSED = "that spoke in the name of the proxy"
STRAY = "it answers no question that this proxy waits for"
MOST_CANCELLED = 1_000


@dataclass(slots=True)
class Session:
    """What was asked and not yet answered, and what was cancelled and may yet be answered, on whatever transport.

    `from_client` may run in several threads at once, beside the rest: each step touches `asked` by one atomic
    operation, and what moves from there to `cancelled` is not seen between the two. `clock` gives seconds, for the time
    that calls take. `remembered` says how many answered requests are kept for a client that has an answer repeated.
    `forms` says that the client can ask a person, by its handshake; `questions` are those that it has not answered.
    `connection` tells a process of the server that serves this session alone from all others.
    """

    gate: Gatekeeper
    clock: Callable[[], float]
    asked: dict[RequestId, Asked] = field(default_factory=dict)
    cancelled: dict[RequestId, Asked] = field(default_factory=dict)
    cancelling: threading.Lock = field(default_factory=threading.Lock)
    dropped: Counter[str] = field(default_factory=Counter)
    remembered: int = 0
    answered: OrderedDict[RequestId, Asked] = field(default_factory=OrderedDict)
    asker: Asker = field(default_factory=Asker)
    forms: bool = False
    questions: dict[str, Question] = field(default_factory=dict)
    connection: str = ""

    def from_client(self, line: bytes | None, check: Check | None = None) -> Step:
        """Judge one line of the client; None stands for a line that was too long to keep."""
        return self.judge(read_client(line, check))

    def judge(self, message: Message | Broken | None) -> Step:
        """What becomes of a message that was read."""
        match message:
            case Broken() as broken:
                return self._refuse(broken)
            case ToolCall() as call:
                return self._call(call)
            case Message():
                return self._pass(message)
            case None:
                return Step()

    def from_upstream(self, line: bytes | None, *, repeated: bool = False) -> Step:
        """Pass one line of the server, unless it is junk or answers nothing that was asked.

        `repeated` says that the client has asked to hear again what it missed: then a known answer passes once more.
        """
        message = None if line is None else read_upstream_line(line)
        if message is None:
            return self._drop(JUNK) if line is None or line.strip() else Step()
        if message.method is not None or message.id is None:
            if self.asker.owns(message.id) or self.asker.owns(message.params.get("requestId")):
                return self._drop(POSED)
            return Step(client=message.line, message=message)
        asked = self.asked.pop(message.id, None)
        if asked is not None:
            self._settle(asked, outcome_of(message.body, modern=asked.modern))
            self._remember(message.id, asked)
        elif repeated:
            asked = self.answered.get(message.id)
        if asked is None:
            return self._late(message)
        if asked.method == LIST:
            return Step(client=write_visible(message, self.gate.hidden, modern=asked.modern), message=message)
        return Step(client=write_told(message, asked.admission), message=message)

    def resume(self, question: Question, reply: Reply) -> Step:
        """Decide on a call that was held, now that somebody has answered, or nobody needs to any more."""
        self.questions.pop(question.id, None)
        call = question.call
        asked = self.asked.get(call.request)
        held = asked is not None and asked.question is question
        admission = self.gate.answer(self._told(call), question.decision.approval, reply if held else Reply.WITHDRAWN)
        return self._admitted(call, asked, admission) if asked is not None and held else Step()

    def lose(self, request: RequestId, *, delivered: bool = True) -> bytes | None:
        """Answer a request that the server left unanswered: a tool call by a tool result, the rest by an error.

        None if it waits for no answer; `delivered` says whether the server may have heard of it.
        """
        asked = self.asked.pop(request, None)
        if asked is None:
            return None
        if asked.question is not None:
            asked.question.settle(Reply.WITHDRAWN)
            delivered = False
        self._settle(asked, LOST if delivered else NOT_RUN)
        if asked.method == CALL:
            return write_answer(reply.lost_call(request, modern=asked.modern, delivered=delivered))
        return write_answer(reply.lost_request(request, delivered=delivered))

    def fail(self, request: RequestId) -> None:
        """Forget a request that the server turned away without an answer of its own."""
        asked = self.asked.pop(request, None)
        if asked is not None:
            self._settle(asked, "protocol error")

    def abandon(self, request: RequestId) -> bool:
        """A request that nobody waits for gets no answer any more; a call may run on, so it is kept in mind.

        Tells whether the call was held, so that the server has never heard of it.
        """
        with self.cancelling:
            asked = self.asked.pop(request, None)
            if asked is None:
                return False
            if asked.question is not None:
                asked.question.settle(Reply.WITHDRAWN)
                return True
            self.cancelled[request] = replace(asked, admission=without_code(asked.admission))
            if len(self.cancelled) > MOST_CANCELLED:
                self.cancelled.pop(next(iter(self.cancelled)))
            # Not `lost`: the call may well have run, and cancelling must not be a way around a limit.
            self._settle(asked, CANCELLED)
            return False

    def upstream_ended(self) -> Iterator[bytes]:
        """Answer everything that the server left unanswered."""
        for request in list(self.asked):
            lost = self.lose(request)
            if lost is not None:
                yield lost
        for request in list(self.cancelled):
            self._finish(self.cancelled.pop(request))

    def undelivered(self, request: RequestId) -> Step:
        """Answer a request that could not be sent on: it surely did not run."""
        return Step(client=self.lose(request, delivered=False))

    def _call(self, call: ToolCall) -> Step:
        # The place is taken before the judgment, which another call with this id may not overtake.
        waiting = Asked(CALL, is_modern(call.params))
        taken = take_round(self.asker, call)
        if isinstance(taken, Broken):
            return self._refuse(taken)
        if not self._begin(call.request, waiting):
            return self._refuse(Broken(INVALID_REQUEST, WAITING, tool=call.tool))
        if taken.reply is not None:
            return self._admitted(taken.call, waiting, self.gate.answer(self._told(call), taken.approval, taken.reply))
        admission = self.gate.inspect(self._told(call))
        if self._may_ask(waiting, call, admission) and not waiting.modern:
            return self._hold(call, waiting, admission)
        return self._admitted(taken.call, waiting, admission, first=True)

    def _told(self, call: ToolCall) -> Call:
        return Call(call.tool, call.arguments, request=_label(call.request), connection=self.connection)

    def _may_ask(self, waiting: Asked, call: ToolCall, admission: Admission) -> bool:
        """Whether the person in front of the client is to be asked, and can be."""
        able = declares_forms(capabilities_of(call.params)) if waiting.modern else self.forms
        return able and admission.decision.action is Action.ASK and admission.decision.ask_client

    def _hold(self, call: ToolCall, waiting: Asked, admission: Admission) -> Step:
        question = Question(self.asker.new_id(), call, admission.decision)
        with self.cancelling:
            held = self.asked.get(call.request) is waiting
            if held:
                self.questions[question.id] = question
                self.asked[call.request] = replace(waiting, question=question)
        return Step(question=question) if held else self._admitted(call, waiting, admission)

    def _admitted(self, call: ToolCall, waiting: Asked, admission: Admission, *, first: bool = False) -> Step:
        """What follows from a decision; only at `first` may it be a question in answer to the call."""
        asked = replace(waiting, question=None, admission=admission, since=self.clock())
        if self.asked.pop(call.request, None) is not waiting:
            # It was cancelled while it was judged: nobody waits for it, and the server will not hear of it.
            self.cancelled.pop(call.request, None)
            self._settle(asked, NOT_RUN)
            return Step()
        match admission.decision.action:
            case Action.FORWARD:
                self.asked[call.request] = asked
                changed = dict(admission.call.arguments) if changed_paths(admission) else None
                return Step(upstream=write_admitted(call, changed), message=call, arguments=changed)
            case Action.ASK if first and self._may_ask(waiting, call, admission):
                return Step(client=ask_back(self.asker, call, admission.decision))
            case Action.REFUSE | Action.ASK:
                refusal = reply.refusal(call.request, admission.decision, modern=waiting.modern)
                return Step(client=write_answer(refusal))

    def _pass(self, message: Message) -> Step:
        """Pass what is no tool call, and keep in mind what it asks."""
        if message.method is None and self.asker.owns(message.id):
            return self._take_answer(message)
        if message.method == CANCEL and self._forget(message):
            return Step(heard=True)
        if message.method == INITIALIZE:
            self.forms = declares_forms(message.params.get("capabilities"))
        if message.method is not None and message.id is not None:
            asked = Asked(message.method, is_modern(message.params))
            if not self._begin(message.id, asked):
                return self._refuse(Broken(INVALID_REQUEST, WAITING))
        return Step(upstream=message.line, message=message)

    def _take_answer(self, message: Message) -> Step:
        """Take the answer to a question of ours; the server is not told."""
        question = self.questions.pop(str(message.id), None)
        if question is None or not question.settle(read_reply(message.body.get("result"))):
            return self._refuse(Broken(INVALID_REQUEST, STRAY, message.id, silent=True))
        return Step(heard=True)

    def _refuse(self, broken: Broken) -> Step:
        """Refuse a line that cannot be judged: recorded always, answered where JSON-RPC lets us."""
        admission = self.gate.refuse(broken.reason, tool=broken.tool or "", request=_label(broken.id))
        if broken.silent:
            return Step(note=f"refused a message of the client: {broken.reason}", broken=broken)
        return Step(client=write_answer(reply.turned_down(broken, admission.decision)), broken=broken)

    def _begin(self, request: RequestId, asked: Asked) -> bool:
        """Keep a request in mind, unless the server may yet answer another one of its id."""
        return request not in self.cancelled and self.asked.setdefault(request, asked) is asked

    def _forget(self, cancelled: Message) -> bool:
        request = usable_id(cancelled.params.get("requestId"))
        return request is not None and self.abandon(request)

    def _remember(self, request: RequestId, asked: Asked) -> None:
        if self.remembered:
            self.answered[request] = asked
            while len(self.answered) > self.remembered:
                self.answered.popitem(last=False)

    def _late(self, message: Message) -> Step:
        """Drop an answer that nobody waits for, which may say that a cancelled call has ended."""
        # The answer may come while its request is being cancelled.
        with self.cancelling:
            asked = self.cancelled.pop(message.id, None) if message.id is not None else None
        if asked is None:
            return self._drop(UNASKED)
        self._finish(asked)
        return self._drop(LATE)

    def _finish(self, asked: Asked) -> None:
        if asked.admission is not None:
            self.gate.finish(asked.admission)

    def _settle(self, asked: Asked, outcome: str) -> None:
        if asked.admission is not None:
            self.gate.settle(asked.admission, outcome, (self.clock() - asked.since) * 1000)

    def _drop(self, kind: str) -> Step:
        """Count a dropped line; told at every doubling, so that a flood does not flood the log as well."""
        self.dropped[kind] += 1
        count = self.dropped[kind]
        return Step(note=f"dropped {count} lines of the server {kind}" if count & (count - 1) == 0 else "")


def _label(request: RequestId | None) -> str:
    return "" if request is None else str(request)[:LONGEST_NAME]
