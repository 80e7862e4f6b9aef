"""Tools of the handshake generation that ask the client something while they run."""

from typing import Any, Final

from mcp.shared.message import ServerMessageMetadata
from mcp.types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    SamplingMessage,
    TextContent,
)

from tests.everything.tool import Call, Json, Tool, failed, said, takes, text

USER_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    },
    "required": ["username", "email"],
}
DEFAULTS_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
    "required": [],
}
PLAIN: Final = ["option1", "option2", "option3"]
TITLED: Final = [
    {"const": f"value{number}", "title": f"{word} Option"}
    for number, word in enumerate(("First", "Second", "Third"), start=1)
]
ENUMS_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": PLAIN},
        "titledSingle": {"type": "string", "oneOf": TITLED},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": PLAIN}},
        "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
    },
    "required": [],
}


async def _samples(call: Call) -> Json:
    session = call.context.session
    if session.client_capabilities is None or session.client_capabilities.sampling is None:
        return failed("This client does not sample.")
    question = SamplingMessage(role="user", content=TextContent(type="text", text=str(call.arguments.get("prompt"))))
    request = CreateMessageRequest(params=CreateMessageRequestParams(messages=[question], max_tokens=100))
    answer = await session.send_request(request, CreateMessageResult, metadata=_on_this_stream(call))
    words = answer.content.text if isinstance(answer.content, TextContent) else f"({answer.content.type})"
    return said(text(f"LLM response: {words}"))


async def _elicit(call: Call, message: str, schema: Json) -> ElicitResult | None:
    """What the user answers; None if this client asks no user."""
    session = call.context.session
    if session.client_capabilities is None or session.client_capabilities.elicitation is None:
        return None
    request = ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))
    return await session.send_request(request, ElicitResult, metadata=_on_this_stream(call))


async def _elicits(call: Call) -> Json:
    answer = await _elicit(call, str(call.arguments.get("message")), USER_SCHEMA)
    if answer is None:
        return failed("This client asks no user.")
    return said(text(f"User response: action={answer.action}, content={answer.content}"))


def _asks(message: str, schema: Json) -> Any:
    async def run(call: Call) -> Json:
        answer = await _elicit(call, message, schema)
        if answer is None:
            return failed("This client asks no user.")
        return said(text(f"Elicitation completed: action={answer.action}, content={answer.content}"))

    return run


def _on_this_stream(call: Call) -> ServerMessageMetadata:
    """The question belongs to the call, so over HTTP it takes the stream of the call."""
    return ServerMessageMetadata(related_request_id=call.context.request_id)


TOOLS: Final = (
    Tool("test_sampling", "Lets the client's model answer", _samples, takes(prompt="The prompt to send to the LLM")),
    Tool("test_elicitation", "Asks the user", _elicits, takes(message="The message to show the user")),
    Tool(
        "test_elicitation_sep1034_defaults",
        "Asks the user, with a default for each field",
        _asks("Please look over the defaults.", DEFAULTS_SCHEMA),
    ),
    Tool(
        "test_elicitation_sep1330_enums",
        "Asks the user to choose, in every way there is",
        _asks("Please choose.", ENUMS_SCHEMA),
    ),
)
