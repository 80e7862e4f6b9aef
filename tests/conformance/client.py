"""`python -m tests.conformance.client URL`: a client that uses what a server offers, as each scenario of the suite wants it.

The suite starts it in front of a server of its own and judges what it sends. The environment says which scenario it is, which
version of the protocol is spoken, and what more there is to know.
"""

import json
import os
import sys
import warnings
from typing import Any, Final

import anyio
from mcp import Client, MCPError
from mcp.client import ClientRequestContext
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.types import (
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    ListRootsResult,
    TextContent,
    Tool,
)
from pydantic import ValidationError

SAMPLES: Final = {"string": "text", "number": 5, "integer": 3, "boolean": True, "array": [], "object": {}}


def sample(schema: dict[str, Any]) -> dict[str, Any]:
    """An object that has something in each field: the default where there is one."""
    fields = schema.get("properties", {})
    return {name: field.get("default", SAMPLES.get(field.get("type"))) for name, field in fields.items()}


async def elicited(_: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    """A user who accepts every form as it is."""
    if not isinstance(params, ElicitRequestFormParams):
        return ElicitResult(action="decline")
    return ElicitResult(action="accept", content=sample(params.requested_schema))


async def sampled(_: ClientRequestContext, __: CreateMessageRequestParams) -> CreateMessageResult:
    """A model that always says the same."""
    return CreateMessageResult(role="assistant", model="none", content=TextContent(type="text", text="text"))


async def rooted(_: ClientRequestContext) -> ListRootsResult:
    """A client without roots."""
    return ListRootsResult(roots=[])


def calls(tools: list[Tool]) -> list[tuple[str, dict[str, Any]]]:
    """The calls that the scenario prescribes, or else one of each tool."""
    context = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
    if "toolCalls" in context:
        return [(call["name"], call["arguments"]) for call in context["toolCalls"]]
    return [(tool.name, _arguments(tool, tools)) for tool in tools]


def _arguments(tool: Tool, tools: list[Tool]) -> dict[str, Any]:
    if tool.name == "json_schema_echo":
        # It wants back the schema of the other tool, as it arrived here.
        return {"schema": next(other.input_schema for other in tools if other is not tool)}
    return sample(tool.input_schema)


async def use(client: Client) -> None:
    """List everything, call every tool, read every resource, get every prompt."""
    for name, arguments in calls((await client.list_tools()).tools):
        try:
            await client.call_tool(name, arguments)
        except (MCPError, ValidationError) as error:
            # Some servers of the suite misbehave on purpose; the other tools are to be called all the same.
            print(f"{name}: {type(error).__name__}", file=sys.stderr)
    offered = client.server_capabilities
    if offered.resources is not None:
        for resource in (await client.list_resources()).resources:
            await client.read_resource(resource.uri)
    if offered.prompts is not None:
        for prompt in (await client.list_prompts()).prompts:
            await client.get_prompt(prompt.name, {each.name: "text" for each in prompt.arguments or []})


async def talk(url: str) -> None:
    """One conversation, in the generation that the environment names."""
    handshake = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "") < "2026-07-28"
    answers = {"elicitation_callback": elicited, "sampling_callback": sampled, "list_roots_callback": rooted}
    async with Client(url, mode="legacy" if handshake else "auto", **answers) as client:
        await use(client)


if __name__ == "__main__":
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    anyio.run(talk, sys.argv[1])
