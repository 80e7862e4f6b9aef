"""Measures what the collection of garbage costs a judgment, with the rules frozen and without."""

import gc
import json
import time
from pathlib import Path
from statistics import mean
from typing import Final

from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.rulebook.load import load_rulebook

CORPUS: Final = Path(__file__).parents[1] / "corpus" / "benign.jsonl"
ROUNDS: Final = 3


def main() -> None:
    """Judge the honest half of the corpus in turn with and without, so that a busy machine slows both."""
    book = load_rulebook()
    codes = [Argument(json.loads(line)["code"]) for line in CORPUS.read_text().splitlines()]
    taken: dict[bool, list[float]] = {False: [], True: []}
    for code in codes:
        judge_argument(code, book)
    for frozen in (False, True) * ROUNDS:
        gc.collect()
        if frozen:
            gc.freeze()
        before = time.perf_counter()
        for code in codes:
            judge_argument(code, book)
        taken[frozen].append((time.perf_counter() - before) / len(codes) * 1000)
        gc.unfreeze()
    without, frozen_mean = mean(taken[False]), mean(taken[True])
    print(f"mean judgment {without:.2f} ms, frozen {frozen_mean:.2f} ms: {frozen_mean / without:.2f} of it")


if __name__ == "__main__":
    main()
