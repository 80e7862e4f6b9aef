"""When a file that is run counts as judged: only while nothing can have changed it since it was written."""

from typing import Any

import pytest

from validator import judge
from validator.intake.tools import known_profiles, known_ways, load_tools
from validator.intake.written import Passing, Writing, WrittenFiles
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN, Known

TOOLS = load_tools()
SERVER = "mcp-python-interpreter"


def begin(files: WrittenFiles, tool: str, code: str = "1", facts: tuple[Fact, ...] = (), **arguments: Any) -> Writing:
    writing = files.begin(passing(tool, [Argument(code, "args.content")], facts, **arguments))
    assert writing is not None
    return writing


def passing(tool: str, code: list[Argument], facts: tuple[Fact, ...] = (), **arguments: Any) -> Passing:
    ways, profiles = known_ways(TOOLS, SERVER, tool), known_profiles(TOOLS, SERVER, tool)
    return Passing(Call(tool, arguments), ways, profiles, code, facts)


def write(files: WrittenFiles, path: str = "a.py", code: str = "1", **arguments: Any) -> None:
    arguments = {"file_path": path, "overwrite": True, **arguments}
    files.end(begin(files, "write_file", code, **arguments), done=True)


def run(files: WrittenFiles, path: Any = "a.py") -> list[str | bytes]:
    return [each.content for each in recall(files, path)]


def recall(files: WrittenFiles, path: Any = "a.py") -> tuple[Argument, ...]:
    call = Call("run_python_file", {"file_path": path})
    return files.recall(call, known_ways(TOOLS, SERVER, "run_python_file"))


def execute(files: WrittenFiles, code: str, **become: bool) -> Writing:
    """Let code run that was judged in earnest, and answer it, unless it is said what became of it."""
    writing = begin(files, "run_python_code", code, judge(code).facts)
    files.end(writing, **{"done": True, **become})
    return writing


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
        (fact("fs.write", path="b.txt"), False),  # by whatever function `n` is
        (fact("fs.delete", path="b.txt"), True),
        (fact("fs.delete", path="A.py"), False),
        (fact("fs.delete", path=UNKNOWN), False),
        (fact("fs.delete"), False),
        (fact("fs.permission", path="/elsewhere/d"), False),
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


CHANGES = [
    "import shutil; shutil.unpack_archive('data.zip', 'out')",
    "import shutil; shutil.unpack_archive('data.zip')",
    "import zipfile; zipfile.ZipFile('data.zip').extractall()",
    "import zipfile; zipfile.ZipFile('data.zip').extractall('/srv/work')",
    "import zipfile; zipfile.ZipFile('data.zip').extract('x', 'out')",
    "import tarfile; tarfile.open('data.tar').extractall(filter='data')",
    "import tarfile; tarfile.open('data.tar').extract('x')",
    "import shutil; shutil.copytree('new', '.', dirs_exist_ok=True)",
    "import shutil; shutil.copytree('new', '/srv/work', dirs_exist_ok=True)",
    "import shutil; shutil.move('new', '/srv/work')",
    "import shutil; shutil.copy('new/a.py', 'd')",
    "import os; os.rename('new', '/srv/work')",
    "import os; os.replace('new', 'd')",
    "import os; os.link('d/a.py', 'other.txt')",
    "import os; os.symlink('d', 'other')",
    "import os; os.chdir('/elsewhere')",
    "import pathlib; pathlib.Path('x').symlink_to('d')",
    "import pathlib; pathlib.Path('new').rename('../work')",
    "import git; git.Repo.clone_from('https://example.com/x', '.')",
    "import helper; helper.go()",
    "open(name, 'w').write(text)",
    "open('/proc/self/fd/3', 'w').write(text)",
    "open('D/../A.PY', 'w').write(text)",
    "open('/srv/work/d/a.py', 'w').write(text)",
    "open('a\\u200b.py', 'w').write(text)",
    "open('b.py' if name else 'a.py', 'w').write(text)",
    "open(f'{name}.py', 'w').write(text)",
    "write = open",
]


@pytest.mark.parametrize("code", CHANGES)
def test_code_that_may_reach_a_file_by_any_road_ends_what_is_known_of_it(code: str) -> None:
    files = WrittenFiles()
    write(files, "d/a.py")
    execute(files, code)
    assert run(files, "d/a.py") == []


@pytest.mark.parametrize(
    "code",
    [
        "print(sum(range(10)))",
        "import pandas as pd; pd.read_csv('x.csv').to_csv('y.csv')",
        "import matplotlib.pyplot as plt; plt.savefig('plot.png')",
        "for n in range(3): open(f'out_{n}.csv', 'w').write('1')",
        "import json, os; os.makedirs('out', exist_ok=True); json.dump({}, open('out/x.json', 'w'))",
        "import shutil; shutil.copy('x.csv', 'y.csv')",
        "import requests; print(requests.get('https://example.com').text)",
    ],
)
def test_code_that_writes_other_files_only_ends_nothing(code: str) -> None:
    files = WrittenFiles()
    write(files, "d/a.py")
    execute(files, code)
    assert run(files, "d/a.py") == ["1"]


def test_what_code_has_opened_it_may_write_later() -> None:
    files = WrittenFiles()
    execute(files, "handle = open('a.py', 'w')")
    write(files, "a.py")
    write(files, "b.py")
    assert (run(files, "a.py"), run(files, "b.py")) == ([], ["1"])


def test_a_name_that_code_has_linked_may_be_any_file_from_then_on() -> None:
    files = WrittenFiles()
    execute(files, "import os; os.symlink('a.py', 'b.txt')")
    write(files, "a.py")
    assert run(files, "a.py") == []


def test_a_file_is_not_known_while_code_runs_that_may_change_it() -> None:
    files = WrittenFiles()
    running = begin(files, "run_python_code", facts=(fact("fs.delete", path="a.py"),))
    write(files)
    assert run(files) == []
    files.end(running, done=True)
    write(files)
    assert run(files) == ["1"]


def test_a_write_that_was_cancelled_may_happen_until_it_is_answered() -> None:
    files = WrittenFiles()
    late = begin(files, "write_file", "2", file_path="a.py", overwrite=True)
    files.end(late, done=False, over=False)
    write(files)
    assert run(files) == []
    files.end(late, done=False)
    write(files)
    assert run(files) == ["1"]


def test_a_file_that_changes_between_the_look_and_the_run_is_not_run() -> None:
    files = WrittenFiles()
    write(files)
    code = [*recall(files)]
    execute(files, "open('a.py', 'w').write(text)")
    assert files.begin(passing("run_python_file", code, file_path="a.py")) is None


def test_a_file_that_stays_as_it_was_judged_is_run() -> None:
    files = WrittenFiles()
    write(files)
    assert files.begin(passing("run_python_file", [*recall(files)], file_path="a.py")) is not None


@pytest.mark.parametrize(("tool", "known"), [("move_file", False), ("list_sessions", True), ("read_file", True)])
def test_a_tool_that_nobody_has_described_may_change_any_file(tool: str, known: bool) -> None:
    files = WrittenFiles()
    write(files)
    files.end(begin(files, tool, to="a.py"), done=True)
    assert (run(files) == ["1"]) is known


def test_calls_without_number_that_never_end_end_all_that_is_known() -> None:
    files = WrittenFiles()
    write(files, "kept.py")
    for number in range(1_001):
        files.end(begin(files, "write_file", file_path=f"{number}.py", overwrite=True), done=False, over=False)
    assert run(files, "kept.py") == []


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
