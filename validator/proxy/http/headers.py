"""Headers of one side in, those that may reach the other out; credentials of a client never go on."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from mcp.shared.inbound import (
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PARAM_HEADER_PREFIX,
    NAME_BEARING_METHODS,
    decode_header_value,
    mcp_param_headers,
)

from validator.model.known import JsonValue
from validator.proxy.wire import Broken, Message, ToolCall

Pairs: TypeAlias = list[tuple[str, str]]
Places: TypeAlias = Mapping[tuple[str, ...], str]
"""Which arguments a header mirrors, by their path, and the header's last word."""

SESSION: Final = "mcp-session-id"
LAST_EVENT: Final = "last-event-id"
JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
STREAM: Final = [("content-type", EVENTS), ("cache-control", "no-cache, no-transform"), ("x-accel-buffering", "no")]
HEADER_MISMATCH: Final = -32020

# What is not named here may be a credential of the client, or mean something to a program in between.
_REQUEST: Final = frozenset({"accept", "accept-language", "user-agent", LAST_EVENT, "traceparent", "tracestate"})
_ANSWER: Final = frozenset({"content-type", "cache-control", "allow", "retry-after", "vary", "x-accel-buffering"})
PARAMETER: Final = MCP_PARAM_HEADER_PREFIX.lower()


def pass_request(headers: Iterable[tuple[str, str]], *, body: bool) -> Pairs:
    """What of a client's headers goes to the server; `body` says that there is one, which we wrote ourselves."""
    passed = [(name, value) for name, value in headers if name in _REQUEST or name.startswith("mcp-")]
    # Compression would hide from us what the server says, and gain nothing on the way to us.
    return [*passed, *([("content-type", JSON)] if body else []), ("accept-encoding", "identity")]


def pass_answer(headers: Iterable[tuple[str, str]]) -> Pairs:
    """What of a server's headers goes to the client: nothing that sends it elsewhere or asks it who it is."""
    lowered = [(name.lower(), value) for name, value in headers]
    return [(name, value) for name, value in lowered if name in _ANSWER or name.startswith("mcp-")]


def stamp_parameters(
    headers: Pairs, places: Mapping[tuple[str, ...], str], arguments: Mapping[str, JsonValue]
) -> Pairs:
    """The headers with those that mirror arguments made anew, because the arguments were changed."""
    others = [(name, value) for name, value in headers if not name.startswith(PARAMETER)]
    return [*others, *mcp_param_headers(places, arguments).items()]


def contradiction(message: Message, headers: Iterable[tuple[str, str]]) -> Broken | None:
    """Why headers and body do not say the same; who reads only the headers would be told another call."""
    told = [(name, value) for name, value in headers if name in (MCP_METHOD_HEADER, MCP_NAME_HEADER)]
    for name, value in told:
        if [each for each, _ in told].count(name) > 1:
            return _mismatch(message, f"the header {name} stands twice")
        if name == MCP_METHOD_HEADER and value != message.method:
            return _mismatch(message, f"the header {name} does not name the method of the body")
        key = NAME_BEARING_METHODS.get(message.method or "")
        if name == MCP_NAME_HEADER and key is not None and decode_header_value(value) != message.params.get(key):
            return _mismatch(message, f"the header {name} does not say the {key} of the body")
    return None


def _mismatch(message: Message, reason: str) -> Broken:
    request = message.request if isinstance(message, ToolCall) else message.id
    return Broken(HEADER_MISMATCH, reason, request)
