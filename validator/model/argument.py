"""An argument: the code that a tool call carries, before anyone has looked at it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """What the upstream will take the text for."""

    PYTHON = "python"
    IPYTHON = "ipython"
    SHELL = "shell"


@dataclass(frozen=True, slots=True)
class Argument:
    """One piece of code as it was handed over: text, or the bytes of a file.

    `origin` names the place for a person (a path, `args.code`); `session` is the upstream's handle for
    names that outlive a call, empty where it has but one, or None where nothing outlives it.
    """

    content: str | bytes
    origin: str = "<argument>"
    session: str | None = None
    language: Language = Language.PYTHON

    def digest(self) -> str:
        """SHA-256 of the content in hexadecimal; lone surrogates are hashed as they stand."""
        content = self.content
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        return hashlib.sha256(raw).hexdigest()
