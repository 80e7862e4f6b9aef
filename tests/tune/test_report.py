"""Promises of `tune report`: one page that needs nothing beside itself, and that a browser draws with all its charts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from tests.browser import drawn, screenshot

Run = Callable[..., Any]
TITLES = ("Precision and recall", "ROC: area", "Scores by label", "Value of each rule")


@pytest.fixture
def pages(run: Run, data: Path, tmp_path: Path) -> tuple[Path, Path]:
    page, picture = tmp_path / "report.html", tmp_path / "charts.png"
    assert run("tune", "report", data, "--output", page, "--png", picture).code == 0
    return page, picture


def test_a_browser_draws_every_chart_and_table_and_the_picture_is_not_blank(
    pages: tuple[Path, Path], tmp_path: Path
) -> None:
    document = drawn(pages[0], tmp_path)
    assert document.count("<svg") == 4
    for title in (*TITLES, "What each rule adds", "Worst misses", "Suspects of wrong labels"):
        assert title in document
    picture = imread(screenshot(pages[0], tmp_path))
    assert picture.shape[:2] == (2400, 1280)
    # The charts lie in the upper half: the colours of honest and risky programs must be there to be seen.
    upper = picture[300:1300, :, :3]
    for colour in ((0x14, 0x63, 0x7F), (0xB4, 0x43, 0x2F)):
        near = abs(upper * 255 - colour).max(axis=2) < 12
        assert near.sum() > 3000


def test_the_page_needs_nothing_beside_itself(pages: tuple[Path, Path]) -> None:
    text = pages[0].read_text()
    assert "<script" not in text
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', text) == []
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= set(re.findall(r"url\((#[^)]*)\)", text))


def test_the_charts_are_one_picture_too(pages: tuple[Path, Path]) -> None:
    picture = imread(pages[1])
    assert picture.shape[1] > picture.shape[0] > 500
    assert picture[:, :, :3].std() > 0.05


def test_the_same_data_give_the_same_page(run: Run, data: Path, pages: tuple[Path, Path], tmp_path: Path) -> None:
    assert run("tune", "report", data, "--output", tmp_path / "again.html").code == 0
    assert (tmp_path / "again.html").read_text() == pages[0].read_text()


def test_one_class_is_drawn_without_the_curves_that_need_both(
    run: Run, write: Callable[..., Path], tmp_path: Path
) -> None:
    file = write({"label": "hostile", "code": "import os\nos.system(x)"})
    assert run("tune", "report", file, "--output", tmp_path / "page.html").code == 0
    text = (tmp_path / "page.html").read_text()
    assert [title in text for title in TITLES] == [False, False, True, True]


def test_a_page_that_cannot_be_written_ends_with_2(run: Run, write: Callable[..., Path], tmp_path: Path) -> None:
    done = run(
        "tune", "report", write({"label": "hostile", "code": "x = 1"}), "--output", tmp_path / "no" / "page.html"
    )
    assert (done.code, "name a file you can write" in done.err) == (2, True)
