"""Tool profiles in, a table out: which argument of which tool carries code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from validator.model.argument import Language
from validator.model.errors import Problem, RuleError


@dataclass(frozen=True, slots=True)
class CodeTool:
    """How one tool of one server takes code.

    `arguments` are paths such as `args.code`, or `args.commands[]` for a list of texts. With `file`, the
    argument is code only when the file named there is Python source. With `chooser`, the language is
    named by an argument and `languages` translates it. `unseen` says why the code is out of our sight.

    `runs` names the file that the tool runs, `saves` another file that it writes, and `overwrites` the argument that
    must be true for `file` to be written where there is one already.

    `session` is the argument that names the interpreter whose names outlive the call, `default_session` the one that is
    meant where it is missing; with `shared`, several of these may be one and the same, and with `outlives` one may be
    older than we are. `apart` says that nothing outlives a call here, or not in the one that is named; `apart_if` that
    this is so where arguments have these values. `clears` names the session whose names the tool forgets.

    `paths` are arguments that must stay under the workspace, `packages` those that name what is to be installed.
    `harmless` says that the tool runs no code of anybody and changes no file.
    """

    server: str
    arguments: tuple[str, ...] = ()
    language: Language = Language.PYTHON
    session: str | None = None
    default_session: str | None = None
    shared: bool = False
    outlives: bool = False
    apart: bool = False
    apart_if: Mapping[str, str] = field(default_factory=dict)
    clears: str | None = None
    file: str | None = None
    runs: str | None = None
    saves: str | None = None
    overwrites: str | None = None
    chooser: str | None = None
    languages: Mapping[str, Language] = field(default_factory=dict)
    unseen: str = ""
    paths: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    harmless: bool = False


CodeTools: TypeAlias = Mapping[str, tuple[CodeTool, ...]]
"""Tool name to the ways in which servers that we know take code under that name."""


class _ToolPart(BaseModel):
    """One tool, as written in a profile."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: list[str] = []
    language: Literal["python", "ipython", "shell"] = "python"
    session: str | None = None
    default_session: str | None = None
    shared: bool = False
    outlives: bool = False
    apart: bool = False
    apart_if: dict[str, str] = {}
    clears: str | None = None
    file: str | None = None
    runs: str | None = None
    saves: str | None = None
    overwrites: str | None = None
    chooser: str | None = None
    languages: dict[str, Literal["python", "ipython", "shell"]] = {}
    unseen: str = ""
    paths: list[str] = []
    packages: list[str] = []
    harmless: bool = False


class _ProfilePart(BaseModel):
    """One profile, as written: the file's name is the server's."""

    model_config = ConfigDict(extra="forbid", strict=True)

    about: str
    source: str
    tools: dict[str, _ToolPart]


def load_tools(folder: Path | None = None) -> CodeTools:
    """Read every tool profile of a folder, or those that ship; raises RuleError with every problem."""
    table: dict[str, tuple[CodeTool, ...]] = {}
    problems: list[Problem] = []
    for file in sorted((folder or _shipped()).glob("*.yaml")):
        try:
            profile = _ProfilePart.model_validate(yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader))
        except (yaml.YAMLError, ValidationError) as error:
            problems.append(Problem(str(file), " ".join(str(error).split()), "see the other files of the folder"))
            continue
        for name, part in profile.tools.items():
            if (part.code and part.unseen) or not (part.code or part.unseen or part.paths or part.harmless):
                reason = "needs `code`, `unseen`, `paths` or `harmless`"
                problems.append(Problem(f"{file}#/tools/{name}", reason, "keep one"))
            table[name] = (*table.get(name, ()), _code_tool(file.stem, part))
    if not table:
        problems.append(Problem(str(folder or _shipped()), "holds no tool profile", "add one or name another folder"))
    if problems:
        raise RuleError(*problems)
    return table


def known_ways(tools: CodeTools, server: str, tool: str) -> tuple[CodeTool, ...]:
    """The ways in which a tool may take code: those of the server where we know it, else those of all servers."""
    return tuple(way for way in known_profiles(tools, server, tool) if way.arguments or way.unseen)


def known_profiles(tools: CodeTools, server: str, tool: str) -> tuple[CodeTool, ...]:
    """What is known of a tool, whether it takes code or not: of the server where we know it, else of all servers."""
    ways = tools.get(tool, ())
    named = tuple(way for way in ways if way.server == server)
    # Looking through all tools takes its time, and most calls are of a tool that nobody has described.
    return named if named or not ways or _knows(tools, server) else ways


def _knows(tools: CodeTools, server: str) -> bool:
    return any(way.server == server for group in tools.values() for way in group)


def _code_tool(server: str, part: _ToolPart) -> CodeTool:
    return CodeTool(
        server=server,
        arguments=tuple(part.code),
        language=Language(part.language),
        session=part.session,
        default_session=part.default_session,
        shared=part.shared,
        outlives=part.outlives,
        apart=part.apart,
        apart_if=part.apart_if,
        clears=part.clears,
        file=part.file,
        runs=part.runs,
        saves=part.saves,
        overwrites=part.overwrites,
        chooser=part.chooser,
        languages={name: Language(language) for name, language in part.languages.items()},
        unseen=part.unseen,
        paths=tuple(part.paths),
        packages=tuple(part.packages),
        harmless=part.harmless,
    )


def _shipped() -> Path:
    """The profiles beside the package when it is installed, else those of the repository."""
    package = Path(__file__).parents[1]
    installed = package / "rules" / "tools"
    return installed if installed.is_dir() else package.parent / "rules" / "tools"
