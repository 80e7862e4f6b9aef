"""A server on the MCP SDK that says back what it hears: on stdio, or with --http at a free port of this machine."""

import logging
import socket
import sys
import warnings
from typing import Any, Final

import anyio
import uvicorn
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, TextContent, Tool

ARGUMENTS: Final = {"echo": "text", "run": "code"}


async def list_tools(_context: ServerRequestContext[Any, Any], _: PaginatedRequestParams | None) -> ListToolsResult:
    """Two tools that do the same; what `run` hears is called code, and is never run."""
    return ListToolsResult(tools=[_tool(name, argument) for name, argument in ARGUMENTS.items()])


async def call_tool(_context: ServerRequestContext[Any, Any], params: CallToolRequestParams) -> CallToolResult:
    """Say it back."""
    said = (params.arguments or {}).get(ARGUMENTS[params.name], "")
    return CallToolResult(content=[TextContent(type="text", text=str(said))])


def main() -> None:
    """Serve until the client goes away, or the process is ended."""
    logging.disable()
    warnings.simplefilter("ignore")
    server: Server[Any] = Server("echo", version="1", on_list_tools=list_tools, on_call_tool=call_tool)
    if "--http" in sys.argv:
        here = socket.create_server(("127.0.0.1", 0))
        print(f"listening on http://127.0.0.1:{here.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
        uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="error")).run(sockets=[here])
    else:
        anyio.run(_over_stdio, server)


async def _over_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _tool(name: str, argument: str) -> Tool:
    schema = {"type": "object", "properties": {argument: {"type": "string"}}, "required": [argument]}
    return Tool(name=name, description="Says back what it hears.", input_schema=schema)


if __name__ == "__main__":
    main()
