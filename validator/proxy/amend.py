"""What was decided on a message in, the message as it goes on out, and what the audit calls its end."""

from dataclasses import replace

from validator.gate import ASKED_BACK, NOT_RUN, Admission
from validator.proxy.wire import NEVER_RUN, Body, Message, ToolCall, write_answer, write_line

CHANGED = "validator/changed"  # in `_meta`: the paths of the arguments that did not go on as they came


def write_admitted(call: ToolCall, changed: Body | None) -> bytes:
    """The line of a call as it may go on: with the arguments that were judged, if some were changed."""
    if changed is None:
        return call.line
    return write_line({**call.body, "params": {**call.params, "arguments": changed}})


def write_told(message: Message, admission: Admission | None) -> bytes:
    """An answer of the server; where arguments were changed, its `_meta` names them."""
    result, changed = message.body.get("result"), changed_paths(admission)
    if not changed or not isinstance(result, dict):
        return message.line
    meta = result.get("_meta")
    told: Body = {**(meta if isinstance(meta, dict) else {}), CHANGED: list(changed)}
    return write_answer({**message.body, "result": {**result, "_meta": told}})


def changed_paths(admission: Admission | None) -> tuple[str, ...]:
    """The paths of the arguments that do not go on as they came."""
    return admission.heard.changed if admission is not None and admission.heard is not None else ()


def outcome_of(body: Body, *, modern: bool) -> str:
    """What the server made of a call, in the words of the audit."""
    result = body.get("result")
    if "error" in body:
        error = body["error"]
        code = error.get("code") if isinstance(error, dict) else None
        return NOT_RUN if isinstance(code, int) and code in NEVER_RUN else "protocol error"
    if modern and isinstance(result, dict) and result.get("resultType") == "input_required":
        return ASKED_BACK
    return "tool error" if isinstance(result, dict) and result.get("isError") is True else "ok"


def without_code(admission: Admission | None) -> Admission | None:
    """What is kept of a call whose code nobody asks for any more."""
    if admission is None:
        return None
    return replace(admission, call=replace(admission.call, arguments={}), heard=None)
