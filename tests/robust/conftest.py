"""The inputs of `bench/robust.py`, and its way to judge them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "robust.py"


@pytest.fixture(scope="session")
def robust() -> ModuleType:
    """The bench as a module; it is no package, so it is found by its path."""
    description = importlib.util.spec_from_file_location("bench_robust", BENCH)
    assert description is not None
    assert description.loader is not None
    module = importlib.util.module_from_spec(description)
    sys.modules[description.name] = module
    description.loader.exec_module(module)
    return module
