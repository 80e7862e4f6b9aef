"""One line of JSON-RPC in, a message that means the same to every reader out, or what is wrong with it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from validator.model.known import JsonValue

RequestId: TypeAlias = str | int
Body: TypeAlias = dict[str, JsonValue]

CALL = "tools/call"
PARSE_ERROR = -32700
INVALID_REQUEST = -32600
INTERNAL_ERROR = -32603
# By these a server says that it did not understand a request, so it did not do what was asked.
NEVER_RUN = frozenset({PARSE_ERROR, INVALID_REQUEST, -32601, -32602})
LONGEST_NAME = 256
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"

# Readers of other languages match keys without regard to case: what looks like one of these must be it.
ENVELOPE = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
PARAMETERS = frozenset({"name", "arguments", "_meta"})
# JSON allows these inside strings, yet some line readers end a line at them.
LINE_BREAKS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
# Made once, for making one takes as long as writing a short message.
_LINE: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ANSWER: Final = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Message:
    """A sound JSON-RPC message; `line` is what may be sent on, without the newline."""

    body: Body
    line: bytes

    @property
    def method(self) -> str | None:
        """What is asked; None for an answer."""
        method = self.body.get("method")
        return method if isinstance(method, str) else None

    @property
    def id(self) -> RequestId | None:
        """The id of a request or an answer; None for a notification."""
        return usable_id(self.body.get("id"))

    @property
    def params(self) -> Body:
        """The parameters by name; empty where there are none."""
        params = self.body.get("params")
        return params if isinstance(params, dict) else {}


@dataclass(frozen=True, slots=True)
class ToolCall(Message):
    """A sound request to call a tool."""

    request: RequestId
    tool: str
    arguments: Body


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that must not be sent on.

    `tool` is the tool it would have called (empty if that cannot be told), None if it is no tool call;
    `silent` means that JSON-RPC forbids an answer; `data` goes with the error where the protocol asks for some.
    """

    code: int
    reason: str
    id: RequestId | None = None
    tool: str | None = None
    silent: bool = False
    modern: bool = False
    data: JsonValue = None


def usable_id(value: JsonValue) -> RequestId | None:
    """The value if MCP allows it as an id: text or a whole number."""
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def is_modern(params: JsonValue) -> bool:
    """Whether a request speaks protocol 2026-07-28 or later, where every result names its type."""
    meta = params.get("_meta") if isinstance(params, dict) else None
    version = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    return isinstance(version, str) and version >= "2026-07-28"


def write_line(body: Mapping[str, JsonValue]) -> bytes:
    """The one line that says this body; raises ValueError for what JSON or UTF-8 cannot say."""
    text = _LINE.encode(body)
    for character, escape in LINE_BREAKS.items():
        text = text.replace(character, escape)
    return text.encode()


def write_answer(body: Mapping[str, JsonValue]) -> bytes:
    """The one line that says this body to the client; in ASCII, so that any text can be repeated to it."""
    return _ANSWER.encode(body).encode()


def read_client_line(line: bytes) -> Message | Broken:
    """Read what the client says; the message is serialised anew, so that upstream reads what we read."""
    parsed = _parse(line)
    if isinstance(parsed, Broken):
        return parsed
    body, defect = parsed
    if not isinstance(body, dict):
        batch = "a batch cannot be judged: send one message per line"
        return Broken(INVALID_REQUEST, batch if isinstance(body, list) else "a message must be a JSON object")
    defect = defect or _envelope_defect(body)
    if defect is not None:
        return _broken(body, defect)
    try:
        message = Message(body, write_line(body))
    except UnicodeEncodeError:
        return _broken(body, "half of a surrogate pair stands in a string")
    except ValueError:
        return _broken(body, "NaN and Infinity are not JSON")
    if message.method == CALL:
        return _read_call(message)
    if message.method is not None and message.method.strip().casefold() == CALL:
        return _broken(body, f"the method that calls a tool is written {CALL}")
    return message


def read_upstream_line(line: bytes) -> Message | None:
    """Read what the server says, to be sent on byte for byte; None if it is not one sound message.

    Over HTTP a message may be written on several lines: it becomes one.
    """
    line = line.removesuffix(b"\r")
    parsed = _parse(line)
    if isinstance(parsed, Broken) or b"\r" in line:
        return None
    body, defect = parsed
    if defect is not None or not isinstance(body, dict) or _envelope_defect(body) is not None:
        return None
    return Message(body, write_answer(body) if b"\n" in line else line)


def _parse(line: bytes) -> tuple[JsonValue, str | None] | Broken:
    """The value of a line, and the key that stands twice in it, if one does."""
    try:
        text = line.decode()
        try:
            value: JsonValue = _STRICT.decode(text)
            return value, None
        except _RepeatedError as error:
            return json.loads(text), f"the key {error.key[:LONGEST_NAME]!r} stands twice in one object"
    except UnicodeDecodeError as error:
        return Broken(PARSE_ERROR, f"the line is not UTF-8 at byte {error.start + 1}")
    except json.JSONDecodeError as error:
        return Broken(PARSE_ERROR, f"the line is not JSON: {error.msg} at character {error.pos + 1}")
    except RecursionError:
        return Broken(PARSE_ERROR, "the line is nested too deeply")
    except ValueError:
        return Broken(PARSE_ERROR, "the line holds a number with too many digits")


class _RepeatedError(Exception):
    """A key stands twice in one object."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _build(pairs: list[tuple[str, JsonValue]]) -> Body:
    built = dict(pairs)
    if len(built) != len(pairs):
        raise _RepeatedError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return built


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_build)


def _envelope_defect(body: Body) -> str | None:
    """What makes this object something else than one JSON-RPC 2.0 message."""
    answers = [key for key in ("result", "error") if key in body]
    if body.get("jsonrpc") != "2.0":
        return 'jsonrpc must be "2.0"'
    if "id" in body and usable_id(body["id"]) is None:
        return "id must be text or a whole number"
    if _look_alike(body, ENVELOPE):
        return "two keys differ only in case"
    if "method" in body:
        if not isinstance(body["method"], str):
            return "method must be text"
        return "a message cannot be both a request and an answer" if answers else None
    if len(answers) != 1:
        return "a message needs a method, a result or an error"
    return None if "id" in body else "an answer needs an id"


def _read_call(message: Message) -> ToolCall | Broken:
    """The tool call that a message makes, or why it cannot be judged."""
    params, request = message.body.get("params"), message.id
    if request is None:
        return _broken(message.body, "a tool call needs an id")
    if not isinstance(params, dict):
        return _broken(message.body, "params of a tool call must be an object")
    name, arguments = params.get("name"), params.get("arguments", {})
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        return _broken(message.body, f"name of a tool call must be text of at most {LONGEST_NAME} characters")
    if not isinstance(arguments, dict):
        return _broken(message.body, "arguments of a tool call must be an object")
    if _look_alike(params, PARAMETERS) or _look_alike(arguments, frozenset()):
        return _broken(message.body, "two keys differ only in case")
    return ToolCall(message.body, message.line, request, name, arguments)


def _look_alike(body: Body, names: frozenset[str]) -> bool:
    """Whether two keys, or a key and a name with a meaning, are equal but for case."""
    folded = {key.casefold() for key in body}
    return len(folded) < len(body) or any(key not in names and key.casefold() in names for key in body)


def _broken(body: Body, reason: str) -> Broken:
    request = usable_id(body.get("id"))
    tool = None
    params = body.get("params")
    if body.get("method") == CALL:
        name = params.get("name") if isinstance(params, dict) else None
        tool = name[:LONGEST_NAME] if isinstance(name, str) else ""
    asks = "method" in body and "id" in body
    silent = not asks and ("method" in body or "result" in body or "error" in body)
    return Broken(INVALID_REQUEST, reason, request, tool, silent, is_modern(params))
