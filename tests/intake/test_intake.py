"""Which pieces of code a call carries, and which calls cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from validator.intake.extract import Extraction, extract
from validator.intake.tools import known_ways, load_tools
from validator.intake.unwrap import join_notebook, unwrap_fence
from validator.model.argument import Argument, Language
from validator.model.call import Call
from validator.model.errors import RuleError

TOOLS = load_tools()


def take(tool: str, arguments: Any, server: str = "default") -> Extraction:
    return extract(Call(tool, arguments, server=server), known_ways(TOOLS, server, tool))


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("run_python_code", {"code": "1"}, [Argument("1", "args.code", "default")]),
        ("run_python_code", {"code": "1", "session_id": "s"}, [Argument("1", "args.code", "s")]),
        ("run_python_code", {"code": ""}, [Argument("", "args.code", "default")]),
        ("run_python_code", {"python_code": "1"}, [Argument("1", "args.python_code")]),
        ("write_file", {"file_path": "a.py", "content": "1"}, [Argument("1", "args.content")]),
        ("write_file", {"file_path": "a.PY .", "content": "1"}, [Argument("1", "args.content")]),
        ("write_file", {"file_path": "a.txt", "content": "1"}, []),
        ("sandbox_exec", {"commands": ["ls", "pwd"]}, ["ls", "pwd"]),
        ("run-code", {"code": "1", "languageId": "python"}, [Argument("1", "args.code")]),
        ("read_file", {"file_path": "a.py"}, []),
    ],
)
def test_the_code_of_a_call_is_found(tool: str, arguments: Any, expected: list[Any]) -> None:
    shell = [
        Argument(each, f"args.commands.{index}", None, Language.SHELL) if isinstance(each, str) else each
        for index, each in enumerate(expected)
    ]
    found = take(tool, arguments)
    assert (list(found.arguments), found.problem) == (shell, "")


def test_two_code_arguments_are_both_judged_where_the_server_is_not_known() -> None:
    found = take("run_python_code", {"code": "1", "python_code": "2"})
    assert sorted(str(argument.content) for argument in found.arguments) == ["1", "2"]


def test_a_known_server_takes_code_in_its_own_way_only() -> None:
    found = take("run_python_code", {"code": "1"}, server="mcp-run-python")
    assert found.problem == "the tool 'run_python_code' takes code in args.python_code, which is missing"


def test_one_text_is_judged_in_every_language_that_a_server_may_take_it_for() -> None:
    languages = {argument.language for argument in take("execute_code", {"code": "1"}).arguments}
    assert languages == {Language.PYTHON, Language.IPYTHON}


@pytest.mark.parametrize(
    ("tool", "arguments", "problem"),
    [
        ("run_python_code", {}, "takes code in args.code or args.python_code, which is missing"),
        ("run_python_code", {"Code": "1"}, "which is missing"),
        ("run_python_code", {"code": None}, "which is missing"),
        ("run_python_code", {"code": 5}, "args.code is a number, not text"),
        ("run_python_code", {"code": True}, "args.code is a truth value, not text"),
        ("run_python_code", {"code": ["1"]}, "args.code is a list, not text"),
        ("run_python_code", {"code": {}}, "args.code is an object, not text"),
        ("run_python_code", {"code": "1", "session_id": 1}, "args.session_id is a number, not text"),
        ("write_file", {"content": "1"}, "args.file_path is missing, not text"),
        ("write_file", {"content": "1", "file_path": "a.ipynb"}, "args.content is not a notebook"),
        ("sandbox_exec", {"commands": "ls"}, "args.commands is text, not a list"),
        ("sandbox_exec", {"commands": ["ls", 1]}, "args.commands.1 is a number, not text"),
        ("run-code", {"code": "1", "languageId": "ruby"}, "args.languageId asks for a language that is not judged"),
        ("run-code", {"code": "1"}, "args.languageId is missing, not text"),
    ],
)
def test_a_call_that_cannot_be_read_says_which_argument(tool: str, arguments: Any, problem: str) -> None:
    found = take(tool, arguments)
    assert problem in found.problem
    assert found.arguments == ()


def test_code_that_lies_elsewhere_is_said_to_be_unseen() -> None:
    unseen = take("run_python_file", {"file_path": "a.py"}).unseen
    assert (
        unseen
        == "it runs a file on the server's own disk, which is known only once it was written with overwrite: true"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```python\nx = 1\n```", "\nx = 1\n"),
        ("\n```\nx = 1\n```\n", "\n\nx = 1\n\n"),
        ("~~~\nx\n~~~", "\nx\n"),
        ("```py\r\nx\r\n```", "\nx\r\n"),
        ("x = 1", "x = 1"),
        ("text\n```\nx\n```", "text\n```\nx\n```"),
        ("```\nx\n```\ny\n```\nz\n```", "```\nx\n```\ny\n```\nz\n```"),
        ("```\rimport os\nx\n```", "```\rimport os\nx\n```"),
        ("```\nx\n~~~", "```\nx\n~~~"),
        ("```\nx", "```\nx"),
        ("```", "```"),
        ("", ""),
    ],
)
def test_only_a_fence_around_everything_is_taken_away(text: str, expected: str) -> None:
    assert unwrap_fence(text) == expected


def test_a_shell_command_keeps_its_backticks() -> None:
    assert take("sandbox_shell", {"command": "```\nls\n```"}).arguments[0].content == "```\nls\n```"


@pytest.mark.parametrize(
    ("notebook", "expected"),
    [
        ({"cells": [{"cell_type": "code", "source": ["a\n", "b"]}, {"cell_type": "code", "source": "c"}]}, "a\nb\nc"),
        ({"cells": [{"cell_type": "markdown", "source": "text"}]}, ""),
        ({"cells": [{"cell_type": "code"}]}, None),
        ({"cells": [{"cell_type": "code", "source": [1]}]}, None),
        ({"cells": 5}, None),
        ([], None),
    ],
)
def test_a_notebook_is_its_code_cells(notebook: Any, expected: str | None) -> None:
    assert join_notebook(json.dumps(notebook)) == expected


def test_a_notebook_that_is_written_is_judged_cell_by_cell_as_ipython() -> None:
    content = json.dumps({"cells": [{"cell_type": "code", "source": "!ls"}]})
    found = take("write_file", {"file_path": "n.ipynb", "content": content})
    assert found.arguments == (Argument("!ls", "args.content", None, Language.IPYTHON),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("about: a\nsource: b\ntools: {t: {cod: [args.c]}}\n", "tools.t.cod"),
        ("about: a\nsource: b\ntools: {t: {}}\n", "needs `code`, `unseen`, `paths` or `harmless`"),
        ("about: [\n", "while parsing"),
    ],
)
def test_a_profile_that_does_not_load_is_fatal(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "server.yaml").write_text(text)
    with pytest.raises(RuleError) as caught:
        load_tools(tmp_path)
    assert problem in str(caught.value)


def test_a_folder_without_profiles_is_fatal(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="holds no tool profile"):
        load_tools(tmp_path)
