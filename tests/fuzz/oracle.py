"""A line in; which ids an answer to it may bear, and which tool calls a careless reader could find in it, out."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeAlias

Id: TypeAlias = tuple[str, Any]
NOBODY: Final[Id] = ("NoneType", None)


class _Pairs(list[tuple[str, Any]]):
    pass


@dataclass(frozen=True, slots=True)
class Heard:
    """A tool call as the server and the audit both know it: what it is called with, by digest, and its id."""

    request: str
    tool: str
    keys: tuple[str, ...]
    digest: str | None


def name_of(value: Any) -> Id:
    """An id with its type, for 1, 1.0 and true are equal and yet three ids."""
    return (type(value).__name__, json.dumps(value) if isinstance(value, float | list | dict) else value)


def answerable(line: bytes) -> Id | None:
    """The id under which JSON-RPC wants this line answered, `NOBODY` for an answer without; None for no answer."""
    if not line.strip():
        return None
    try:
        body = json.loads(line.decode())
    except (ValueError, RecursionError):
        return NOBODY
    if not isinstance(body, dict):
        return NOBODY
    usable = type(body.get("id")) in (int, str)
    asks = "method" in body and "id" in body
    if not asks and ("method" in body or "result" in body or "error" in body):
        return None
    return name_of(body["id"]) if usable else NOBODY


def cancelled_by(line: bytes) -> Id | None:
    """The id that a line may cancel."""
    try:
        body = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or body.get("method") != "notifications/cancelled":
        return None
    params = body.get("params")
    return name_of(params.get("requestId")) if isinstance(params, dict) else None


def calls_in(line: bytes) -> list[Heard]:
    """Every tool call that some reader could find in a line the server heard; raises ValueError for a dubious one."""
    text = line.decode()
    if len(text.splitlines()) != 1:
        raise ValueError(f"some readers see several lines: {line!r}")
    value = json.JSONDecoder(object_pairs_hook=_Pairs).decode(text)
    found = [each for each in (value if not isinstance(value, _Pairs) else [value]) if _calls(each)]
    if not found:
        return []
    if value is not found[0] or not _sound(value):
        raise ValueError(f"some readers see a call: {line!r}")
    body = json.loads(text)
    params = body["params"]
    arguments = params.get("arguments", {})
    keys = tuple(sorted(key[:60] for key in arguments))[:40]
    return [Heard(str(body["id"])[:256], params["name"], keys, _digest(params["name"], arguments))]


def recorded(record: dict[str, Any]) -> Heard:
    """The call of a line of the audit."""
    return Heard(record["request"], record["tool"], tuple(record["keys"]), record.get("digest"))


def _calls(value: Any) -> bool:
    """Whether a reader that looks at any key, in any case, takes this for a call."""
    return isinstance(value, _Pairs) and any(
        key.casefold() == "method" and isinstance(item, str) and item.strip().casefold() == "tools/call"
        for key, item in value
    )


def _sound(value: _Pairs) -> bool:
    """Whether every reader finds the same call: no key twice, in whatever case, down to the arguments."""
    objects = [value, *[item for _, item in value if isinstance(item, _Pairs)]]
    objects += [item for outer in objects[1:] for key, item in outer if key == "arguments" and isinstance(item, _Pairs)]
    known = {"jsonrpc", "id", "method", "params", "result", "error", "name", "arguments"}
    for each in objects:
        keys = [key.casefold() for key, _ in each]
        if len(set(keys)) < len(keys):
            return False
    envelope = {key for key, _ in value}
    return {"jsonrpc", "id", "method"} <= envelope and not {key for key in envelope if key.casefold() in known} - known


def _digest(tool: str, arguments: dict[str, Any]) -> str | None:
    if tool != "run_python_code":
        return None
    code = arguments.get("code")
    return sha256(code.encode("utf-8", "surrogatepass")).hexdigest() if isinstance(code, str) else "no code"
