"""Processes that analyse code take no module from the folder in which the gate was started, where agents write files."""

import subprocess
import sys
from pathlib import Path

import pytest

CALLS = {
    "gate": """
from validator.model.argument import Argument
from validator.worker.pool import Pool
pool = Pool()
facts, _ = pool.observe(Argument("import os"), None)
pool.close()
print(facts[0].name)
""",
    "server": """
import asyncio, subprocess, sys
from validator.proxy.upstream import start
from validator.worker.pool import Pool
from validator.model.argument import Argument
pool = Pool()
pool.observe(Argument("import os"), None)
pool.close()
server = start([sys.executable, "-c", "import os; print(os.environ.get('PYTHONSAFEPATH'))"])
print(server.stdout.read().decode().strip())
server.wait()
""",
}


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    script = folder / "apart" / "main.py"
    script.parent.mkdir()
    script.write_text(f"if __name__ == '__main__':\n{'    '.join(code.splitlines(keepends=True))}")
    return subprocess.run([sys.executable, str(script)], cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("module", ["multiprocessing", "validator", "libcst", "pickle"])
def test_a_module_in_the_current_folder_is_not_imported(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("from pathlib import Path\nPath('was-run').touch()\n")
    done = run(tmp_path, CALLS["gate"])
    assert (done.stdout, done.returncode) == ("os\n", 0), done.stderr
    assert not (tmp_path / "was-run").exists()


def test_a_server_does_not_inherit_that(tmp_path: Path) -> None:
    assert run(tmp_path, CALLS["server"]).stdout == "None\n"


def test_a_server_has_the_setting_that_we_were_started_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "yes")
    assert run(tmp_path, CALLS["server"]).stdout == "yes\n"


def test_the_module_as_a_command_imports_nothing_from_there_either(tmp_path: Path) -> None:
    for module in ("libcst", "typer", "asyncio"):
        (tmp_path / f"{module}.py").write_text("from pathlib import Path\nPath('was-run').touch()\n")
    command = (sys.executable, "-m", "validator", "check", "-")
    done = subprocess.run(command, cwd=tmp_path, input="import os", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "was-run").exists()
