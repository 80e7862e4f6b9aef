"""What tests of several rooms share: the real server that the proxy stands in front of."""

import os
from pathlib import Path

import pytest

from validator.demo.environment import upstream_environment


@pytest.fixture(scope="session")
def upstream(pytestconfig: pytest.Config) -> Path:
    """The executable of mcp-python-interpreter; its environment is made once and kept in a cache."""
    cache = os.environ.get("VALIDATOR_UPSTREAM_CACHE")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # The first run downloads for a while: whoever waits should see why.
    with capture.global_and_fixture_disabled():
        return upstream_environment(Path(cache) if cache else None)
