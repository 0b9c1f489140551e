"""What a person sees in the browser."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from systems.dagster_ui import REPOSITORY, DagsterUi

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("ui"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


@pytest.fixture(scope="module")
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def test_the_failed_check_of_an_external_table_names_the_column(ui: DagsterUi, page: Page):
    handle = {"assetKey": {"path": ["clickhouse", "shop", "payments"]}, "name": "schema_drift"}
    ui.launch("__ASSET_JOB", assetSelection=[], assetCheckSelection=[handle])

    page.goto(f"{ui.url}/assets/clickhouse/shop/payments?view=checks&checkDetail=schema_drift")

    expect(page.get_by_text("schema_drift").first).to_be_visible()
    expect(page.get_by_text("Failed").first).to_be_visible()
    expect(page.get_by_text("shop.payments.provider").first).to_be_visible()
    if shots := os.environ.get("MOOSE_SCREENSHOTS"):
        page.screenshot(path=str(Path(shots) / "drift.png"))


def test_the_asset_page_shows_life_cycle_and_columns(ui: DagsterUi, page: Page):
    page.goto(f"{ui.url}/assets/clickhouse/shop/orders?view=overview")

    expect(page.get_by_text("DELETION_PROTECTED").first).to_be_visible()
    expect(page.get_by_text("ordered_at").first).to_be_visible()
    assert (REPOSITORY / "workspace.yaml").is_file()
