"""Three environments on two servers in one Dagster: what each shows, and how its runs end."""

import time
from collections.abc import Callable

import pytest
from browser.fleet.environments import ENVIRONMENTS, fleet
from browser.fleet.yesterday import OPTIONS, Fleet
from browser.person import IN_THE_BROWSER, Person
from playwright.sync_api import expect

from moose_dagster import reconcile
from moose_dagster.clients.clickhouse import ConnectedClickHouse

pytestmark = IN_THE_BROWSER
_ROUTES = 400_000  # of about 28 bytes; a rebuild of them takes longer than the test
_ENDS_WITHIN = 20_000  # ms
_NEXT_TICK = 120_000  # ms; the schedule ticks every minute
_STATUS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetMaterializations(limit: 1) { timestamp }
    assetChecksOrError { ... on AssetChecks { checks {
        executionForLatestMaterialization { status } } } } } } }"""
_RUNS = """query($job: String!) { runsOrError(filter: {pipelineName: $job}, limit: 1) {
    ... on Runs { results { runId tags { key } } } } }"""


@pytest.fixture
def north(live: ConnectedClickHouse) -> Fleet:
    """The fleet on the first server, as yesterday left it."""
    in_the_north = Fleet(live)
    in_the_north.make_yesterday()
    return in_the_north


def key_of(region: str, environment: str, table: str) -> list[str]:
    return [region, environment, "clickhouse", f"fleet_{environment}", table]


def status_of(person: Person, region: str, environment: str) -> tuple[bool, str]:
    """Return whether the parcels of a place were ever materialized, and what their check says."""
    key = {"path": key_of(region, environment, "parcels")}
    node = person.ui.query(_STATUS, key=key)["assetNodeOrError"]
    (check,) = node["assetChecksOrError"]["checks"]
    execution = check["executionForLatestMaterialization"]
    return bool(node["assetMaterializations"]), execution["status"] if execution else "NEVER"


def launch(person: Person, region: str, environment: str) -> str:
    """Let a run of an environment apply what is allowed, and return how it ended."""
    config = {"ops": {f"reconcile_{environment}": {"config": {"dry_run": False}}}}
    job = f"{environment}_reconcile"
    return person.ui.launch(job, repositoryLocationName=region, config=config)


def wait_for(condition: Callable[[], object], milliseconds: int) -> None:
    until = time.monotonic() + milliseconds / 1000
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.5)


def test_each_environment_of_each_server_has_its_own_status(person: Person, north: Fleet):
    assert launch(person, "south", "prod") == "SUCCESS"
    assert launch(person, "north", "dev") == "FAILURE"  # what is blocked there fails the run

    person.page.set_viewport_size({"width": 1500, "height": 2500})  # the list holds what is seen
    person.opens("assets")
    for region in ("north", "south"):
        for environment in ENVIRONMENTS:
            path = "/".join(key_of(region, environment, "parcels"))
            expect(person.page.locator(f"a[href='/assets/{path}']").first).to_be_attached()
    person.photographs("environments")
    seen = {
        (region, environment): status_of(person, region, environment)
        for region in ("north", "south")
        for environment in ENVIRONMENTS
    }

    never = (False, "NEVER")
    assert seen == {
        **dict.fromkeys(seen, never),
        ("south", "prod"): (True, "SUCCEEDED"),
        ("north", "dev"): (True, "FAILED"),
    }
    assert north.columns("dev") == ["parcel_id", "size", "weight"]
    assert north.columns("prod") == ["parcel_id", "weight"]


def test_a_terminated_rebuild_ends_at_once_and_the_next_run_ends_it(person: Person, north: Fleet):
    north.clickhouse.command(
        "INSERT INTO fleet_dev.routes "
        f"SELECT number, toString(cityHash64(number)) FROM numbers({_ROUTES})"
    )
    person.opens_launchpad("north", "dev_reconcile")
    person.writes("ops:\n  reconcile_dev:\n    config:\n      dry_run: false\n")
    person.page.get_by_role("button", name="Launch Run").click()
    person.page.wait_for_url("**/runs/*")
    expect(person.page.get_by_text("REBUILD fleet_dev.routes: ORDER BY")).to_be_visible()
    wait_for(lambda: north.rows("SELECT 1 FROM system.processes WHERE query LIKE 'INSERT%routes%'"),
             _ENDS_WITHIN)  # fmt: skip

    person.page.get_by_role("button", name="Terminate").first.click()
    person.page.get_by_role("button", name="Terminate 1 run").click()

    expect(person.page.get_by_text("Canceled", exact=True).first).to_be_visible(
        timeout=_ENDS_WITHIN
    )
    person.photographs("terminated")
    sentence = "terminated during REBUILD fleet_dev.routes; sent before: ALTER fleet_dev.parcels"
    expect(person.page.get_by_text(sentence).first).to_be_attached()
    # The lock is free: without the limit of that server, the next run ends the rebuild.
    outcome = reconcile(fleet.in_environment("dev"), north.clickhouse, OPTIONS)
    assert not [*outcome.failures, *outcome.unfinished]
    assert north.rows("SELECT count(), uniqExact(city) FROM fleet_dev.routes") == [
        (_ROUTES, _ROUTES)
    ]


def test_a_blocked_run_of_a_schedule_is_red_with_its_reason(person: Person, north: Fleet):
    person.opens("locations/north/schedules/staging_reconcile_schedule")
    switch = person.page.get_by_role("checkbox").first
    switch.dispatch_event("click")
    wait_for(lambda: runs_of(person, "staging_reconcile"), _NEXT_TICK)
    person.opens("locations/north/schedules/staging_reconcile_schedule")
    switch.dispatch_event("click")

    (run,) = runs_of(person, "staging_reconcile")
    assert "dagster/schedule_name" in {tag["key"] for tag in run["tags"]}
    person.opens(f"runs/{run['runId']}")
    person.sees_the_end("Failure")
    expect(
        person.page.get_by_text("its stored values would be lost (DELETION_PROTECTED)").first
    ).to_be_attached()
    person.photographs("scheduled")
    assert north.columns("staging") == ["parcel_id", "size", "weight"]


def runs_of(person: Person, job: str) -> list[dict[str, list[dict[str, str]]]]:
    return person.ui.query(_RUNS, job=job)["runsOrError"]["results"]
