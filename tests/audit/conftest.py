"""Audits of every kind of file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from validator.audit.log import AuditLog


@pytest.fixture(params=["audit.jsonl", "audit.db"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The file of an audit, of each kind."""
    return tmp_path / str(request.param)


@pytest.fixture
def log(target: Path) -> Iterator[AuditLog]:
    """An audit that was just begun."""
    log = AuditLog(target)
    yield log
    log.close()
