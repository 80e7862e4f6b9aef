"""Any JSON in, the code of the tool calls in it out, each with its JSON pointer.

Calls are known by their form, wherever they stand: MCP's `tools/call`, our own audit, and the messages of OpenAI (chat
and responses) and Anthropic. So a log may wrap them as it likes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from validator.intake.extract import extract
from validator.intake.tools import CodeTools, known_ways
from validator.model.argument import Language
from validator.model.call import Call
from validator.model.known import JsonValue

Table: TypeAlias = Mapping[str, JsonValue]

# An object that has all keys of one of these tells of a conversation, even where no tool was called in it.
TELLING: Final = (
    {"jsonrpc"},
    {"messages"},
    {"role", "content"},
    {"event", "decision"},
    {"event", "of"},
    {"type", "role"},
    {"object", "choices"},
    {"object", "output"},
    {"type", "call_id"},
    {"type", "tool_use_id"},
)
# Tools of model providers that run code on their side, and where the code stands.
HOSTED: Final = {"code_interpreter_call": "code"}
# Names of arguments under which unknown tools take code, besides the field that was named.
USUAL: Final = ("code", "python_code", "script", "source")


@dataclass(frozen=True, slots=True)
class Found:
    """The code of one call; `problem` says why it cannot be read, `session` which names outlive the call."""

    pointer: str
    code: str
    problem: str = ""
    language: Language = Language.PYTHON
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Calls:
    """What a value tells: the code of its calls, and whether it tells of calls or messages at all."""

    calls: tuple[Found, ...]
    told: bool


@dataclass(frozen=True, slots=True)
class _Named:
    """A call as it was written down."""

    pointer: str
    tool: str
    arguments: JsonValue
    server: str = ""


def find_calls(value: JsonValue, tools: CodeTools, code: str) -> Calls:
    """The calls in a value, in the order in which they stand; `code` is an argument that carries code in any tool."""
    found: list[Found] = []
    told = False
    for pointer, table in _tables(value):
        told = told or any(keys <= table.keys() for keys in TELLING)
        calls = list(_calls(pointer, table))
        told = told or bool(calls)
        for call in calls:
            found += _read(call, tools, code)
        if table.get("event") == "decided":
            found += _kept(pointer, table)
        if (field := HOSTED.get(str(table.get("type")))) and isinstance(text := table.get(field), str):
            told = True
            found.append(Found(f"{pointer}/{field}", text, "", Language.IPYTHON, _text(table, "container_id") or ""))
    return Calls(tuple(found), told)


def _tables(value: JsonValue) -> Iterator[tuple[str, Table]]:
    """Every object in a value with its pointer, outer ones first, without recursion: depth is the writer's choice."""
    waiting: list[tuple[str, JsonValue]] = [("", value)]
    while waiting:
        pointer, each = waiting.pop()
        inner: list[tuple[str, JsonValue]] = []
        if isinstance(each, dict):
            yield pointer, each
            inner = [(f"{pointer}/{_escape(key)}", item) for key, item in each.items()]
        elif isinstance(each, list):
            inner = [(f"{pointer}/{index}", item) for index, item in enumerate(each)]
        waiting += [(where, item) for where, item in reversed(inner) if isinstance(item, dict | list)]


def _calls(pointer: str, table: Table) -> Iterator[_Named]:
    inner = table.get("params")
    if table.get("method") == "tools/call" and isinstance(inner, dict):
        yield _Named(f"{pointer}/params/arguments", _text(inner, "name"), inner.get("arguments", {}))
    kind = table.get("type")
    if kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
        yield _Named(f"{pointer}/input", _text(table, "name"), table.get("input"), _text(table, "server_name"))
    if kind in ("function_call", "mcp_call", "custom_tool_call") and "name" in table:
        key = "input" if kind == "custom_tool_call" else "arguments"
        yield _Named(f"{pointer}/{key}", _text(table, "name"), table.get(key), _text(table, "server_label"))
    for key in ("function", "function_call"):
        inner = table.get(key)
        if isinstance(inner, dict) and "arguments" in inner:
            yield _Named(f"{pointer}/{key}/arguments", _text(inner, "name"), inner["arguments"])


def _read(call: _Named, tools: CodeTools, code: str) -> Iterator[Found]:
    """The code of one call: as its tool is known to take it, else where code usually stands."""
    arguments = call.arguments
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            # Some models hand the code over as it is, without JSON around it.
            yield Found(call.pointer, str(call.arguments), "", Language.IPYTHON, call.tool)
            return
    if not isinstance(arguments, dict):
        yield Found(call.pointer, "", f"the arguments of {call.tool!r} are not an object")
        return
    taken = extract(Call(call.tool, arguments), known_ways(tools, call.server, call.tool))
    if taken.arguments:
        for each in taken.arguments:
            pointer = call.pointer + "".join(f"/{_escape(key)}" for key in each.origin.split(".")[1:])
            yield Found(pointer, _plain(each.content), "", each.language, each.session)
    elif taken.problem and not any(isinstance(arguments.get(key), str) for key in (code, *USUAL)):
        yield Found(call.pointer, "", taken.problem)
    else:
        for key in dict.fromkeys((code, *USUAL)):
            if isinstance(text := arguments.get(key), str):
                # Whether this tool keeps names between calls nobody has said, so it is taken to.
                yield Found(f"{call.pointer}/{_escape(key)}", text, "", Language.IPYTHON, call.tool)


def _kept(pointer: str, table: Table) -> Iterator[Found]:
    """The code that our own audit has kept of a decided call, or that it has not."""
    code = table.get("code")
    if isinstance(code, list) and code:
        for index, text in enumerate(code):
            if isinstance(text, str):
                session = _text(table, "session") or None
                yield Found(f"{pointer}/code/{index}", text, "", Language.IPYTHON, session)
    elif table.get("lines"):
        yield Found(pointer, "", "the audit was kept without the code (`validator proxy --keep-code` keeps it)")


def _text(table: Table, key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _plain(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode("utf-8", "backslashreplace")


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
