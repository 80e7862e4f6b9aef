"""A call that a person has to approve in, the question to the one in front of the client out; and what answers mean."""

import secrets
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from typing import Final

from validator.model.decision import Decision
from validator.model.known import JsonValue
from validator.policy.approval import Reply
from validator.proxy.summary import summarise
from validator.proxy.wire import Body, ToolCall, write_answer

ELICIT: Final = "elicitation/create"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
_APPROVE: Final = "approve"
_SCHEMA: Final[Body] = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "title": "May this call run, once?", "enum": [_APPROVE, "deny"]},
    },
    "required": ["answer"],
}


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A call that is held until somebody has answered, by whatever thread, or nobody needs to any more."""

    id: str
    call: ToolCall
    decision: Decision
    answer: "Future[Reply]" = field(default_factory=Future)

    @property
    def line(self) -> bytes:
        """The request to the client."""
        params = ask_form(self.call.tool, self.decision)
        return write_answer({"jsonrpc": "2.0", "id": self.id, "method": ELICIT, "params": params})

    @property
    def withdrawal(self) -> bytes:
        """What the client is told when nobody needs to answer any more."""
        params: Body = {"requestId": self.id, "reason": "nobody needs to answer any more"}
        return write_answer({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params})

    def progress(self, number: int) -> bytes | None:
        """The sign of life that keeps the client from giving up on its call; None if it has not asked for such."""
        meta = self.call.params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, dict) else None
        if token is None:
            return None
        # It has to grow, and stay below all that the server will tell by the same token, which may begin at 0.
        params: Body = {"progressToken": token, "progress": -1 / number, "message": "waiting for a person to approve"}
        return write_answer({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})

    def settle(self, reply: Reply) -> bool:
        """Take an answer; only the first counts, and gives True."""
        try:
            self.answer.set_result(reply)
        except InvalidStateError:
            return False
        return True


def ask_form(tool: str, decision: Decision) -> Body:
    """The parameters of the question, in the words that a client shows as a form."""
    return {"message": summarise(tool, decision), "requestedSchema": _SCHEMA}


def new_mark() -> str:
    """The beginning of all that is ours in conversations; another proxy on the way has another one."""
    return f"validator-{secrets.token_hex(4)}-"


def read_reply(result: JsonValue) -> Reply:
    """What the result of a question means; whatever is not an approval is none."""
    if not isinstance(result, dict):
        return Reply.DISMISSED
    content = result.get("content")
    match result.get("action"):
        case "accept" if isinstance(content, dict) and content.get("answer") == _APPROVE:
            return Reply.APPROVED
        case "accept" | "decline":
            return Reply.DENIED
        case _:
            return Reply.DISMISSED


def declares_forms(capabilities: JsonValue) -> bool:
    """Whether a client has said that it shows forms to a person; to say nothing of the kind of elicitation is that."""
    declared = capabilities.get("elicitation") if isinstance(capabilities, dict) else None
    return isinstance(declared, dict) and (not declared or isinstance(declared.get("form"), dict))


def capabilities_of(params: Body) -> JsonValue:
    """What a request of the versions without a handshake says that its client can do."""
    meta = params.get("_meta")
    return meta.get(CAPABILITIES_KEY) if isinstance(meta, dict) else None
