"""To the conformance suite, a server behind the proxy is the server itself, and so is a client in front of it."""

import shlex
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.conformance.conftest import Direct
from tests.conformance.node import Node
from tests.conformance.serving import over_http
from tests.conformance.suite import VERSIONS, client_scenario, complaints, differences, passed, server_suite

DIRECT: Final = shlex.join([sys.executable, "-m", "tests.conformance.client"])
THROUGH: Final = shlex.join([sys.executable, "-m", "tests.conformance.through"])
# All scenarios for clients but those of OAuth, which are about the client and its authorization server alone.
SCENARIOS: Final = (
    ("initialize", "2025-11-25"),
    ("tools_call", "2025-11-25"),
    ("tools_call", "2026-07-28"),
    ("elicitation-sep1034-client-defaults", "2025-11-25"),
    ("sse-retry", "2025-11-25"),
    ("request-metadata", "2026-07-28"),
    ("sep-2322-client-request-state", "2026-07-28"),
    ("http-standard-headers", "2026-07-28"),
    ("http-custom-headers", "2026-07-28"),
    ("http-invalid-tool-headers", "2026-07-28"),
    ("json-schema-ref-no-deref", "2026-07-28"),
    ("json-schema-2020-12-preservation", "2025-11-25"),
    ("json-schema-2020-12-preservation", "2026-07-28"),
)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_over_http_is_the_same_through_the_proxy(
    node: Node, upstream_url: str, direct: Direct, version: str, tmp_path: Path
) -> None:
    with over_http(tmp_path, "--upstream", upstream_url) as url:
        through = server_suite(node, url, version, tmp_path / "through")
    assert [str(each) for each in differences(direct(version), through)] == []


def test_what_the_policy_takes_away_is_missed(node: Node, upstream_url: str, direct: Direct, tmp_path: Path) -> None:
    """The proxy is really in between."""
    with over_http(tmp_path, "--upstream", upstream_url, hide=["test_audio_content"]) as url:
        through = server_suite(node, url, "2025-11-25", tmp_path / "through")
    assert {each.check.scenario for each in differences(direct("2025-11-25"), through)} == {"tools-call-audio"}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=" ".join)
def test_a_client_is_the_same_through_the_proxy(node: Node, scenario: tuple[str, str], tmp_path: Path) -> None:
    direct = client_scenario(node, DIRECT, scenario, tmp_path / "direct")
    through = client_scenario(node, THROUGH, scenario, tmp_path / "through")
    assert complaints(direct) == []
    assert passed(direct) > 0
    assert [str(each) for each in differences(direct, through)] == []
