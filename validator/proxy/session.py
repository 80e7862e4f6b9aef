"""One client, one server: each line from either side in, what to send where out; the gate decides on tool calls."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from validator.gate import CANCELLED, LOST, NOT_RUN, Admission, Gatekeeper
from validator.model.call import Call
from validator.model.decision import Action
from validator.model.known import JsonValue
from validator.proxy import reply
from validator.proxy.lines import LONGEST_LINE
from validator.proxy.wire import (
    CALL,
    INVALID_REQUEST,
    LONGEST_NAME,
    NEVER_RUN,
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
    write_line,
)

CANCEL = "notifications/cancelled"
LIST = "tools/list"
CHANGED = "validator/changed"  # in `_meta`: the paths of the arguments that did not go on as they came
JUNK = "that were no JSON-RPC message"
WAITING = "a request with this id still waits for its answer"
UNASKED = "that answered nothing that was asked"
LATE = "that answered what was cancelled"
MOST_CANCELLED = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """What to send after a line was read, each None for nothing; `note` is for the person who runs the proxy.

    `request` is the id of the tool call that goes to the server, if it is one.
    """

    upstream: bytes | None = None
    client: bytes | None = None
    note: str = ""
    request: RequestId | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the server has not answered; `admission` and `since` belong to tool calls."""

    method: str
    modern: bool
    admission: Admission | None = None
    since: float = 0.0


@dataclass(slots=True)
class Session:
    """What was asked and not yet answered, and what was cancelled and may yet be answered.

    `from_client` may run in another thread than the rest: each step touches `asked` by one atomic operation, and
    what moves from there to `cancelled` is not seen between the two.
    `clock` gives seconds, for the time that calls take.
    """

    gate: Gatekeeper
    clock: Callable[[], float]
    asked: dict[RequestId, Asked] = field(default_factory=dict)
    cancelled: dict[RequestId, Asked] = field(default_factory=dict)
    cancelling: threading.Lock = field(default_factory=threading.Lock)
    dropped: Counter[str] = field(default_factory=Counter)

    def from_client(self, line: bytes | None) -> Step:
        """Judge one line of the client; None stands for a line that was too long to keep."""
        if line is None:
            return self._refuse(Broken(PARSE_ERROR, f"the line is longer than {LONGEST_LINE} bytes"))
        if not line.strip():
            return Step()
        match read_client_line(line):
            case Broken() as broken:
                return self._refuse(broken)
            case ToolCall() as call:
                return self._call(call)
            case message:
                return self._pass(message)

    def from_upstream(self, line: bytes | None) -> Step:
        """Pass one line of the server, unless it is junk or answers nothing that was asked."""
        message = None if line is None else read_upstream_line(line)
        if message is None:
            return self._drop(JUNK) if line is None or line.strip() else Step()
        if message.method is not None:
            return Step(client=message.line)
        asked = self.asked.pop(message.id, None) if message.id is not None else None
        if asked is None:
            return self._late(message)
        self._settle(asked, _outcome(message.body))
        return Step(client=self._visible(message) if asked.method == LIST else _told(message, asked.admission))

    def upstream_ended(self) -> Iterator[bytes]:
        """Answer what the server left unanswered: tool calls by a tool result, the rest by an error."""
        for request in list(self.asked):
            asked = self.asked.pop(request)
            self._settle(asked, LOST)
            lost = reply.lost_call(request, modern=asked.modern) if asked.admission else reply.lost_request(request)
            yield write_answer(lost)
        for request in list(self.cancelled):
            self._finish(self.cancelled.pop(request))

    def undelivered(self, request: RequestId) -> Step:
        """Answer a tool call that could not be sent on: it surely did not run."""
        asked = self.asked.pop(request, None)
        if asked is None:
            return Step()
        self._settle(asked, NOT_RUN)
        return Step(client=write_answer(reply.lost_call(request, modern=asked.modern, delivered=False)))

    def _call(self, call: ToolCall) -> Step:
        if self._in_use(call.request):
            return self._refuse(Broken(INVALID_REQUEST, WAITING, tool=call.tool))
        admission = self.gate.inspect(Call(call.tool, call.arguments, request=_label(call.request)))
        modern = is_modern(call.params)
        match admission.decision.action:
            case Action.FORWARD:
                self.asked[call.request] = Asked(CALL, modern, admission, self.clock())
                return Step(upstream=_admitted(call, admission), request=call.request)
            case Action.REFUSE | Action.ASK:
                refusal = reply.refusal(call.request, admission.decision, modern=modern)
                return Step(client=write_answer(refusal))

    def _pass(self, message: Message) -> Step:
        """Pass what is no tool call, and keep in mind what it asks."""
        if message.method == CANCEL:
            self._forget(message)
        if message.method is not None and message.id is not None:
            if self._in_use(message.id):
                return self._refuse(Broken(INVALID_REQUEST, WAITING))
            self.asked[message.id] = Asked(message.method, is_modern(message.params))
        return Step(upstream=message.line)

    def _refuse(self, broken: Broken) -> Step:
        """Refuse a line that cannot be judged: recorded always, answered where JSON-RPC lets us."""
        admission = self.gate.refuse(broken.reason, tool=broken.tool or "", request=_label(broken.id))
        if broken.silent:
            return Step(note=f"refused a message of the client: {broken.reason}")
        if broken.tool is None or broken.id is None:
            return Step(client=write_answer(reply.error(broken.id, broken.code, broken.reason)))
        return Step(client=write_answer(reply.refusal(broken.id, admission.decision, modern=broken.modern)))

    def _in_use(self, request: RequestId) -> bool:
        """Whether the server may yet answer a request of this id: then its answer would be taken for another's."""
        return request in self.asked or request in self.cancelled

    def _forget(self, cancelled: Message) -> None:
        """A cancelled request gets no answer any more; a cancelled call may run on, so it is kept in mind."""
        request = usable_id(cancelled.params.get("requestId"))
        if request is None:
            return
        with self.cancelling:
            asked = self.asked.pop(request, None)
            if asked is None:
                return
            self.cancelled[request] = _slim(asked)
            if len(self.cancelled) > MOST_CANCELLED:
                self.cancelled.pop(next(iter(self.cancelled)))
            # Not `lost`: the call may well have run, and cancelling must not be a way around a limit.
            self._settle(asked, CANCELLED)

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

    def _visible(self, message: Message) -> bytes:
        """The list of tools without those that the policy hides; every other field stays."""
        result = message.body.get("result")
        tools = result.get("tools") if isinstance(result, dict) else None
        if not isinstance(result, dict) or not isinstance(tools, list):
            return message.line
        shown = [tool for tool in tools if not self._is_hidden(tool)]
        if len(shown) == len(tools):
            return message.line
        body: Body = {**message.body, "result": {**result, "tools": shown}}
        return write_answer(body)

    def _is_hidden(self, tool: JsonValue) -> bool:
        name = tool.get("name") if isinstance(tool, dict) else None
        return isinstance(name, str) and self.gate.hidden(name)


def _admitted(call: ToolCall, admission: Admission) -> bytes:
    """The line of a call as it may go on: with the arguments that were judged, if some were changed."""
    if not _changed(admission):
        return call.line
    return write_line({**call.body, "params": {**call.params, "arguments": dict(admission.call.arguments)}})


def _slim(asked: Asked) -> Asked:
    """A request without its code, which nobody asks for any more."""
    if asked.admission is None:
        return asked
    call = replace(asked.admission.call, arguments={})
    return replace(asked, admission=replace(asked.admission, call=call, heard=None))


def _told(message: Message, admission: Admission | None) -> bytes:
    """An answer of the server; where arguments were changed, its `_meta` names them."""
    result, changed = message.body.get("result"), _changed(admission)
    if not changed or not isinstance(result, dict):
        return message.line
    meta = result.get("_meta")
    told: Body = {**(meta if isinstance(meta, dict) else {}), CHANGED: list(changed)}
    return write_answer({**message.body, "result": {**result, "_meta": told}})


def _changed(admission: Admission | None) -> tuple[str, ...]:
    return admission.heard.changed if admission is not None and admission.heard is not None else ()


def _outcome(body: Body) -> str:
    """What the server made of a call, in the words of the audit."""
    result = body.get("result")
    if "error" in body:
        error = body["error"]
        code = error.get("code") if isinstance(error, dict) else None
        return NOT_RUN if isinstance(code, int) and code in NEVER_RUN else "protocol error"
    return "tool error" if isinstance(result, dict) and result.get("isError") is True else "ok"


def _label(request: RequestId | None) -> str:
    return "" if request is None else str(request)[:LONGEST_NAME]
