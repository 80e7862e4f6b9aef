"""A server that keeps every line it hears, byte for byte, and answers every request."""

import os
import sys
from json import dumps, loads
from pathlib import Path


def main():
    """Hear until the client has said everything."""
    out = sys.stdout.buffer
    with (Path(sys.argv[1]) / f"heard-{os.getpid()}").open("wb", buffering=0) as heard:
        for line in sys.stdin.buffer:
            heard.write(line)
            message = loads(line)
            if "method" in message and "id" in message:
                result = {
                    "content": [],
                    "protocolVersion": "2025-11-25",
                    "capabilities": {},
                    "serverInfo": {"name": "r"},
                }
                out.write(dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode() + b"\n")
                out.flush()


if __name__ == "__main__":
    main()
