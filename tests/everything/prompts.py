"""The prompts, and what completes their arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.types import INVALID_PARAMS, CompleteRequestParams, GetPromptRequestParams, PaginatedRequestParams

from tests.everything.content import IMAGE
from tests.everything.rounds import ask, entered, form
from tests.everything.tool import Json, text

Context = ServerRequestContext[Any, Any]
QUESTION: Final = {"user_context": form("What context should the prompt use?", "context")}
WORDS: Final = ("paris", "park", "party", "python")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt: what is told of it, the arguments it must have, and what it says."""

    description: str
    arguments: dict[str, str]
    say: Callable[[dict[str, str]], list[Json]]


def _embedded(arguments: dict[str, str]) -> list[Json]:
    resource = {
        "uri": arguments["resourceUri"],
        "mimeType": "text/plain",
        "text": "Embedded resource content for testing.",
    }
    return [{"type": "resource", "resource": resource}, text("Please process the embedded resource above.")]


PROMPTS: Final = {
    "test_simple_prompt": Prompt("Says one thing", {}, lambda _: [text("This is a simple prompt for testing.")]),
    "test_prompt_with_arguments": Prompt(
        "Says what it was given",
        {"arg1": "First test argument", "arg2": "Second test argument"},
        lambda given: [text("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'".format_map(given))],
    ),
    "test_prompt_with_embedded_resource": Prompt(
        "Shows a resource", {"resourceUri": "URI of the resource to embed"}, _embedded
    ),
    "test_prompt_with_image": Prompt("Shows a picture", {}, lambda _: [IMAGE, text("Please analyze the image above.")]),
    "test_input_required_result_prompt": Prompt(
        "Asks the user first", {}, lambda given: [text(f"Prompt in the context: {given['context']}")]
    ),
}


async def list_prompts(_: Context, __: PaginatedRequestParams | None) -> Json:
    """All prompts with their arguments."""
    return {"prompts": [_listed(name, prompt) for name, prompt in PROMPTS.items()]}


async def get_prompt(context: Context, params: GetPromptRequestParams) -> Json:
    """What a prompt says; or a question, where it has one and was not told the answer."""
    prompt = PROMPTS.get(params.name)
    if prompt is None:
        raise MCPError(INVALID_PARAMS, f"There is no prompt {params.name}.")
    given = dict(params.arguments or {})
    missing = sorted(prompt.arguments.keys() - given.keys())
    if missing:
        raise MCPError(INVALID_PARAMS, f"{params.name} needs {', '.join(missing)}.")
    if params.name == "test_input_required_result_prompt":
        answer = entered((params.input_responses or {}).get("user_context"), "context")
        if answer is None:
            return ask(context.session.client_capabilities, QUESTION)
        given["context"] = answer
    return {"messages": [{"role": "user", "content": content} for content in prompt.say(given)]}


async def complete(_: Context, params: CompleteRequestParams) -> Json:
    """The words that begin as the argument does."""
    values = [word for word in WORDS if word.startswith(params.argument.value)]
    return {"completion": {"values": values, "total": len(values), "hasMore": False}}


def _listed(name: str, prompt: Prompt) -> Json:
    arguments = [
        {"name": argument, "description": description, "required": True}
        for argument, description in prompt.arguments.items()
    ]
    return {"name": name, "description": prompt.description, "arguments": arguments}
