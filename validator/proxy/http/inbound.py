"""A message for a server on stdio in, what is wrong with how it came over HTTP out, if anything."""

import json
from typing import Final

from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    InboundLadderRejection,
    classify_inbound_request,
    decode_header_value,
    find_duplicated_routing_header,
    validate_mcp_param_headers,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers

from validator.proxy.http.headers import HEADER_MISMATCH, PARAMETER
from validator.proxy.http.schemas import Schemas
from validator.proxy.wire import CALL, INVALID_REQUEST, Broken, Message, ToolCall

INITIALIZE: Final = "initialize"
METHOD_NOT_FOUND: Final = -32601


def names_modern(headers: Headers) -> bool:
    """Whether a request claims a version without a handshake, or one that nobody knows."""
    version = headers.get(MCP_PROTOCOL_VERSION_HEADER)
    return version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS


def called_tool(headers: Headers) -> str | None:
    """The tool that a request claims to call; its body will have to say the same."""
    name = headers.get(MCP_NAME_HEADER)
    return None if headers.get("mcp-method") != CALL or name is None else decode_header_value(name)


def check_modern(message: Message, headers: Headers, schemas: Schemas) -> Broken | None:
    """What is wrong with a message of a version without a handshake."""
    if message.method is None:
        return Broken(INVALID_REQUEST, "a client has nothing to answer in this version")
    if message.id is None:
        return None
    if message.method == INITIALIZE:
        # The server would take it for the beginning of a handshake, which all clients of its process would be part of.
        return Broken(METHOD_NOT_FOUND, "this version has no handshake", message.id)
    doubled = find_duplicated_routing_header(headers.items())
    if doubled is not None:
        return Broken(HEADER_MISMATCH, f"the header {doubled} stands twice", message.id)
    found = classify_inbound_request(message.body, headers=dict(headers))
    if isinstance(found, InboundLadderRejection):
        return _broken(message, found)
    if isinstance(message, ToolCall) and (message.arguments or any(name.startswith(PARAMETER) for name in headers)):
        rejected = validate_mcp_param_headers(schemas.known.get(message.tool), message.arguments, headers)
        return None if rejected is None else _broken(message, rejected)
    return None


def check_handshake(message: Message) -> Broken | None:
    """What is wrong with a message that comes without a session and claims no version that needs none."""
    if message.method == INITIALIZE and message.id is not None:
        return None
    return Broken(INVALID_REQUEST, "there is no session: begin one with initialize", message.id)


def status_of(answer: bytes) -> int:
    """The status that goes with an answer of a version without a handshake."""
    error = json.loads(answer).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return ERROR_CODE_HTTP_STATUS.get(code, 200) if isinstance(code, int) else 200


def _broken(message: Message, rejected: InboundLadderRejection) -> Broken:
    return Broken(rejected.code, rejected.message, message.id, data=rejected.data)
