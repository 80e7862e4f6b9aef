"""Measures the start of `validator check` against the imports it cannot do without; exits 1 if it is too slow.

Run it outside the repository with the Python of an environment in which the wheel is installed: a wheel carries its
rules ready to use, a checkout reads them anew at every start.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

ALLOWED: Final = 1.5
WARMING: Final = 2
ROUNDS: Final = 11
IMPORTS: Final = (sys.executable, "-c", "import libcst, pydantic, typer")
TEN_LINES: Final = """\
import pandas as pd
import numpy as np

sales = pd.read_csv("sales.csv")
sales["total"] = sales["price"] * sales["count"]
monthly = sales.groupby("month")["total"].sum()
growth = np.diff(monthly) / monthly[:-1]
for month, rate in zip(monthly.index[1:], growth):
    print(f"{month}: {rate:+.1%}")
print(monthly.describe())
"""


def main() -> None:
    """Run both in turn, so that a busy machine slows both, and compare the medians."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ten_lines.py"
        file.write_text(TEN_LINES)
        check = (sys.executable, "-m", "validator", "check", str(file))
        # Installed programs start from compiled modules: keep some for this measurement, whatever the machine does.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        pairs = [(seconds(IMPORTS, compiled), seconds(check, compiled)) for _ in range(WARMING + ROUNDS)]
    imports, checks = (median(times) for times in zip(*pairs[WARMING:], strict=True))
    ratio = checks / imports
    print(f"imports {imports * 1000:.0f} ms, check {checks * 1000:.0f} ms: {ratio:.2f} times (allowed {ALLOWED})")
    sys.exit(ratio > ALLOWED)


def seconds(command: tuple[str, ...], environment: dict[str, str]) -> float:
    """How long the command takes; it must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
