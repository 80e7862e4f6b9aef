"""What a tool, a prompt and a resource of the everything server look like, and the words that all of them use."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import SubscriptionBus
from mcp.types import CallToolRequestParams

Json: TypeAlias = dict[str, Any]

# The smallest pictures and sounds there are: one red pixel, and a header without a single sample.
PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
WAV: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool: who asks, with what, and where events for other clients go."""

    context: ServerRequestContext[Any, Any]
    params: CallToolRequestParams
    bus: SubscriptionBus

    @property
    def arguments(self) -> Json:
        """The arguments, {} if there are none."""
        return self.params.arguments or {}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what is told of it, and what it does."""

    name: str
    description: str
    run: Callable[[Call], Awaitable[Json]]
    schema: Json = field(default_factory=lambda: {"type": "object", "properties": {}})

    def listed(self) -> Json:
        """The tool as `tools/list` shows it."""
        return {"name": self.name, "description": self.description, "inputSchema": self.schema}


def modern(context: ServerRequestContext[Any, Any]) -> bool:
    """Whether the client speaks 2026-07-28 or later, without a handshake; dates compare as text."""
    return context.protocol_version >= "2026-07-28"


def takes(**properties: str) -> Json:
    """The schema of arguments that are text and must all be there: name and description of each."""
    texts = {name: {"type": "string", "description": description} for name, description in properties.items()}
    return {"type": "object", "properties": texts, "required": list(texts)}


def text(words: str) -> Json:
    """One piece of text."""
    return {"type": "text", "text": words}


def said(*content: Json) -> Json:
    """The result of a tool that went well."""
    return {"content": list(content)}


def failed(words: str) -> Json:
    """The result of a tool that did not."""
    return {"content": [text(words)], "isError": True}
