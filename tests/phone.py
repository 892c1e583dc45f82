"""A page that lies in a file, opened as on a phone of 360 px in a real browser."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def on_a_phone(html: str, scheme: str, folder: Path) -> Iterator[tuple[Any, list[str]]]:
    """The open page in this colour scheme ('light', 'dark'), and what its console complains of meanwhile."""
    from playwright.sync_api import sync_playwright

    file = folder / "page.html"
    file.write_text(html)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)  # type: ignore[arg-type]
        tab = context.new_page()
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.goto(file.as_uri())
        yield tab, complaints
        browser.close()
