"""Tools that tell clients of changes, and one that lets go of its stream while it works."""

from typing import Any, Final

import anyio
from mcp.server.subscriptions import PromptsListChanged, ResourceUpdated, ServerEvent, ToolsListChanged

from tests.everything.tool import Call, Json, Tool, modern, said, text

WATCHED: Final = "test://watched-resource"


async def _lets_go(call: Call) -> Json:
    """Closes the stream of the call before the answer is there: who wants it comes back and asks for it."""
    if call.context.close_sse_stream is not None:
        await call.context.close_sse_stream()
    await anyio.sleep(0.1)
    return said(text("The stream was closed and the answer came after."))


def _tells(event: ServerEvent, tell: str, *arguments: str) -> Any:
    """Tells every stream that listens (2026-07-28), or else the client that called."""

    async def run(call: Call) -> Json:
        if modern(call.context):
            await call.bus.publish(event)
        else:
            await getattr(call.context.session, tell)(*arguments)
        return said(text("The change was told."))

    return run


TOOLS: Final = (
    Tool("test_reconnection", "Closes its stream while it works", _lets_go),
    Tool("test_trigger_tool_change", "Tells of new tools", _tells(ToolsListChanged(), "send_tool_list_changed")),
    Tool(
        "test_trigger_prompt_change", "Tells of new prompts", _tells(PromptsListChanged(), "send_prompt_list_changed")
    ),
    Tool(
        "test_trigger_resource_change",
        "Tells of a changed resource",
        _tells(ResourceUpdated(WATCHED), "send_resource_updated", WATCHED),
    ),
)
