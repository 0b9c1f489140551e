"""What a person does in the UI, through the web server's own GraphQL.

Where tests/browser runs, too, it does all of this in a browser.
"""

import pytest
from systems.dagster_ui import CHROMIUM

pytestmark = pytest.mark.xdist_group("ui")


@pytest.fixture(autouse=True)
def _without_a_browser(request):
    items = request.session.items
    if CHROMIUM and any(item.get_closest_marker("browser") for item in items):
        pytest.skip("tests/browser does the same in a browser")


_CHECKS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    isMaterializable isObservable
    assetChecksOrError { ... on AssetChecks { checks { name
        executionForLatestMaterialization { status evaluation { success description
            metadataEntries { label ... on TableMetadataEntry { table { records } }
                ... on IntMetadataEntry { intValue } } } } } } }
    metadataEntries { label ... on TextMetadataEntry { text } } } } }"""


def node(ui, table):
    return ui.query(_CHECKS, key={"path": ["clickhouse", "shop", table]})["assetNodeOrError"]


def life_cycle_of(asset):
    entries = asset["metadataEntries"]
    return next(one["text"] for one in entries if one["label"] == "moose_dagster/life_cycle")


def test_every_table_is_an_asset_with_its_life_cycle(ui):
    tables = ("customers", "orders", "payments", "visits")
    life_cycles = {table: life_cycle_of(node(ui, table)) for table in tables}

    assert life_cycles == {
        "customers": "FULLY_MANAGED",
        "orders": "DELETION_PROTECTED",
        "payments": "EXTERNALLY_MANAGED",
        "visits": "FULLY_MANAGED",
    }
    assert node(ui, "customers")["isMaterializable"]
    assert not node(ui, "payments")["isMaterializable"]


def test_one_table_is_materialized_alone(ui):
    status = ui.launch(
        "__ASSET_JOB",
        assetSelection=[{"path": ["clickhouse", "shop", "visits"]}],
        assetCheckSelection=[],
    )

    assert status == "SUCCESS"


def test_the_drift_check_of_an_external_table_fails_and_names_the_column(ui):
    handle = {"assetKey": {"path": ["clickhouse", "shop", "payments"]}, "name": "schema_drift"}

    ui.launch("__ASSET_JOB", assetSelection=[], assetCheckSelection=[handle])

    (check,) = node(ui, "payments")["assetChecksOrError"]["checks"]
    evaluation = check["executionForLatestMaterialization"]["evaluation"]
    assert not evaluation["success"]
    assert "provider" in evaluation["description"]


def test_the_reconcile_job_looks_first_and_acts_when_told_to(ui):
    assert ui.launch("moose_reconcile") == "SUCCESS"
    config = {"ops": {"reconcile": {"config": {"dry_run": False}}}}
    # The orders of the shop are protected, and their blocked changes fail a run that acts.
    assert ui.launch("moose_reconcile", config=config) == "FAILURE"
