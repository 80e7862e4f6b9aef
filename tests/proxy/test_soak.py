"""The quick form of bench/soak.py: under rough conditions every call has its one end, and the audit tells all of them."""

import asyncio

import pytest

from bench.soak import WAYS, soak


@pytest.mark.parametrize("way", WAYS)
def test_every_call_has_one_end_which_the_audit_tells(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    held = asyncio.run(soak(way, calls=700, sessions=20, seconds=120))
    assert held, capsys.readouterr().out
