"""Rewrites the output blocks of the README with what the commands say now; `--check` only compares.

A block of the language `console` holds one command after `$ `; what follows is its output, standard error
included. A command is run by the shell in the repository's folder.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
README: Final = ROOT / "README.md"
BLOCK: Final = re.compile(r"^```console\n\$ (?P<command>[^\n]+)\n.*?^```$", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Bring the README up to date, or say that it is not."""
    before = README.read_text(encoding="utf-8")
    after = BLOCK.sub(_refresh, before)
    if "--check" not in sys.argv[1:]:
        README.write_text(after, encoding="utf-8")
    elif after != before:
        sys.exit("README.md: an output block differs from what its command says (run: python docs/refresh.py)")


def _refresh(block: re.Match[str]) -> str:
    command = block["command"]
    # The command is the one of this environment, and its help is laid out for a width that fits the page.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "100", "PYTHONUTF8": "1"}
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return f"```console\n$ {command}\n{done.stdout.rstrip()}\n```"


if __name__ == "__main__":
    main()
