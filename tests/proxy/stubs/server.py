"""A server that writes down every line it hears, and behaves as badly as the tool's name says."""

import os
import sys
from json import dumps, loads
from pathlib import Path

TOOLS = [{"name": name, "inputSchema": {"type": "object"}, "future": [None]} for name in ("echo", "secret")]
JUNK = [
    "Processing request",
    "[]",
    '{"jsonrpc":"2.0","id":999,"result":{}}',
    '{"jsonrpc":"2.0","id":1.0,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"id":1,"result":{}}',
    "x" * 100_000,
]


def answer(message):
    """Answer one request as its tool demands; None for no answer."""
    tool = message.get("params", {}).get("name")
    base = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] == "tools/list":
        return base | {"result": {"tools": TOOLS, "nextCursor": "later", "future": 1.5}}
    if tool == "die":
        sys.stdout.flush()
        os._exit(3)
    if tool == "silent":
        return None
    if tool == "junk":
        print("\n".join(JUNK), flush=True)
    if tool == "progress":
        token = message["params"]["_meta"]["progressToken"]
        params = {"progressToken": token, "progress": 1, "new": [None]}
        print(dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": params}), flush=True)
    if tool == "ask":
        print(dumps({"jsonrpc": "2.0", "id": "s1", "method": "sampling/createMessage", "params": {}}), flush=True)
    if tool == "twice":
        print(dumps(base | {"result": {"content": []}}), flush=True)
    if tool == "protocol-error":
        return base | {"error": {"code": -32000, "message": "no", "data": {"future": True}}}
    return base | {"result": {"content": [], "isError": tool == "tool-error", "future": {"a": 1}}}


def main():
    """Hear every line, write it down, answer the requests."""
    if len(sys.argv) > 2:
        print(sys.argv[2], file=sys.stderr, flush=True)
    with Path(sys.argv[1]).open("w") as heard:
        for line in sys.stdin:
            heard.write(line)
            heard.flush()
            message = loads(line)
            if "method" in message and "id" in message:
                told = answer(message)
                if told is not None:
                    print(dumps(told), flush=True)
    return 7


if __name__ == "__main__":
    sys.exit(main())
