"""A cache folder in, the path of a real MCP server out: its environment is made once and kept."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from validator.model.errors import Problem, UpstreamError

NAME = "mcp-python-interpreter"
# The server names neither of the last two bounds itself, and does not start beyond them.
PACKAGES = ("mcp-python-interpreter==1.2.3", "mcp<2", "fastmcp<4")


def upstream_environment(cache: Path | None = None) -> Path:
    """The executable of the server, installed on first use; raises UpstreamError if that fails."""
    folder = (cache or default_cache()) / f"{NAME}-1.2.3-py{sys.version_info.major}.{sys.version_info.minor}"
    executable = folder / "bin" / NAME
    # Written last: an environment without it is half made, for instance because someone pressed Ctrl-C.
    complete = folder / "complete"
    if not (complete.exists() and executable.exists()):
        _progress(f"installing {PACKAGES[0]} into {folder} (once, about half a minute)")
        shutil.rmtree(folder, ignore_errors=True)
        for command in _commands(folder):
            _run(command)
        complete.touch()
        _progress("installed")
    return executable


def default_cache() -> Path:
    """Where this user's caches live."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "validator"


def _commands(folder: Path) -> tuple[Sequence[str], Sequence[str]]:
    python = folder / "bin" / "python"
    uv = shutil.which("uv")
    if uv is not None:
        return (
            (uv, "venv", "--quiet", "--python", sys.executable, str(folder)),
            (uv, "pip", "install", "--quiet", "--python", str(python), *PACKAGES),
        )
    return (
        (sys.executable, "-m", "venv", str(folder)),
        (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES),
    )


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        reason = f"exit code {done.returncode}: {' '.join(last)}"
        advice = "the demo needs a package index, and uv or Python's venv and pip"
        raise UpstreamError(Problem(" ".join(command), reason, advice))


def _progress(text: str) -> None:
    print(f"validator: {text}", file=sys.stderr, flush=True)
