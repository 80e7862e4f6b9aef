"""Tools of 2026-07-28 that ask by answering: the call comes back with the answers, and with the state it was given."""

from collections.abc import Mapping
from typing import Any, Final

from mcp import MCPError
from mcp.types import (
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ClientCapabilities,
    CreateMessageResult,
    ElicitResult,
    ListRootsResult,
    TextContent,
)

from tests.everything.tool import Call, Json, Tool, failed, modern, said, text

HANDSHAKE: Final = "This tool asks in rounds, which needs protocol version 2026-07-28."
CAPABILITIES: Final = {"elicitation/create": "elicitation", "sampling/createMessage": "sampling", "roots/list": "roots"}


def form(message: str, name: str, kind: str = "string") -> Json:
    """A question to the user for one field."""
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return {"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}}


def sample(question: str, limit: int) -> Json:
    """A question to the client's model."""
    message = {"role": "user", "content": text(question)}
    return {"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": limit}}


NAME: Final = form("What is your name?", "name")
CAPITAL: Final = sample("What is the capital of France?", 100)
CONFIRM: Final = form("Please confirm", "ok", "boolean")
ROOTS: Final[Json] = {"method": "roots/list", "params": {}}
SEVERAL: Final = {"user_name": NAME, "greeting": sample("Generate a greeting", 50), "client_roots": ROOTS}
STEPS: Final = (
    {"step1": form("Step 1: What is your name?", "name")},
    {"step2": form("Step 2: What is your favorite color?", "color")},
)


def ask(capabilities: ClientCapabilities | None, questions: Mapping[str, Json], state: str | None = None) -> Json:
    """The result that asks; an error if the client has not said that it can answer."""
    missing = [CAPABILITIES[question["method"]] for question in questions.values()]
    missing = [name for name in missing if not _declared(capabilities, name)]
    if missing:
        raise lacking(*missing)
    asked = {"resultType": "input_required", "inputRequests": dict(questions)}
    return asked if state is None else asked | {"requestState": state}


def lacking(*names: str) -> MCPError:
    """The error for a client that has not declared what a request needs."""
    data = {"requiredCapabilities": {name: {} for name in names}}
    return MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, f"This needs a client with {', '.join(names)}.", data)


def entered(answer: object, name: str) -> str | None:
    """What the user entered in a field; None without a usable answer."""
    if not isinstance(answer, ElicitResult) or answer.action != "accept":
        return None
    value = (answer.content or {}).get(name)
    return None if value is None else str(value)


def _words(answer: object, name: str) -> str | None:
    match answer:
        case ElicitResult():
            return entered(answer, name)
        case CreateMessageResult(content=TextContent(text=words)):
            return words
        case ListRootsResult(roots=roots):
            return ", ".join(str(root.uri) for root in roots)
        case _:
            return None


def _declared(capabilities: ClientCapabilities | None, name: str) -> bool:
    return getattr(capabilities, name, None) is not None


def _in_one_round(questions: Mapping[str, Json], answer: str, field: str = "", state: str | None = None) -> Any:
    """A tool that asks its questions together, and again those that were not answered."""

    async def run(call: Call) -> Json:
        if not modern(call.context):
            return failed(HANDSHAKE)
        given = call.params.input_responses or {}
        heard = {key: _words(given.get(key), field) for key in questions}
        if None in heard.values():
            open_questions = {key: questions[key] for key, words in heard.items() if words is None}
            return ask(call.context.session.client_capabilities, open_questions, state)
        if call.params.request_state != state:
            raise MCPError(INVALID_PARAMS, "The requestState is not the one that was given out.")
        return said(text(answer.format(*heard.values())))

    return run


async def _step_by_step(call: Call) -> Json:
    """Two questions one after the other; the state says which of them was answered."""
    if not modern(call.context):
        return failed(HANDSHAKE)
    state = call.params.request_state or "0"
    done, given = state.split(","), call.params.input_responses or {}
    step = int(done[0])
    answer = entered(given.get(f"step{step}"), ("", "name", "color")[step])
    if step and answer is None:
        return ask(call.context.session.client_capabilities, STEPS[step - 1], state)
    told = [*done[1:], *([answer] if answer else [])]
    if step == len(STEPS):
        return said(text(f"{told[0]} likes {told[1]}."))
    return ask(call.context.session.client_capabilities, STEPS[step], ",".join([str(step + 1), *told]))


async def _whatever_the_client_can(call: Call) -> Json:
    """Asks only what the client has said it can answer."""
    if not modern(call.context):
        return failed(HANDSHAKE)
    if call.params.input_responses:
        return said(text(f"Answered: {', '.join(sorted(call.params.input_responses))}"))
    capabilities = call.context.session.client_capabilities
    able = {key: each for key, each in SEVERAL.items() if _declared(capabilities, CAPABILITIES[each["method"]])}
    return ask(capabilities, able) if able else said(text("There is nothing this client could answer."))


async def _needs_sampling(call: Call) -> Json:
    if not _declared(call.context.session.client_capabilities, "sampling"):
        raise lacking("sampling")
    return said(text("This client samples."))


TOOLS: Final = (
    Tool(
        "test_input_required_result_elicitation",
        "Asks the user in a round",
        _in_one_round({"user_name": NAME}, "Hello, {}!", "name"),
    ),
    Tool(
        "test_input_required_result_sampling",
        "Asks the model in a round",
        _in_one_round({"capital_question": CAPITAL}, "The model says: {}"),
    ),
    Tool(
        "test_input_required_result_list_roots",
        "Asks for the roots in a round",
        _in_one_round({"client_roots": ROOTS}, "The roots are: {}"),
    ),
    Tool(
        "test_input_required_result_request_state",
        "Asks, and wants its state back",
        _in_one_round({"confirm": CONFIRM}, "state-ok, confirmed: {}", "ok", "asked"),
    ),
    Tool(
        "test_input_required_result_tampered_state",
        "Asks, and wants its state back as it was",
        _in_one_round({"confirm": CONFIRM}, "Untouched, confirmed: {}", "ok", "sealed"),
    ),
    Tool(
        "test_input_required_result_multiple_inputs",
        "Asks user, model and client in one round",
        _in_one_round(SEVERAL, "{}: {} ({})", "name", "asked"),
    ),
    Tool("test_input_required_result_multi_round", "Asks in two rounds", _step_by_step),
    Tool("test_input_required_result_capabilities", "Asks what the client can answer", _whatever_the_client_can),
    Tool(
        "test_streaming_elicitation",
        "Asks the user, on a stream",
        _in_one_round({"user_name": NAME}, "Hello, {}!", "name"),
    ),
    Tool("test_missing_capability", "Needs a client that samples", _needs_sampling),
)
