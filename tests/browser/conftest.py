"""A browser for each module, and a person with a fresh tab for each test."""

from collections.abc import Iterator

import pytest
from browser.person import Person
from browser.workshop.yesterday import Workshop
from playwright.sync_api import Browser, expect, sync_playwright
from systems.dagster_ui import CHROMIUM, DagsterUi

from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.embedded import running

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
_PATIENCE = 30_000  # ms


# Not for the session: as long as Playwright runs, no other test of this process may run an event
# loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def person(browser: Browser, ui: DagsterUi) -> Iterator[Person]:
    """Somebody who has never seen this UI before."""
    context = browser.new_context(viewport={"width": 1500, "height": 1000})
    context.set_default_timeout(_PATIENCE)
    yield Person(context.new_page(), ui)
    context.close()


@pytest.fixture(scope="session")
def live(ui: DagsterUi) -> Iterator[ConnectedClickHouse]:
    """A connection to the server that the UI's projects live on."""
    with (
        running(ui.data) as servers,
        connect(ClickHouseAddress.from_url(servers.clickhouse_url)) as clickhouse,
    ):
        yield clickhouse


@pytest.fixture
def workshop(live: ConnectedClickHouse) -> Workshop:
    """The workshop as yesterday left it."""
    workshop = Workshop(live)
    workshop.make_yesterday()
    return workshop
