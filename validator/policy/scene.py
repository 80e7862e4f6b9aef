"""What a policy may ask about: the call, who makes it, and what judgment said of its code."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from validator.model.call import Call
from validator.model.fact import Kind
from validator.model.known import JsonValue
from validator.model.verdict import Verdict
from validator.policy.listing import Listing, capabilities, findings, imports, values


class Absent(Enum):
    """The one value that stands for a path which leads nowhere."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

Found: TypeAlias = "JsonValue | Listing | Absent"


@dataclass(frozen=True, slots=True)
class Scene:
    """A call with the verdict on its code, or None when it carries none; `lines` counts the code's lines.

    `seen` is what was found already: the rules of a policy ask for the same few paths over and over.
    """

    call: Call
    verdict: Verdict | None = None
    lines: int = 0
    seen: dict[tuple[str, ...], "Found"] = field(default_factory=dict, init=False, compare=False, repr=False)


def look_up(scene: Scene, path: tuple[str, ...]) -> Found:
    """Follow a path such as `args.timeout` or `code.hosts`; ABSENT where it leads nowhere."""
    if path not in scene.seen:
        scene.seen[path] = _look_up(scene, path)
    return scene.seen[path]


def _look_up(scene: Scene, path: tuple[str, ...]) -> Found:
    match path:
        case ("args", *keys):
            return _argument(scene.call, keys)
        case ("code", "lines"):
            return ABSENT if scene.verdict is None else scene.lines
        case ("code", field):
            return ABSENT if scene.verdict is None else _OF_VERDICT[field](scene.verdict)
        case ("call", field):
            return CALL_FIELDS[field](scene.call)
        case ("grant", field):
            return GRANT_FIELDS[field](scene.call)
    return ABSENT


def _argument(call: Call, keys: Iterable[str]) -> Found:
    found: JsonValue = dict(call.arguments)
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return ABSENT
        found = found[key]
    return found


def _doors(verdict: Verdict) -> int:
    return sum(fact.kind is Kind.UNRESOLVED for fact in verdict.facts)


_LISTINGS: Final[dict[str, Callable[[Verdict], Listing]]] = {
    "capabilities": capabilities,
    "findings": findings,
    "imports": imports,
    "hosts": lambda verdict: values(verdict, ("network.connect", "network.resolve"), ("host",)),
    "paths_read": lambda verdict: values(verdict, ("fs.read", "fs.list"), ("path",)),
    "paths_written": lambda verdict: values(
        verdict, ("fs.write", "fs.delete", "fs.permission", "fs.link"), ("path", "target")
    ),
    "commands": lambda verdict: values(verdict, ("process.spawn", "process.shell"), ("command",)),
    "env": lambda verdict: values(verdict, ("env",), ("key",)),
}
_OF_VERDICT: Final[dict[str, Callable[[Verdict], Found]]] = {
    **_LISTINGS,
    "verdict": lambda verdict: verdict.outcome.value,
    "score": lambda verdict: verdict.score,
    "unresolved": _doors,
    "digest": lambda verdict: verdict.digest,
}
CODE_FIELDS: Final = frozenset({*_OF_VERDICT, "lines"})
CALL_FIELDS: Final[dict[str, Callable[[Call], Found]]] = {
    "tool": lambda call: call.tool,
    "server": lambda call: call.server,
    "session": lambda call: call.session,
}
GRANT_FIELDS: Final[dict[str, Callable[[Call], Found]]] = {"name": lambda call: call.grant}
