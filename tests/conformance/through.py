"""`python -m tests.conformance.through URL`: the conformance client, with a proxy put between it and the server."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conformance.serving import ROOT, over_http


def main() -> int:
    """The exit code is that of the client."""
    with tempfile.TemporaryDirectory() as folder, over_http(Path(folder), "--upstream", sys.argv[1]) as url:
        client = [sys.executable, "-m", "tests.conformance.client", url]
        return subprocess.run(client, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
