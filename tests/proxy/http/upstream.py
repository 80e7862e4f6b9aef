"""A server on loopback that writes down what it hears, and behaves as badly as the tool's name says."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

TOOLS = [{"name": name, "inputSchema": {"type": "object"}, "future": [None]} for name in ("echo", "secret")]
REGION = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
NOTIFICATION = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "later\u2028", "new": 1.50}}


@dataclass(frozen=True)
class Heard:
    """One request as it arrived."""

    method: str
    headers: list[tuple[str, str]]
    body: Any

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Upstream:
    """A running server; `gone` is set when a client has left a stream that was held open.

    `asked` is set when a slow call has come; it is answered after `release`.
    """

    server: ThreadingHTTPServer
    heard: list[Heard] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/mcp"


class Handler(BaseHTTPRequestHandler):
    """Answers each request by the method or the tool that it names."""

    protocol_version = "HTTP/1.1"
    upstream: Upstream

    def do_POST(self) -> None:
        message = self._hear(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        method, request = message.get("method"), message.get("id")
        if request is None or method is None:
            self._say(202, b"")
        elif method == "initialize":
            self._say(200, _result(request, {"protocolVersion": "2025-11-25"}), {"Mcp-Session-Id": "s-1"})
        elif method == "tools/list":
            region = {"name": "region", "inputSchema": REGION}
            self._say(200, _result(request, {"tools": [*TOOLS, region], "nextCursor": "later", "future": 1.5}))
        elif method == "tools/call":
            TOOLS_BY_NAME.get(message["params"]["name"], _echo)(self, request)
        else:
            self._say(404, _error(request, -32601, "no such method"))

    def do_GET(self) -> None:
        self._hear(None)
        if self.headers["last-event-id"]:
            self.stream(f"id: 2\ndata: {_result('kept', {'content': []}).decode()}\n\n")
        else:
            self.stream(_event(NOTIFICATION))
            self.hold()

    def do_DELETE(self) -> None:
        self._hear(None)
        self._say(200, b"")

    def stream(self, *events: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for event in events:
            self.wfile.write(event.encode())
        self.close_connection = True

    def hold(self) -> None:
        """Say nothing until the client leaves."""
        self.rfile.read(1)
        self.upstream.gone.set()

    def _hear(self, body: Any) -> Any:
        self.upstream.heard.append(Heard(self.command, self.headers.items(), body))
        return body

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing about requests."""

    say = _say


def _result(request: Any, result: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request, "result": result}).encode()


def _error(request: Any, code: int, message: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request, "error": {"code": code, "message": message}}).encode()


def _event(message: dict[str, Any]) -> str:
    return f"event: message\ndata: {json.dumps(message, ensure_ascii=False)}\n\n"


def _answer(request: Any) -> str:
    return f"data: {_result(request, {'content': [], 'future': {'a': 1}}).decode()}\n\n"


def _echo(handler: Handler, request: Any) -> None:
    handler.say(200, _result(request, {"content": [], "future": {"a": 1}}), {"Set-Cookie": "a=b", "Alt-Svc": "h3"})


def _never(handler: Handler, _request: Any) -> None:
    handler.stream(_event(NOTIFICATION))
    handler.hold()


def _flood(handler: Handler, _request: Any) -> None:
    handler.stream()
    try:
        while True:
            handler.wfile.write(_event(NOTIFICATION).encode() * 100)
    except OSError:
        handler.upstream.gone.set()


def _slow(handler: Handler, request: Any) -> None:
    handler.upstream.asked.set()
    handler.upstream.release.wait(20)
    _echo(handler, request)


Tool: TypeAlias = Callable[[Handler, Any], None]
TOOLS_BY_NAME: dict[str, Tool] = {
    "events": lambda handler, request: handler.stream(": hello\n\n", _event(NOTIFICATION), _answer(request)),
    "forged": lambda handler, request: handler.stream(_answer(999), "data: junk\n\n", "data: []\n\n", _answer(request)),
    "twice": lambda handler, request: handler.stream(_answer(request), _answer(request)),
    "cut": lambda handler, _request: handler.stream(_event(NOTIFICATION), "data: {"),
    "marked": lambda handler, _request: handler.stream("id: 1\ndata:\n\n"),
    "junk": lambda handler, _request: handler.say(200, b"Processing request\n{}"),
    "other": lambda handler, _request: handler.say(200, _result(998, {})),
    "elsewhere": lambda handler, _request: handler.say(307, b"", {"Location": "http://127.0.0.1:9/mcp"}),
    "login": lambda handler, _request: handler.say(401, b"", {"WWW-Authenticate": "Bearer"}),
    "turned-away": lambda handler, _request: handler.say(400, _error(None, -32600, "no")),
    "hang": lambda handler, _request: handler.hold(),
    "never": _never,
    "slow": _slow,
    "flood": _flood,
}


def start_upstream() -> Upstream:
    """Serve in threads of this process until `server.shutdown`."""

    class Here(Handler):
        pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    upstream = Upstream(Server(("127.0.0.1", 0), Here))
    Here.upstream = upstream
    threading.Thread(target=upstream.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return upstream
