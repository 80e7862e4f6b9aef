"""A command in, uses out: what the programs in a shell line, or in a list of words, would do."""

from typing import Final

from validator.analyse.shell.launch import launch, line, run
from validator.analyse.shell.state import OutOfStepsError, Shell, Use, Verbs
from validator.analyse.shell.text import encode
from validator.analyse.shell.walk import walk
from validator.model.catalog import Catalog
from validator.model.fact import Kind
from validator.model.known import Choice, Known, Partial
from validator.model.limits import DEFAULT_LIMITS, Limits

__all__ = ["Use", "observe"]

VERBS: Final = Verbs(walk, run, launch, line)
LONGEST: Final = 131_072  # Linux passes no longer word to a program, so no longer line to a shell


def observe(command: Known, catalog: Catalog, limits: Limits = DEFAULT_LIMITS) -> tuple[Use, ...]:
    """Everything a command would do, in order; a string is a shell line, a tuple the words of one program.

    What cannot be worked out is a use of kind UNRESOLVED, never silence.
    """
    if isinstance(command, Choice):
        found = [use for option in command.options for use in observe(option, catalog, limits)]
        return _once(found)
    shell = Shell(catalog, limits, VERBS)
    try:
        _follow(shell, command)
    except OutOfStepsError:
        shell.uses.append(Use(Kind.UNRESOLVED, "unresolved.budget", "sh", {"command": command}))
    return _once(shell.uses)


def _follow(shell: Shell, command: Known) -> None:
    if isinstance(command, tuple):
        if command:
            launch(shell, [encode(word) for word in command], None)
    elif not isinstance(command, (str, bytes, Partial)) or len(text := encode(command)) > LONGEST:
        shell.uses.append(Use(Kind.UNRESOLVED, "unresolved.command", "sh", {"command": command}))
    else:
        line(shell, text, None)
    _follow_the_rest(shell)


def _follow_the_rest(shell: Shell) -> None:
    """Look into the functions that nothing called; their arguments are not known."""
    shell.scope.arguments = None
    shell.conditional += 1
    while shell.bodies:
        walk(shell, shell.bodies.pop(0), None)


def _once(uses: list[Use]) -> tuple[Use, ...]:
    """The uses in their order, each once."""
    found: dict[object, Use] = {}
    for use in uses:
        found.setdefault((use.kind, use.capability, use.name, tuple(sorted(use.roles.items())), use.code), use)
    return tuple(found.values())
