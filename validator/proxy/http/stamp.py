"""A message that a client said over stdio in, the headers that go with it over HTTP out."""

from collections.abc import Mapping

from mcp.shared.inbound import (
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    NAME_BEARING_METHODS,
    encode_header_value,
    mcp_param_headers,
)

from validator.model.known import JsonValue
from validator.proxy.http.headers import Pairs, Places
from validator.proxy.wire import VERSION_KEY, Message, is_modern


def stamp(message: Message, version: str | None, places: Places, arguments: Mapping[str, JsonValue]) -> Pairs:
    """The headers of a message; `version` is the one that was agreed upon, where there was a handshake."""
    if not is_modern(message.params):
        return [] if version is None else [(MCP_PROTOCOL_VERSION_HEADER, version)]
    meta, key = message.params.get("_meta"), NAME_BEARING_METHODS.get(message.method or "")
    told = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    name = message.params.get(key) if key is not None else None
    said = {MCP_PROTOCOL_VERSION_HEADER: told, MCP_METHOD_HEADER: message.method, MCP_NAME_HEADER: name}
    stamped = [(header, encode_header_value(value)) for header, value in said.items() if isinstance(value, str)]
    return [*stamped, *mcp_param_headers(places, arguments).items()]
