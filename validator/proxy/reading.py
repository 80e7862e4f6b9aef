"""A line of a client in, the message that it is out, or what is wrong with it."""

from collections.abc import Callable
from typing import TypeAlias

from validator.proxy.lines import LONGEST_LINE
from validator.proxy.wire import PARSE_ERROR, Broken, Message, read_client_line

Check: TypeAlias = Callable[[Message], Broken | None]
"""What is wrong with a message beyond its own words, None for nothing."""


def read_client(line: bytes | None, check: Check | None = None) -> Message | Broken | None:
    """What a line says, None for an empty one; the line is None where it was too long to keep."""
    if line is None:
        return Broken(PARSE_ERROR, f"the line is longer than {LONGEST_LINE} bytes")
    if not line.strip():
        return None
    message = read_client_line(line)
    return (check(message) if check is not None and isinstance(message, Message) else None) or message
