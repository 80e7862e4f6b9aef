"""One client, one server: each line from either side in, what to send where out; the gate decides on tool calls."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from validator.gate import CANCELLED, LOST, NOT_RUN, Admission
from validator.model.call import Call
from validator.model.decision import Action
from validator.model.known import JsonValue
from validator.proxy import reply
from validator.proxy.amend import changed_paths, outcome_of, without_code, write_admitted, write_told
from validator.proxy.gatekeeper import Gatekeeper
from validator.proxy.lines import LONGEST_LINE
from validator.proxy.wire import (
    CALL,
    INVALID_REQUEST,
    LONGEST_NAME,
    PARSE_ERROR,
    Body,
    Broken,
    Message,
    RequestId,
    ToolCall,
    is_modern,
    read_client_line,
    read_upstream_line,
    usable_id,
    write_answer,
)

CANCEL = "notifications/cancelled"
LIST = "tools/list"
JUNK = "that were no JSON-RPC message"
WAITING = "a request with this id still waits for its answer"
UNASKED = "that answered nothing that was asked"
LATE = "that answered what was cancelled"
MOST_CANCELLED = 1_000

Check: TypeAlias = Callable[[Message], Broken | None]
"""What is wrong with a message beyond its own words, None for nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to send after a line was read, each None for nothing; `note` is for the person who runs the proxy.

    `message` is what was read where it goes on, `broken` why it does not where it could not be judged; `arguments` are
    those of a call that goes on with others than it came with.
    """

    upstream: bytes | None = None
    client: bytes | None = None
    note: str = ""
    message: Message | None = None
    broken: Broken | None = None
    arguments: Body | None = None

    @property
    def request(self) -> RequestId | None:
        """The id of the tool call that goes to the server, if it is one."""
        return self.message.request if self.upstream is not None and isinstance(self.message, ToolCall) else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the server has not answered; `admission` and `since` belong to tool calls."""

    method: str
    modern: bool
    admission: Admission | None = None
    since: float = 0.0


@dataclass(slots=True)
class Session:
    """What was asked and not yet answered, and what was cancelled and may yet be answered, on whatever transport.

    `from_client` may run in several threads at once, beside the rest: each step touches `asked` by one atomic
    operation, and what moves from there to `cancelled` is not seen between the two. `clock` gives seconds, for the time
    that calls take. `remembered` says how many answered requests are kept for a client that has an answer repeated.
    """

    gate: Gatekeeper
    clock: Callable[[], float]
    asked: dict[RequestId, Asked] = field(default_factory=dict)
    cancelled: dict[RequestId, Asked] = field(default_factory=dict)
    cancelling: threading.Lock = field(default_factory=threading.Lock)
    dropped: Counter[str] = field(default_factory=Counter)
    remembered: int = 0
    answered: OrderedDict[RequestId, Asked] = field(default_factory=OrderedDict)

    def from_client(self, line: bytes | None, check: Check | None = None) -> Step:
        """Judge one line of the client; None stands for a line that was too long to keep."""
        return self.judge(self.read(line, check))

    def read(self, line: bytes | None, check: Check | None = None) -> Message | Broken | None:
        """What a line of the client says, None for an empty one; `check` says what else is wrong with a message."""
        if line is None:
            return Broken(PARSE_ERROR, f"the line is longer than {LONGEST_LINE} bytes")
        if not line.strip():
            return None
        message = read_client_line(line)
        return (check(message) if check is not None and isinstance(message, Message) else None) or message

    def takes_long(self, message: Message | Broken | None) -> bool:
        """Whether judging a message may take long; what is refused or called may have to be recorded first."""
        match message:
            case Broken() as broken:
                return self.gate.takes_long(broken.tool or "")
            case ToolCall() as call:
                return self.gate.takes_long(call.tool)
            case Message() | None:
                return False

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
            return Step(client=message.line, message=message)
        asked = self.asked.pop(message.id, None)
        if asked is not None:
            self._settle(asked, outcome_of(message.body))
            self._remember(message.id, asked)
        elif repeated:
            asked = self.answered.get(message.id)
        if asked is None:
            return self._late(message)
        told = self._visible(message, asked) if asked.method == LIST else write_told(message, asked.admission)
        return Step(client=told, message=message)

    def lose(self, request: RequestId, *, delivered: bool = True) -> bytes | None:
        """Answer a request that the server left unanswered: a tool call by a tool result, the rest by an error.

        None if it waits for no answer; `delivered` says whether the server may have heard of it.
        """
        asked = self.asked.pop(request, None)
        if asked is None:
            return None
        self._settle(asked, LOST if delivered else NOT_RUN)
        if asked.method == CALL:
            return write_answer(reply.lost_call(request, modern=asked.modern, delivered=delivered))
        return write_answer(reply.lost_request(request, delivered=delivered))

    def fail(self, request: RequestId) -> None:
        """Forget a request that the server turned away without an answer of its own."""
        asked = self.asked.pop(request, None)
        if asked is not None:
            self._settle(asked, "protocol error")

    def abandon(self, request: RequestId) -> None:
        """A request that nobody waits for gets no answer any more; a call may run on, so it is kept in mind."""
        with self.cancelling:
            asked = self.asked.pop(request, None)
            if asked is None:
                return
            self.cancelled[request] = replace(asked, admission=without_code(asked.admission))
            if len(self.cancelled) > MOST_CANCELLED:
                self.cancelled.pop(next(iter(self.cancelled)))
            # Not `lost`: the call may well have run, and cancelling must not be a way around a limit.
            self._settle(asked, CANCELLED)

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
        if not self._begin(call.request, waiting):
            return self._refuse(Broken(INVALID_REQUEST, WAITING, tool=call.tool))
        admission = self.gate.inspect(Call(call.tool, call.arguments, request=_label(call.request)))
        asked = replace(waiting, admission=admission, since=self.clock())
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
            case Action.REFUSE | Action.ASK:
                refusal = reply.refusal(call.request, admission.decision, modern=waiting.modern)
                return Step(client=write_answer(refusal))

    def _pass(self, message: Message) -> Step:
        """Pass what is no tool call, and keep in mind what it asks."""
        if message.method == CANCEL:
            self._forget(message)
        if message.method is not None and message.id is not None:
            asked = Asked(message.method, is_modern(message.params))
            if not self._begin(message.id, asked):
                return self._refuse(Broken(INVALID_REQUEST, WAITING))
        return Step(upstream=message.line, message=message)

    def _refuse(self, broken: Broken) -> Step:
        """Refuse a line that cannot be judged: recorded always, answered where JSON-RPC lets us."""
        admission = self.gate.refuse(broken.reason, tool=broken.tool or "", request=_label(broken.id))
        if broken.silent:
            return Step(note=f"refused a message of the client: {broken.reason}", broken=broken)
        if broken.tool is None or broken.id is None:
            return Step(
                client=write_answer(reply.error(broken.id, broken.code, broken.reason, broken.data)), broken=broken
            )
        refusal = reply.refusal(broken.id, admission.decision, modern=broken.modern)
        return Step(client=write_answer(refusal), broken=broken)

    def _begin(self, request: RequestId, asked: Asked) -> bool:
        """Keep a request in mind, unless the server may yet answer another one of its id."""
        return request not in self.cancelled and self.asked.setdefault(request, asked) is asked

    def _forget(self, cancelled: Message) -> None:
        request = usable_id(cancelled.params.get("requestId"))
        if request is not None:
            self.abandon(request)

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

    def _visible(self, message: Message, asked: Asked) -> bytes:
        """The list of tools without those that the policy hides; every other field stays.

        What was left out for one client is not for a cache that others share.
        """
        result = message.body.get("result")
        tools = result.get("tools") if isinstance(result, dict) else None
        if not isinstance(result, dict) or not isinstance(tools, list):
            return message.line
        shown = [tool for tool in tools if not self._is_hidden(tool)]
        if len(shown) == len(tools):
            return message.line
        private: Body = {"cacheScope": "private"} if asked.modern or "cacheScope" in result else {}
        return write_answer({**message.body, "result": {**result, "tools": shown, **private}})

    def _is_hidden(self, tool: JsonValue) -> bool:
        name = tool.get("name") if isinstance(tool, dict) else None
        return isinstance(name, str) and self.gate.hidden(name)


def _label(request: RequestId | None) -> str:
    return "" if request is None else str(request)[:LONGEST_NAME]
