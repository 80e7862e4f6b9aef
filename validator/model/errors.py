"""What can be wrong with what a person gave us.

    ValidatorError
    ├── RuleError      a rule, pack, profile or catalogue does not load
    ├── PolicyError    a policy does not load
    ├── InputError     a file or record to judge cannot be read
    ├── SettingsError  the settings file of a site does not load
    ├── UpstreamError  the server behind the proxy cannot be started or reached
    ├── ListenError    the proxy cannot listen where and as it was told
    ├── AuditError     an audit cannot be opened, written, read or believed
    ├── BusyError      there is no room to analyse one more argument now
    ├── GrantError     grants cannot be read or kept, or there is no such grant
    ├── TuneError      labelled data do not suffice, or what they are to be held against is not there
    ├── ApprovalError  approvals cannot be read or kept, or there is no such request
    ├── EngineError    the processes that judge cannot be started
    └── StateError     the folder for what outlives a command cannot be made

What is wrong with the code we judge is never an error: it is a fact.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and what to do about it.

    `place` is what a person can find: `rules/files/x.yaml:12`, or a file with a JSON pointer.
    """

    place: str
    reason: str
    advice: str = ""

    def __str__(self) -> str:
        """One line: place, reason, advice."""
        return f"{self.place}: {self.reason}" + (f" ({self.advice})" if self.advice else "")


class ValidatorError(Exception):
    """Base of every error meant for a person; carries all problems at once."""

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems; there is at least one."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class RuleError(ValidatorError):
    """A rule, pack, profile or catalogue does not load."""


class PolicyError(ValidatorError):
    """A policy does not load."""


class InputError(ValidatorError):
    """A file or record to judge cannot be read."""


class SettingsError(ValidatorError):
    """The settings file of a site does not load."""


class UpstreamError(ValidatorError):
    """The server behind the proxy cannot be started or reached."""


class ListenError(ValidatorError):
    """The proxy cannot listen where and as it was told."""


class AuditError(ValidatorError):
    """An audit cannot be opened, written, read or believed."""


class BusyError(ValidatorError):
    """There is no room to analyse one more argument now."""


class GrantError(ValidatorError):
    """Grants cannot be read or kept, or there is no such grant."""


class ApprovalError(ValidatorError):
    """Approvals cannot be read or kept, or there is no such request."""


class TuneError(ValidatorError):
    """Labelled data do not suffice, or what they are to be held against is not there."""


class EngineError(ValidatorError):
    """The processes that judge cannot be started."""


class StateError(ValidatorError):
    """The folder for what outlives a command cannot be made."""
