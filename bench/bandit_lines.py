"""Runs bandit with all its plugins on every record of a file of JSON lines, in this one process.

python bench/bandit_lines.py FILE.jsonl
"""

import io
import json
import logging
import sys
from pathlib import Path

from bandit.core import config, manager

logging.disable(logging.CRITICAL)
judge = manager.BanditManager(config.BanditConfig(), "file")
count = 0
with Path(sys.argv[1]).open(encoding="utf-8") as lines:
    for count, line in enumerate(lines, 1):
        # Bandit takes the name of a file that it cannot parse out of this list.
        judge._parse_file(f"{count}.py", io.BytesIO(json.loads(line)["code"].encode()), [f"{count}.py"])
print(count, "records,", len(judge.results), "findings,", len(judge.skipped), "not parsed")
