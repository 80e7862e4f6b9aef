"""A call of the versions without a handshake in, out the question that answers it; and later the answer that it brings.

There the proxy keeps nothing: the client carries the state, whose seal says for which call of which grant it is. That
an answer counts once and in time is seen to by the store of approvals.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from validator.model.decision import Decision
from validator.model.known import JsonValue
from validator.policy.approval import Reply, canonical
from validator.proxy.question import ELICIT, ask_form, new_mark, read_reply
from validator.proxy.wire import INVALID_REQUEST, Body, Broken, ToolCall, is_modern, write_answer, write_line

KEY: Final = "validator.approval"
TICK: Final = 5.0
FORGED: Final = "the requestState is none that this proxy has given out to this client: call again without it"
CHANGED: Final = "the requestState belongs to another call: call again without it"
_STATE: Final = "requestState"
_RESPONSES: Final = "inputResponses"
_CARRIED: Final = (_STATE, _RESPONSES)


@dataclass(frozen=True, slots=True)
class Round:
    """A call without what was ours in it; `reply` is None where nobody was asked, or nothing was answered."""

    call: ToolCall
    approval: str = ""
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks on behalf of one grant.

    `mark` begins all that is ours, `key` seals, `tick` is how many seconds pass between signs of life.
    """

    mark: str = field(default_factory=new_mark)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    tick: float = TICK

    def new_id(self) -> str:
        """The id of a question, which neither side can guess."""
        return self.mark + secrets.token_hex(8)

    def owns(self, value: JsonValue) -> bool:
        """Whether an id or a state says that it is ours; whether it truly is has to be seen."""
        return isinstance(value, str) and value.startswith(self.mark)


def ask_back(asker: Asker, call: ToolCall, decision: Decision) -> bytes:
    """The result that asks; what the call carried for the server comes back in its state."""
    carried: Body = {key: call.params[key] for key in _CARRIED if key in call.params}
    state = _seal(asker, {"approval": decision.approval, "call": _digest(call), "carried": carried})
    question: Body = {"method": ELICIT, "params": ask_form(call.tool, decision)}
    result: Body = {"resultType": "input_required", "inputRequests": {KEY: question}, _STATE: state}
    return write_answer({"jsonrpc": "2.0", "id": call.request, "result": result})


def take_round(asker: Asker, call: ToolCall) -> Round | Broken:
    """The answer that a call brings to a question of ours, or the call as it is where it brings none."""
    state = call.params.get(_STATE)
    if not is_modern(call.params) or not isinstance(state, str) or not asker.owns(state):
        return Round(call)
    told = _unseal(asker, state)
    if told is None:
        return _broken(call, FORGED)
    if told["call"] != _digest(call):
        return _broken(call, CHANGED)
    responses, carried = call.params.get(_RESPONSES), told["carried"]
    answer = responses.get(KEY) if isinstance(responses, dict) else None
    rest = {key: value for key, value in call.params.items() if key not in _CARRIED}
    body: Body = {**call.body, "params": {**rest, **(carried if isinstance(carried, dict) else {})}}
    stripped = replace(call, body=body, line=write_line(body))
    return Round(stripped, str(told["approval"]), None if answer is None else read_reply(answer))


def _seal(asker: Asker, told: Mapping[str, JsonValue]) -> str:
    text = urlsafe_b64encode(canonical(dict(told)).encode()).decode()
    return f"{asker.mark}{text}.{_signature(asker, text)}"


def _unseal(asker: Asker, state: str) -> Body | None:
    """What was sealed, None if it was not by this asker."""
    text, _, signature = state.removeprefix(asker.mark).rpartition(".")
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(asker, text).encode()):
        return None
    told = json.loads(urlsafe_b64decode(text))
    return told if isinstance(told, dict) else None


def _signature(asker: Asker, text: str) -> str:
    return hmac.new(asker.key, text.encode("utf-8", "replace"), sha256).hexdigest()


def _digest(call: ToolCall) -> str:
    return sha256(canonical([call.tool, call.arguments]).encode()).hexdigest()


def _broken(call: ToolCall, reason: str) -> Broken:
    return Broken(INVALID_REQUEST, reason, call.request, call.tool, modern=True)
