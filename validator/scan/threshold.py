"""An outcome and a threshold in, whether that stops out."""

from typing import Final

from validator.model.verdict import Outcome

ORDER: Final = tuple(Outcome)


def stops(outcome: Outcome, threshold: Outcome) -> bool:
    """Whether an outcome is as bad as the threshold, or worse."""
    return ORDER.index(outcome) >= ORDER.index(threshold)
