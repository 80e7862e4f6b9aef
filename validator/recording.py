"""A call with what was decided on it in, the record for the audit out."""

import traceback
from pathlib import Path
from typing import Final

from validator.hearing import Hearing
from validator.model.call import Call
from validator.model.decision import Decision
from validator.model.record import Record

_LONGEST_KEY: Final = 60
_MOST_KEYS: Final = 40


def make_record(call: Call, decision: Decision, heard: Hearing | None, policy: str, time: float) -> Record:
    """Put together what is kept of a decision; `heard` is None where the call was not looked into."""
    return Record(
        time=time,
        grant=call.grant,
        server=call.server,
        tool=call.tool,
        request=call.request,
        keys=tuple(sorted(key[:_LONGEST_KEY] for key in call.arguments))[:_MOST_KEYS],
        decision=decision,
        policy=policy,
        session=call.session or "",
        changed=() if heard is None else heard.changed,
        lines=0 if heard is None else heard.scene.lines,
        code=() if heard is None else tuple(_text(argument.content) for argument, _ in heard.judged),
    )


def name_of(error: Exception) -> str:
    """The kind of an error and the place it comes from, without its text, which may hold the argument."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where


def _text(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode("utf-8", "backslashreplace")
