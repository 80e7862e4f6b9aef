"""Where Node and its packages are: the conformance suite, the Inspector, and the MCP project's own everything server."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from validator.demo.environment import default_cache

PACKAGES: Final = Path(__file__).with_name("package.json")
ADVICE: Final = "run tests/conformance/install, which needs npm and half a minute"


class MissingError(Exception):
    """Node or one of its packages is not there."""


@dataclass(frozen=True, slots=True)
class Node:
    """Node in the version that the packages need, with all of them."""

    modules: Path

    def suite(self, *arguments: str) -> list[str]:
        """The command that runs the conformance suite."""
        return self._run("conformance/dist/index.js", *arguments)

    def inspector(self, *arguments: str) -> list[str]:
        """The command that runs the Inspector without its pages."""
        return self._run("inspector/clients/launcher/build/index.js", "--cli", *arguments)

    def everything(self) -> list[str]:
        """The command of the MCP project's everything server, over stdio: over HTTP it would listen to the whole network."""
        return self._run("server-everything/dist/index.js", "stdio")

    def _run(self, script: str, *arguments: str) -> list[str]:
        executable = self.modules / "node" / "bin" / "node"
        return [str(executable), str(self.modules / "@modelcontextprotocol" / script), *arguments]


def installed() -> Node:
    """What tests/conformance/install left in the cache folder; raises MissingError if it is not what we ask for today."""
    named = os.environ.get("VALIDATOR_NODE_CACHE")
    folder = Path(named) if named else default_cache() / "node"
    complete = folder / "complete"
    if not complete.exists():
        raise MissingError(f"NODE'S PACKAGES ARE NOT IN {folder}: conformance is not tested ({ADVICE})")
    if complete.read_bytes() != PACKAGES.read_bytes():
        raise MissingError(f"NODE'S PACKAGES IN {folder} ARE OF OTHER VERSIONS: conformance is not tested ({ADVICE})")
    return Node(folder / "node_modules")
