"""A page opened in headless Chromium: what stands in it once it is drawn, and what it looks like."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a page that asks the network for anything does not get it
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)


def find_chromium() -> str:
    """The browser; without one the test is skipped, and says so."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("CHROMIUM IS NOT INSTALLED: no page is looked at (apt-get install chromium)")
    return found


def open_page(page: Path, folder: Path, *options: str) -> str:
    """Start the browser on a file, with its profile in a scratch folder; returns what it prints."""
    command = [find_chromium(), *FLAGS, f"--user-data-dir={folder / 'profile'}", *options, page.resolve().as_uri()]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=True, text=True
    )
    return done.stdout


def drawn(page: Path, folder: Path) -> str:
    """The document as it stands once the page is drawn."""
    return open_page(page, folder, "--dump-dom")


def screenshot(page: Path, folder: Path, size: tuple[int, int] = (1280, 2400)) -> Path:
    """A picture of the page."""
    picture = folder / f"{page.stem}.png"
    open_page(page, folder, f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}")
    return picture
