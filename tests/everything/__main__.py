"""`python -m tests.everything [--port N] [--without TOOL]`: HTTP on the loopback with a port (0: any free one), else stdio."""

import argparse
import logging
import socket
import sys
import warnings
from typing import Any

import anyio
import uvicorn
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPDeprecationWarning

from tests.everything.events import Events
from tests.everything.server import everything


async def _over_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _over_http(server: Server[Any], port: int) -> None:
    # Never another address than the loopback: anybody may call this server.
    listening = socket.create_server(("127.0.0.1", port))
    app = server.streamable_http_app(event_store=Events(), retry_interval=100)
    print(f"everything: listening on http://127.0.0.1:{listening.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    # Who is told to end does not wait for streams that stay open.
    uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)).run(sockets=[listening])


def main() -> None:
    """Serve until the client goes away, or the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.everything", description=__doc__)
    parser.add_argument("--port", type=int)
    parser.add_argument(
        "--without", action="append", default=[], metavar="TOOL", help="leave out a tool, to see it missed"
    )
    chosen = parser.parse_args()
    # The handshake generation is half of what is tested; that it is the older one is no news.
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    server = everything(*chosen.without)
    if chosen.port is None:
        anyio.run(_over_stdio, server)
    else:
        _over_http(server, chosen.port)


if __name__ == "__main__":
    main()
