"""Node, and an upstream with one of everything, for the tests of this folder."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from tests.conformance.node import MissingError, Node, installed
from tests.conformance.serving import everything
from tests.conformance.suite import Outcome, server_suite

Direct: TypeAlias = Callable[[str], Outcome]


@pytest.fixture(scope="session")
def node() -> Node:
    """Node and its packages; without them these tests are skipped."""
    try:
        return installed()
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def upstream_url(node: Node) -> Iterator[str]:
    """The address of our everything server."""
    with everything() as url:
        yield url


@pytest.fixture(scope="session")
def direct(node: Node, upstream_url: str, tmp_path_factory: pytest.TempPathFactory) -> Direct:
    """What the suite finds in the everything server itself, in a version of the protocol."""
    known: dict[str, Outcome] = {}

    def run(version: str) -> Outcome:
        if version not in known:
            known[version] = server_suite(node, upstream_url, version, tmp_path_factory.mktemp("direct"))
        return known[version]

    return run
