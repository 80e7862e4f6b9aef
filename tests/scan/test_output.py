"""Promises of an output file: whole or not at all, and never in the way of something else."""

import os
from pathlib import Path

import pytest

from validator.model.errors import InputError
from validator.scan.output import open_binary, open_output


def test_the_file_takes_its_place_when_all_is_written(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old")
    with open_output(target) as file:
        file.write("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_run_that_is_broken_off_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old")

    def break_off() -> None:
        with open_output(target) as file:
            file.write("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_a_problem_with_advice(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"--output .*No such file.*name a file you can write"),
        open_output(tmp_path / "missing" / "out.jsonl"),
    ):
        pass


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    with open_output(Path(os.devnull)) as file:
        file.write("x")
    assert not Path(os.devnull).is_file()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with open_output(tmp_path / "link") as file:
        file.write("x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "x"


def test_a_full_disk_is_a_problem_with_advice_and_leaves_no_half_report() -> None:
    with pytest.raises(InputError, match=r"--output /dev/full: No space left"), open_output(Path("/dev/full")) as file:
        file.write("x" * 100_000)


def test_bytes_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    with open_binary(target) as file:
        file.write(b"\xff")
        assert not target.exists()
    assert target.read_bytes() == b"\xff"
