"""What the everything server can do over stdio, for a client of each generation. Conformance over HTTP is tested elsewhere."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CreateMessageResult, ElicitResult, TextContent

ROOT: Final = Path(__file__).parents[2]
GENERATIONS: Final = ("legacy", "2026-07-28")
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")


async def _sampled(*_: object) -> CreateMessageResult:
    return CreateMessageResult(role="assistant", model="none", content=TextContent(type="text", text="Paris"))


async def _elicited(*_: object) -> ElicitResult:
    return ElicitResult(action="accept", content={"name": "Ada", "username": "ada", "email": "a@example.com"})


@asynccontextmanager
async def connected(generation: str, log: Path) -> AsyncIterator[Client]:
    command = StdioServerParameters(command=sys.executable, args=["-m", "tests.everything"], cwd=ROOT)
    with log.open("w") as errors:
        transport = stdio_client(command, errlog=errors)
        async with Client(
            transport, mode=generation, sampling_callback=_sampled, elicitation_callback=_elicited
        ) as client:
            yield client


async def _call(generation: str, log: Path, tool: str, **arguments: object) -> tuple[str, list[float]]:
    heard: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        heard.append(done)

    async with connected(generation, log) as client:
        result = await client.call_tool(tool, arguments, progress_callback=progress)
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text, heard


@pytest.mark.parametrize("generation", GENERATIONS)
def test_both_generations_see_the_same_tools(generation: str, tmp_path: Path) -> None:
    async def names() -> list[str]:
        async with connected(generation, tmp_path / "log") as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    found = anyio.run(names)
    assert len(found) == len(set(found)) == 30
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.parametrize("generation", GENERATIONS)
def test_progress_reaches_both_generations(generation: str, tmp_path: Path) -> None:
    assert anyio.run(_call, generation, tmp_path / "log", "test_tool_with_progress")[1] == [0, 50, 100]


def test_a_client_of_the_handshake_is_asked_while_the_tool_runs(tmp_path: Path) -> None:
    async def talk() -> str:
        async with connected("legacy", tmp_path / "log") as client:
            return str((await client.call_tool("test_sampling", {"prompt": "Capital?"})).content)

    assert "LLM response: Paris" in anyio.run(talk)


def test_a_client_of_2026_is_asked_in_rounds(tmp_path: Path) -> None:
    said, _ = anyio.run(_call, "2026-07-28", tmp_path / "log", "test_input_required_result_elicitation")
    assert said == "Hello, Ada!"
