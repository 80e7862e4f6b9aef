"""Requests of several clients in, requests of one client out, each under a number of its own; and back."""

from collections.abc import Mapping

from validator.model.known import JsonValue
from validator.proxy.session import CANCEL
from validator.proxy.wire import Body, Message, RequestId, write_answer, write_line

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


def progress_token(params: Mapping[str, JsonValue]) -> JsonValue:
    """What a request calls its progress by; None if it wants to hear of none."""
    meta = params.get("_meta")
    return meta.get("progressToken") if isinstance(meta, dict) else None


def rename(body: Body, number: int) -> bytes:
    """The line of a request under a number, by which its progress is told as well."""
    renamed: Body = {**body, "id": number}
    params = body.get("params")
    if isinstance(params, dict) and progress_token(params) is not None:
        meta = params.get("_meta")
        renamed["params"] = {**params, "_meta": {**(meta if isinstance(meta, dict) else {}), "progressToken": number}}
    return write_line(renamed)


def restore_answer(answer: Message, request: RequestId) -> bytes:
    """The line of an answer under the id that its client chose."""
    body: Body = {**answer.body, "id": request}
    result = body.get("result")
    if isinstance(result, dict):
        body["result"] = _subscribed(result, request)
    return write_answer(body)


def number_of(notification: Message) -> JsonValue:
    """The number of the request that a notification belongs to; None where it does not say."""
    token = notification.params.get("progressToken")
    meta = notification.params.get("_meta")
    return meta.get(SUBSCRIPTION, token) if isinstance(meta, dict) else token


def restore_notification(notification: Message, request: RequestId, token: JsonValue) -> bytes:
    """The line of a notification with the names that its client chose."""
    params = _subscribed(notification.params, request)
    if "progressToken" in params:
        params = {**params, "progressToken": token}
    return write_answer({**notification.body, "params": params} if params else notification.body)


def cancellation(number: int) -> bytes:
    """The line by which the server hears that nobody waits for an answer."""
    params: Body = {"requestId": number, "reason": "the client has left"}
    return write_line({"jsonrpc": "2.0", "method": CANCEL, "params": params})


def _subscribed(values: Body, request: RequestId) -> Body:
    meta = values.get("_meta")
    if not isinstance(meta, dict) or SUBSCRIPTION not in meta:
        return values
    return {**values, "_meta": {**meta, SUBSCRIPTION: request}}
