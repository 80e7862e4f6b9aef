"""When a file that is run counts as judged: only while nothing can have changed it since it was written."""

from typing import Any

import pytest

from validator.intake.tools import known_ways, load_tools
from validator.intake.written import Writing, WrittenFiles
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN, Known

TOOLS = load_tools()
SERVER = "mcp-python-interpreter"


def begin(files: WrittenFiles, tool: str, code: str = "1", facts: tuple[Fact, ...] = (), **arguments: Any) -> Writing:
    call = Call(tool, arguments)
    return files.begin(call, known_ways(TOOLS, SERVER, tool), [Argument(code, "args.content")], facts)


def write(files: WrittenFiles, path: str = "a.py", code: str = "1", **arguments: Any) -> None:
    arguments = {"file_path": path, "overwrite": True, **arguments}
    files.end(begin(files, "write_file", code, **arguments), done=True)


def run(files: WrittenFiles, path: Any = "a.py") -> list[str | bytes]:
    call = Call("run_python_file", {"file_path": path})
    return [each.content for each in files.recall(call, known_ways(TOOLS, SERVER, "run_python_file"))]


def fact(capability: str, **roles: Known) -> Fact:
    return Fact(Kind.CALL, capability, "n", roles)


@pytest.mark.parametrize(
    "path", ["a.py", "./a.py", "b/../a.py", "a.PY", "A.py", "other.py", "~/a.py", "a\\a.py", 5, None]
)
def test_only_the_file_that_was_written_is_known(path: Any) -> None:
    files = WrittenFiles()
    write(files, "a.py")
    assert run(files, path) == (["1"] if path in ("a.py", "./a.py") else [])


def test_the_last_content_counts() -> None:
    files = WrittenFiles()
    write(files, code="1")
    write(files, code="2")
    assert run(files) == ["2"]


@pytest.mark.parametrize("overwrite", [False, None, "true", 1])
def test_a_file_that_may_have_been_there_before_is_not_known(overwrite: Any) -> None:
    files = WrittenFiles()
    write(files, overwrite=overwrite)
    assert run(files) == []


def test_a_write_that_failed_is_not_known_and_ends_what_was() -> None:
    files = WrittenFiles()
    write(files)
    files.end(begin(files, "write_file", "2", file_path="a.py", overwrite=True), done=False)
    assert run(files) == []


def test_a_write_that_is_still_under_way_is_not_known() -> None:
    files = WrittenFiles()
    begin(files, "write_file", file_path="a.py", overwrite=True)
    assert run(files) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_writes_at_once_neither_is_known(order: tuple[int, int]) -> None:
    files = WrittenFiles()
    both = [begin(files, "write_file", code, file_path="a.py", overwrite=True) for code in "12"]
    for number in order:
        files.end(both[number], done=True)
    assert run(files) == []


@pytest.mark.parametrize(
    ("change", "known"),
    [
        (fact("fs.read", path="a.py"), True),
        (fact("fs.write", path="b.txt"), True),
        (fact("fs.write", path="a.py"), False),
        (fact("fs.write", path="/work/A.py"), False),
        (fact("fs.write", path=UNKNOWN), False),
        (fact("fs.write"), False),
        (fact("fs.delete", path="d"), False),
        (fact("fs.link", path="x", target="d/a.py"), False),
        (fact("process.spawn", command="ls"), False),
        (fact("thread.start"), False),
        (fact("unresolved.code"), False),
        (fact("code.execute", code="1"), False),
    ],
)
def test_code_that_may_have_changed_a_file_ends_what_is_known(change: Fact, known: bool) -> None:
    files = WrittenFiles()
    write(files, "d/a.py")
    files.end(begin(files, "run_python_code", facts=(change,)), done=True)
    assert (run(files, "d/a.py") == ["1"]) is known


def test_nothing_is_known_after_code_that_may_run_on() -> None:
    files = WrittenFiles()
    files.end(begin(files, "run_python_code", facts=(fact("thread.start"),)), done=True)
    write(files)
    assert run(files) == []


@pytest.mark.parametrize(("saved", "known"), [("a.py", False), ("../x", False), ("b.py", True)])
def test_what_a_run_saves_is_a_change_too(saved: str, known: bool) -> None:
    files = WrittenFiles()
    write(files)
    files.end(begin(files, "run_python_code", save_as=saved), done=True)
    assert (run(files) == ["1"]) is known


def test_the_memory_is_bounded() -> None:
    files = WrittenFiles(most=10)
    for number in range(5):
        write(files, f"{number}.py", "x" * 4)
    assert [bool(run(files, f"{number}.py")) for number in range(5)] == [False] * 3 + [True] * 2
