"""To the conformance suite, a server behind the proxy is the server itself, and so is a client in front of it."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.conformance.conftest import Direct
from tests.conformance.node import Node
from tests.conformance.serving import EVERYTHING, over_http
from tests.conformance.suite import VERSIONS, client_scenario, complaints, differences, passed, server_suite, statuses

# What must differ where there is no HTTP behind the proxy.
EXPECTED: Final = Path(__file__).with_name("http_to_stdio.yaml")
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


@pytest.fixture(scope="module")
def over_stdio_url(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a proxy that starts the upstream itself and speaks to it over stdio."""
    with over_http(tmp_path_factory.mktemp("stdio"), "--", *EVERYTHING) as url:
        yield url


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


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_over_stdio_differs_only_where_it_must(
    node: Node, over_stdio_url: str, direct: Direct, version: str, tmp_path: Path
) -> None:
    through = server_suite(node, over_stdio_url, version, tmp_path)
    found = {(each.check.scenario, each.check.id) for each in differences(direct(version), through)}
    expected = yaml.safe_load(EXPECTED.read_text())[version]
    # One comparison for three promises: nothing else differs, all of it still does, and none of it in another way.
    assert {key: statuses(through, *key) for key in found} == {
        (each["scenario"], each["check"]): each["through"] for each in expected
    }


@pytest.mark.parametrize("scenario", SCENARIOS, ids=" ".join)
def test_a_client_is_the_same_through_the_proxy(node: Node, scenario: tuple[str, str], tmp_path: Path) -> None:
    direct = client_scenario(node, DIRECT, scenario, tmp_path / "direct")
    through = client_scenario(node, THROUGH, scenario, tmp_path / "through")
    assert complaints(direct) == []
    assert passed(direct) > 0
    assert [str(each) for each in differences(direct, through)] == []
