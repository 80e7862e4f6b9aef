"""How often plain computing is left alone: the share of records of tier `pure` with no fact but imports.

    python bench/quiet.py DATA.jsonl [DATA.jsonl ...]

Prints the share, the facts that stand in the way by capability, and the records they stand in. Exits 1 below 98 %.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from validator.analyse.observe import observe
from validator.model.argument import Argument
from validator.rulebook.load import load_rulebook

SHARE = 0.98
QUIET = frozenset({"import", "import.unknown", "console.output"})


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path)
    options = parser.parse_args()
    catalog = load_rulebook().catalog
    records = [json.loads(line) for path in options.data for line in path.read_text().splitlines()]
    pure = [record for record in records if record.get("tier") == "pure"]
    loud = {}
    for record in pure:
        powers = {fact.capability for fact in observe(Argument(record["code"]), catalog)} - QUIET
        if powers:
            loud[record["id"]] = sorted(powers)
    share = 1 - len(loud) / len(pure)
    print(f"records {len(pure)}, with no fact but imports and output: {share:.1%}")
    for capability, count in Counter(power for powers in loud.values() for power in powers).most_common():
        print(f"  {count:4} {capability}")
    for identifier, powers in list(loud.items())[:10]:
        print(f"  {identifier}: {', '.join(powers)}")
    return 0 if share >= SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
