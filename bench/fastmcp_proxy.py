"""A fastmcp proxy to measure ours against, run by the Python of an environment of its own.

`fastmcp_proxy.py stdio|http URL` or `fastmcp_proxy.py stdio|http COMMAND…`: by what it is reached, and what it is for.
"""

import logging
import socket
import sys
import warnings

from fastmcp.client.transports import StdioTransport
from fastmcp.server import create_proxy


def main() -> None:
    """Serve until the client goes away, or the process is ended."""
    logging.disable()
    warnings.simplefilter("ignore")
    front, first, *others = sys.argv[1:]
    proxy = create_proxy(first if first.startswith("http") else StdioTransport(first, others))
    if front == "stdio":
        proxy.run(transport="stdio", show_banner=False)
        return
    with socket.create_server(("127.0.0.1", 0)) as here:
        port = here.getsockname()[1]
    print(f"listening on http://127.0.0.1:{port}/mcp", file=sys.stderr, flush=True)
    proxy.run(transport="http", host="127.0.0.1", port=port, path="/mcp", show_banner=False)


if __name__ == "__main__":
    main()
