"""What an argument may be before a call goes on, and what is made of it."""

from typing import Any

import pytest

from validator.intake.shape import Demands, plain_requirement, shape, under_workspace
from validator.intake.tools import CodeTool, known_profiles, known_ways, load_tools
from validator.model.call import Call

WRITES = (CodeTool("s", paths=("args.path",)),)
INSTALLS = (CodeTool("s", packages=("args.names",)),)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("numpy", "numpy"), ("NumPy", "numpy"), ("typing_extensions", "typing-extensions"), ("numpy==1.2", "numpy"),
        ("numpy >=1, <2", "numpy"), ("requests[socks,security]~=2.0", "requests"), ("a===1+local", "a"), (" numpy ", "numpy"),
        ("", None), ("-r requirements.txt", None), ("--index-url=https://x", None), ("git+https://x/y", None),
        ("a @ https://x/a.whl", None), ("https://x/a.whl", None), ("./a", None), ("../a", None), ("a/b", None), ("/a", None),
        ("evil.whl", None), ("evil.tar.gz", None), ("evil.ZIP", None), ("a b", None), ("a;python_version>'3'", None),
        ("a\n-r x", None), ("a\n", None), ("ünï", None), ("a\\b", None), ("${X}", None), (".", None),
    ],
)  # fmt: skip
def test_a_requirement_asks_an_index_for_a_name_and_nothing_else(text: str, name: str | None) -> None:
    assert plain_requirement(text) == name


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("a", "a"), ("a/./b", "a/b"), ("a//b", "a/b"), ("a/../b", "b"), (".", "."), ("/work/x", "/work/x"), ("/work", "/work"),
        ("/work/../work/x", "/work/x"), ("..", None), ("../a", None), ("a/../../b", None), ("/etc/passwd", None), ("/workx", None),
        ("/work/../etc", None), ("//work/x", None), ("~/x", None), ("~root", None), ("a\\..\\b", None), ("C:x", None), ("a\0", None),
        ("a\n", None),
    ],
)  # fmt: skip
def test_a_path_stays_under_the_workspace(path: str, normal: str | None) -> None:
    assert under_workspace(path, ["/work", "."]) == normal


def test_without_a_workspace_only_relative_paths_are_inside() -> None:
    assert [under_workspace(path, []) for path in ("a", "/work/a")] == ["a", None]


@pytest.mark.parametrize(
    ("arguments", "demands", "shaped", "changed"),
    [
        ({"path": "a/b"}, Demands(), {"path": "a/b"}, ()),
        ({"path": "a/../b"}, Demands(), {"path": "b"}, ("args.path",)),
        ({"path": ""}, Demands(), {"path": ""}, ()),
        ({"path": None}, Demands(), {"path": None}, ()),
        ({}, Demands(), {}, ()),
        ({"n": 5}, Demands(clamp={"args.n": 9}), {"n": 5}, ()),
        ({"n": 99}, Demands(clamp={"args.n": 9}), {"n": 9}, ("args.n",)),
        ({}, Demands(clamp={"args.n": 9}), {"n": 9}, ("args.n",)),
        ({"n": 0.5}, Demands(clamp={"args.n": 9}), {"n": 0.5}, ()),
        ({"o": {"n": 99, "m": 1}}, Demands(clamp={"args.o.n": 9}), {"o": {"n": 9, "m": 1}}, ("args.o.n",)),
        ({"mode": "inline"}, Demands(force={"args.mode": "subprocess"}), {"mode": "subprocess"}, ("args.mode",)),
        ({"mode": "subprocess"}, Demands(force={"args.mode": "subprocess"}), {"mode": "subprocess"}, ()),
        ({"flag": 1}, Demands(force={"args.flag": True}), {"flag": True}, ("args.flag",)),
        ({"n": 99}, Demands(clamp={"args.n": 9}, force={"args.n": 3}), {"n": 3}, ("args.n",)),
    ],
)
def test_arguments_become_what_is_asked_of_them(
    arguments: dict[str, Any], demands: Demands, shaped: dict[str, Any], changed: tuple[str, ...]
) -> None:
    found = shape(Call("t", arguments), WRITES, demands)
    assert (found.call.arguments, found.changed, found.problem) == (shaped, changed, "")


@pytest.mark.parametrize(
    ("arguments", "demands", "problem"),
    [
        ({"path": "../a"}, Demands(), "args.path must be a path inside the workspace"),
        ({"path": ["a"]}, Demands(), "args.path must be a path inside the workspace"),
        ({"path": 5}, Demands(), "args.path must be a path inside the workspace"),
        ({"n": "5"}, Demands(clamp={"args.n": 9}), "args.n must be a number from 0 to 9"),
        ({"n": True}, Demands(clamp={"args.n": 9}), "args.n must be a number from 0 to 9"),
        ({"n": -1}, Demands(clamp={"args.n": 9}), "args.n must be a number from 0 to 9"),
        ({"n": float("nan")}, Demands(clamp={"args.n": 9}), "args.n must be a number from 0 to 9"),
    ],
)
def test_an_argument_that_cannot_be_made_right_refuses_the_call(
    arguments: dict[str, Any], demands: Demands, problem: str
) -> None:
    found = shape(Call("t", arguments), WRITES, demands)
    assert problem in found.problem
    assert found.call.arguments == arguments


@pytest.mark.parametrize(
    ("names", "allowed", "problem"),
    [
        ("numpy", [], ""),
        (["numpy", "pandas"], [], ""),
        ("NumPy==2", ["numpy"], ""),
        ("left-pad", ["numpy"], "none of the allowed packages: numpy"),
        (["numpy", "left-pad"], ["numpy"], "none of the allowed packages: numpy"),
        ("git+https://x/y", [], "plain requirement"),
        ("git+https://x/y", ["git+https://x/y"], ""),
        ("-r x", ["numpy"], "plain requirement"),
        (None, [], "plain requirement"),
        (5, [], "plain requirement"),
    ],
)
def test_packages_are_named_plainly_and_are_on_the_list(names: Any, allowed: list[str], problem: str) -> None:
    found = shape(Call("t", {"names": names}), INSTALLS, Demands(packages=allowed))
    assert (problem in found.problem) if problem else found.problem == ""


def test_a_tool_with_paths_only_carries_no_code() -> None:
    tools = load_tools()
    assert known_ways(tools, "mcp-python-interpreter", "read_file") == ()
    assert known_profiles(tools, "mcp-python-interpreter", "read_file")[0].paths == ("args.file_path",)
