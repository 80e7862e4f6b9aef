"""Lists of tools in, out which of a tool's arguments HTTP headers mirror."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from mcp.shared.inbound import find_invalid_x_mcp_header, x_mcp_header_map

from validator.model.known import JsonValue
from validator.proxy.http.headers import Places
from validator.proxy.wire import LONGEST_NAME, Message

MOST_TOOLS: Final = 10_000


@dataclass(slots=True)
class Schemas:
    """What each tool takes, as far as it was listed; of too many, those that were listed first are forgotten."""

    known: OrderedDict[str, JsonValue] = field(default_factory=OrderedDict)

    def learn(self, answer: Message) -> None:
        """Keep in mind what an answer to `tools/list` says."""
        result = answer.body.get("result")
        tools = result.get("tools") if isinstance(result, dict) else None
        for tool in tools if isinstance(tools, list) else ():
            name = tool.get("name") if isinstance(tool, dict) else None
            if isinstance(tool, dict) and isinstance(name, str) and len(name) <= LONGEST_NAME:
                self.known[name] = tool.get("inputSchema")
        self._trim()

    def miss(self, tool: str) -> None:
        """Keep in mind that a tool was asked for, and is in no list."""
        self.known.setdefault(tool, None)
        self._trim()

    def _trim(self) -> None:
        while len(self.known) > MOST_TOOLS:
            self.known.popitem(last=False)

    def places(self, tool: str) -> Places:
        """The arguments that a header mirrors, by their path; none for a tool that was never listed."""
        schema = self.known.get(tool)
        return {} if find_invalid_x_mcp_header(schema) is not None else x_mcp_header_map(schema)
