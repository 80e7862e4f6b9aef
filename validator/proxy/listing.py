"""A list of tools in, the same without those that the policy hides out."""

from collections.abc import Callable

from validator.model.known import JsonValue
from validator.proxy.wire import Body, Message, write_answer


def write_visible(message: Message, hidden: Callable[[str], bool], *, modern: bool) -> bytes:
    """The list of tools without those that are hidden; every other field stays.

    What was left out for one client is not for a cache that others share.
    """
    result = message.body.get("result")
    tools = result.get("tools") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(tools, list):
        return message.line
    shown = [tool for tool in tools if not _is_hidden(tool, hidden)]
    if len(shown) == len(tools):
        return message.line
    private: Body = {"cacheScope": "private"} if modern or "cacheScope" in result else {}
    return write_answer({**message.body, "result": {**result, "tools": shown, **private}})


def _is_hidden(tool: JsonValue, hidden: Callable[[str], bool]) -> bool:
    name = tool.get("name") if isinstance(tool, dict) else None
    return isinstance(name, str) and hidden(name)
