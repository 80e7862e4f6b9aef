"""Promises of the HTML page: one file, figures that count all, a table to filter, findings in their source."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.scan.stand_in import StandIn
from validator.rulebook.load import Rulebook
from validator.scan.block import inspect_block
from validator.scan.reports import html
from validator.scan.reports.context import Context
from validator.scan.sample import Place, Sample, single
from validator.scan.tally import tallied

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")


def page(book: Rulebook, *samples: Sample) -> str:
    file, context = io.StringIO(), Context(book, version="0.1.0")
    judged = inspect_block(tuple(map(single, samples)), StandIn())
    html.write_html(tallied(zip(samples, judged, strict=True), context.tally), context, file)
    return file.getvalue()


SAMPLES = (
    Sample("clean.py", "x = 1", place=Place("clean.py", inside=True)),
    Sample("odd.py", "x = 1\ny = odd", place=Place("odd.py", inside=True)),
    Sample("d.jsonl:7", f"# 𝔘 {HOSTILE}\n'日本'; bad()\n{{{{data}}}}", place=Place("d.jsonl", 7)),
    Sample("e.jsonl:8", b"{", "the record is not JSON", Place("e.jsonl", 8)),
)


@pytest.fixture
def browser(tmp_path: Path, book: Rulebook) -> Iterator[Page]:
    """The page of a few samples in a browser that may load nothing else."""
    target = tmp_path / "report.html"
    target.write_text(page(book, *SAMPLES), "utf-8", "backslashreplace")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = chromium.new_page(viewport={"width": 1280, "height": 1100}, offline=True)
        faults: list[str] = []
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        opened.goto(target.as_uri())
        yield opened
        assert faults == []
        chromium.close()


def names(browser: Page) -> list[str]:
    return browser.locator("tr.sample td:nth-child(3) > div:first-child").all_inner_texts()


@needs_browser
def test_the_worst_come_first_and_filters_narrow_them(browser: Page) -> None:
    assert names(browser) == ["e.jsonl:8", "d.jsonl:7", "odd.py", "clean.py"]
    browser.locator('[data-outcome="deny"]').click()
    assert names(browser) == ["odd.py", "clean.py"]
    browser.locator("#search").fill("y = ODD")
    assert names(browser) == ["odd.py"]
    assert browser.locator("#count").inner_text() == "1 of 4"
    browser.locator("#clear").click()
    browser.locator("#rule").select_option("no-bad")
    assert names(browser) == ["d.jsonl:7"]


@needs_browser
def test_a_finding_is_marked_in_its_source_and_what_samples_hold_is_no_markup(browser: Page, tmp_path: Path) -> None:
    browser.locator("tr.sample", has_text="d.jsonl:7").click()
    detail = browser.locator("tr.detail")
    assert detail.locator("mark").all_inner_texts() == ["bad"]
    assert "says bad" in detail.locator(".finding").inner_text()
    assert HOSTILE in detail.inner_text()
    assert "{{data}}" in detail.inner_text()
    assert browser.title() == "validator: report of a scan"
    shot = tmp_path / "report.png"
    browser.screenshot(path=shot, full_page=True)
    assert shot.stat().st_size > 20_000


@needs_browser
def test_a_bar_of_a_chart_filters_by_its_name(browser: Page) -> None:
    browser.locator('.bar[data-name="no-odd"]').click()
    assert names(browser) == ["odd.py"]


def test_the_page_keeps_the_worst_and_counts_all(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST", 2)
    text = page(book, *SAMPLES)
    assert "the 2 worst of 4 samples" in text
    assert "odd.py" not in text
    assert "<b>4</b><span>samples</span>" in text


def test_the_page_needs_nothing_else(book: Rulebook) -> None:
    text = page(book, *SAMPLES)
    assert "default-src 'none'" in text
    assert not any(mark in text for mark in ("http://", "https://", "@import", "url("))
