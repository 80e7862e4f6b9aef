"""A file of calls in, cases out: sequences of calls to the real server, and what must become of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Step:
    """One call; `stopped` is a word of the refusal it must meet, empty if it must pass.

    With `within`, the call is repeated until it is refused, at most that often.
    """

    tool: str
    arguments: Mapping[str, Any]
    stopped: str = ""
    within: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """A sequence of calls. `proof` is what the answers hold if it succeeds, `leaves` the file that is there then.

    `open` says why it is not stopped yet, empty if it is.
    """

    id: str
    group: str
    steps: tuple[Step, ...]
    proof: str = ""
    leaves: str = ""
    open: str = ""


def load_attacks() -> list[Case]:
    """All attacks, group by group."""
    groups = yaml.safe_load((HERE / "attacks.yaml").read_text("utf-8"))
    return [_case(group, raw) for group, cases in groups.items() for raw in cases]


def load_honest() -> list[Case]:
    """All honest sequences."""
    return [_case("honest", raw) for raw in yaml.safe_load((HERE / "honest.yaml").read_text("utf-8"))]


def _case(group: str, raw: dict[str, Any]) -> Case:
    proof = raw.get("proof") or raw.get("shows") or ""
    return Case(
        raw["id"], group, tuple(map(_step, raw["steps"])), str(proof), raw.get("leaves", ""), raw.get("open", "")
    )


def _step(raw: dict[str, Any]) -> Step:
    ((tool, arguments),) = [item for item in raw.items() if item[0] not in ("stopped", "within")]
    made_of = arguments.get("code_made_of")
    if made_of is not None:
        arguments = {"code": made_of["piece"] * made_of["times"]}
    return Step(tool, arguments, raw.get("stopped", ""), raw.get("within", 1))
