"""A promise of the README: it names every option of every command of `tune`, and no other."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


def test_the_readme_names_every_option_of_every_command(run: Callable[..., Any]) -> None:
    usage = re.search(r"^### `validator tune`\n\n(( {4}.*\n)+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert usage is not None
    shown = "".join(run("tune", command, "--help").out for command in ("measure", "compare", "fit", "report"))
    assert options(usage[1]) == options(shown) - {"--help"}


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
