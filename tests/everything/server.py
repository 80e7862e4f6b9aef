"""The everything server: each feature of MCP that a proxy could break, in both generations of the protocol."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from mcp import MCPError
from mcp.server import Server
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    PaginatedRequestParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
)

from tests.everything import asking, changes, content, prompts, resources, rounds
from tests.everything.tool import Call, Json, modern

NAME: Final = "everything"
TOOLS: Final = {tool.name: tool for room in (content, asking, rounds, changes) for tool in room.TOOLS}
CACHED: Final = ("tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read")
Context = ServerRequestContext[Any, Any]
Handler: TypeAlias = Callable[[Context, Any], Awaitable[Json]]


def everything(*without: str) -> Server[Any]:
    """A new server with all tools but the named ones, all resources and all prompts."""
    bus = InMemorySubscriptionBus()
    tools = {name: tool for name, tool in TOOLS.items() if name not in without}

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> Json:
        return {"tools": [tool.listed() for tool in tools.values()]}

    async def call_tool(context: Context, params: CallToolRequestParams) -> Json:
        tool = tools.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"There is no tool {params.name}.")
        return await tool.run(Call(context, params, bus))

    handlers = {
        "on_list_tools": list_tools,
        "on_call_tool": call_tool,
        "on_list_resources": resources.list_resources,
        "on_list_resource_templates": resources.list_templates,
        "on_read_resource": resources.read_resource,
        "on_subscribe_resource": _done,
        "on_unsubscribe_resource": _done,
        "on_list_prompts": prompts.list_prompts,
        "on_get_prompt": prompts.get_prompt,
        "on_completion": prompts.complete,
    }
    server = Server(
        NAME,
        version="1.0.0",
        instructions="A server for tests: it has one of everything.",
        cache_hints={method: CacheHint(ttl_ms=60_000, scope="public") for method in CACHED},
        get_tool_input_schema=lambda name: TOOLS[name].schema if name in TOOLS else None,
        on_subscriptions_listen=ListenHandler(bus),
        **{name: _complete(handler) for name, handler in handlers.items()},
    )
    # Not by the argument of that name, which warns that clients of 2026-07-28 do without.
    server.add_request_handler("logging/setLevel", SetLevelRequestParams, _complete(_done))
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=NAME))
    return server


def _complete(handler: Handler) -> Handler:
    """Since 2026-07-28 a result says what it is, and is complete if it asks nothing."""

    async def handle(context: Context, params: Any) -> Json:
        result = await handler(context, params)
        return {"resultType": "complete"} | result if modern(context) else result

    return handle


async def _done(_: Context, __: SubscribeRequestParams | SetLevelRequestParams) -> Json:
    """Taken note of: whoever subscribes is told of changes anyway, and every log message is above every level."""
    return {}
