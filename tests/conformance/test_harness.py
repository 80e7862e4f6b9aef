"""What measures must be right itself: the upstream keeps to the protocol, like is like, and what is amiss is found."""

from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.conftest import Direct
from tests.conformance.node import Node
from tests.conformance.serving import everything
from tests.conformance.suite import VERSIONS, Check, Difference, complaints, differences, passed, read, server_suite

FINE = Check("ping", "ping-works", "Ping", "SUCCESS")
BAD = Check("ping", "ping-works", "Ping", "FAILURE")


@pytest.mark.parametrize(("version", "count"), [("2025-11-25", 84), ("2026-07-28", 152)])
def test_our_upstream_passes_every_check(direct: Direct, version: str, count: int) -> None:
    outcome = direct(version)
    assert complaints(outcome) == []
    assert passed(outcome) == count


@pytest.mark.parametrize("version", VERSIONS)
def test_two_runs_against_the_same_server_do_not_differ(
    node: Node, upstream_url: str, direct: Direct, version: str, tmp_path: Path
) -> None:
    assert differences(direct(version), server_suite(node, upstream_url, version, tmp_path)) == []


def test_a_tool_that_got_lost_is_found(node: Node, direct: Direct, tmp_path: Path) -> None:
    with everything("--without", "test_audio_content") as url:
        crippled = server_suite(node, url, "2025-11-25", tmp_path)
    lost = differences(direct("2025-11-25"), crippled)
    assert {each.check.scenario for each in lost} == {"tools-call-audio"}
    assert {each.check.status for each in lost if each.through} == {"FAILURE"}


def test_another_status_another_number_and_another_scenario_are_differences() -> None:
    other = Check("tools-list", "tools", "Tools", "INFO")
    assert differences(Counter([FINE]), Counter([BAD])) == [Difference(BAD, 0, 1), Difference(FINE, 1, 0)]
    assert differences(Counter([FINE, FINE]), Counter([FINE])) == [Difference(FINE, 2, 1)]
    assert differences(Counter([FINE]), Counter([FINE, other])) == [Difference(other, 0, 1)]
    assert differences(Counter([FINE]), Counter([FINE])) == []


def test_a_run_is_read_from_what_the_suite_wrote(tmp_path: Path) -> None:
    for scenario in ("server-ping-2026-11-30T23-14-42-818Z", "tools_call-2026-11-30T23-14-42-818Z"):
        (tmp_path / scenario).mkdir()
        (tmp_path / scenario / "checks.json").write_text('[{"id": "a", "name": "A", "status": "SUCCESS", "more": 1}]')
    assert read(tmp_path) == Counter([Check("ping", "a", "A", "SUCCESS"), Check("tools_call", "a", "A", "SUCCESS")])
