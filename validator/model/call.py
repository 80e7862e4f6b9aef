"""A tool call as it reached us, parsed once."""

from collections.abc import Mapping
from dataclasses import dataclass

from validator.model.known import JsonValue


@dataclass(frozen=True, slots=True)
class Call:
    """One `tools/call`: who calls which tool of which server with which arguments.

    `request` is the JSON-RPC id as text, for the audit only; `session` the handle of the upstream's
    state where the call names one; `connection` is the MCP session that it came over, empty where there is but one.
    """

    tool: str
    arguments: Mapping[str, JsonValue]
    grant: str = "default"
    server: str = "default"
    request: str = ""
    session: str | None = None
    connection: str = ""

    def under(self, grant: str, server: str) -> "Call":
        """The same call, of this grant to this server."""
        return Call(self.tool, self.arguments, grant, server, self.request, self.session, self.connection)
