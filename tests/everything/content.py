"""Tools that only answer: each kind of content, errors, logs, progress, schemas with every keyword."""

from typing import Final

import anyio

from tests.everything.tool import PNG, WAV, Call, Json, Tool, failed, said, takes, text

PAUSE: Final = 0.05
IMAGE: Final = {"type": "image", "data": PNG, "mimeType": "image/png"}
SOUND: Final = {"type": "audio", "data": WAV, "mimeType": "audio/wav"}
EMBEDDED: Final = {
    "type": "resource",
    "resource": {
        "uri": "test://embedded-resource",
        "mimeType": "text/plain",
        "text": "This is an embedded resource content.",
    },
}
MIXED: Final = {
    "type": "resource",
    "resource": {
        "uri": "test://mixed-content-resource",
        "mimeType": "application/json",
        "text": '{"test":"data","value":123}',
    },
}
# What proxies and SDKs like to lose: a dialect, definitions with an anchor, composition, conditions.
RICH_SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
HEADER_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "description": "Where to look", "x-mcp-header": "Region"},
        "query": {"type": "string", "description": "What to look for"},
    },
    "required": ["region"],
}


def _answers(*content: Json):
    async def run(_: Call) -> Json:
        return said(*content)

    return run


async def _fails(_: Call) -> Json:
    return failed("This tool intentionally returns an error for testing")


async def _logs(call: Call) -> Json:
    """Three messages with pauses: a client of 2026-07-28 hears them only if it asked."""
    for number, words in enumerate(("Tool execution started", "Tool processing data", "Tool execution completed")):
        if number:
            await anyio.sleep(PAUSE)
        await call.context.session.send_log_message("info", words, related_request_id=call.context.request_id)
    return said(text("Three messages were logged."))


async def _progresses(call: Call) -> Json:
    """Nobody hears of progress who did not ask for it with a token."""
    for done in (0, 50, 100):
        if done:
            await anyio.sleep(PAUSE)
        await call.context.session.report_progress(done, 100)
    return said(text("The work is done."))


async def _repeats(call: Call) -> Json:
    return said(text(f"The arguments were {call.arguments}."))


async def _greets(call: Call) -> Json:
    return said(text(f"Hello, {call.arguments.get('name', 'nobody')}!"))


TOOLS: Final = (
    Tool("test_simple_text", "Answers with text", _answers(text("This is a simple text response for testing."))),
    Tool("test_image_content", "Answers with a picture", _answers(IMAGE)),
    Tool("test_audio_content", "Answers with a sound", _answers(SOUND)),
    Tool("test_embedded_resource", "Answers with a resource", _answers(EMBEDDED)),
    Tool(
        "test_multiple_content_types",
        "Answers with text, a picture and a resource",
        _answers(text("Multiple content types test:"), IMAGE, MIXED),
    ),
    Tool("test_error_handling", "Always fails", _fails),
    Tool("test_tool_with_logging", "Logs while it works", _logs),
    Tool("test_logging_tool", "Logs while it works, to those who asked", _logs),
    Tool("test_tool_with_progress", "Tells how far it has come", _progresses),
    Tool("json_schema_2020_12_tool", "Takes arguments of a rich schema", _repeats, RICH_SCHEMA),
    Tool("test_header_parameter", "Takes an argument that is also a header", _repeats, HEADER_SCHEMA),
    Tool("test_greeting", "Greets by name", _greets, takes(name="Whom to greet")),
)
