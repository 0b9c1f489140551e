"""What a person does and sees in Dagster's UI."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from systems.dagster_ui import CHROMIUM, DagsterUi

IN_THE_BROWSER = [
    pytest.mark.browser,
    pytest.mark.xdist_group("ui"),
    pytest.mark.skipif(
        CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"
    ),
]
_ENDED = re.compile("^(Success|Failure|Canceled)$")
_LONGEST_RUN = 120_000  # ms; a run starts processes of its own, which a busy machine makes wait


@dataclass
class Person:
    """Somebody in front of one tab of the browser."""

    page: Page
    ui: DagsterUi

    def opens(self, path: str) -> None:
        self.page.goto(f"{self.ui.url}/{path}")

    def opens_launchpad(self, location: str, job: str) -> None:
        self.opens(f"locations/{location}/jobs/{job}/playground")
        expect(self.page.get_by_text("No missing config")).to_be_visible()

    def writes(self, config: str) -> None:
        """Replace what the Launchpad's editor holds, and wait until it has been looked at."""
        self.page.locator(".CodeMirror").first.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(config)
        expect(self.page.get_by_text("All defaults expanded")).to_be_hidden()
        expect(self.page.get_by_text("No errors")).to_be_visible()

    def launches(self) -> None:
        """Press the button, and wait for the run's end."""
        self.page.get_by_role("button", name="Launch Run").click()
        self.page.wait_for_url("**/runs/*")
        self.sees_the_end()

    def presses(self, button: str, status: str = "Success") -> None:
        """Press a button that launches a run, and follow the note that names the run to its end."""
        self.page.get_by_role("button", name=button).click()
        self.page.get_by_role("link", name="View", exact=True).click()
        self.page.wait_for_url("**/runs/*")
        self.sees_the_end(status)

    def sees_the_end(self, status: str = "Success") -> None:
        """Wait on the page of a run for its end."""
        ended = self.page.get_by_text(_ENDED).first
        expect(ended).to_be_visible(timeout=_LONGEST_RUN)
        assert ended.inner_text() == status

    def row(self, *cells: str) -> Locator:
        """Return the last table row on the page that holds all these texts."""
        rows = self.page.get_by_role("row")
        for cell in cells:
            rows = rows.filter(has_text=cell)
        return rows.last

    def follows(self, link: Locator) -> "Person":
        """Click a link that opens a tab of its own, and look at that."""
        with self.page.context.expect_page() as opened:
            link.click()
        return Person(opened.value, self.ui)

    def photographs(self, name: str) -> None:
        """Keep what is seen for the docs, in the folder that MOOSE_SCREENSHOTS names."""
        if folder := os.environ.get("MOOSE_SCREENSHOTS"):
            self.page.mouse.move(0, 0)
            self.page.wait_for_timeout(1_000)  # for what still moves, in pictures alone
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), animations="disabled")
