"""An approval in Dagster: the refusal links to a Launchpad that has it filled in."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import pytest
import yaml
from orchestration.shop import failures
from scenarios.database import declared

from moose_dagster import Project
from moose_dagster.orchestration import DefinitionsSettings, build_definitions

BOTH, LESS = "id Int64; gone String", "id Int64"
LOCATION = {"dagster/code_location": "the shop"}


class ProbeOptions:
    """A project that asks for approval, as Dagster sees it."""

    def __init__(self, shop, **settings):
        self.shop = shop
        self.settings = DefinitionsSettings(**settings)

    def definitions(self, columns):
        tables = [declared("orders", columns), declared("other", BOTH)]
        project = Project("tests", tables, database=self.shop.db.database, approval=True)
        return build_definitions(project, clickhouse=self.shop.clickhouse, settings=self.settings)

    def run(self, columns, job="moose_reconcile", tags=LOCATION, **config: Any):
        definitions = self.definitions(columns)
        run_config = {"ops": {"reconcile": {"config": config}}} if config else None
        return definitions.resolve_job_def(job).execute_in_process(
            instance=self.shop.instance, run_config=run_config, tags=tags, raise_on_error=False
        )


@pytest.fixture
def probe_options(shop):
    """The shop with its tables."""
    made = ProbeOptions(shop)
    made.run(BOTH, dry_run=False)
    return made


def links_of(result):
    """Return the links of a dry run, or of a run that was refused."""
    metadata = dict[str, Any]()
    for event in result.all_events:
        if event.event_type_value == "STEP_OUTPUT":
            metadata |= event.step_output_data.metadata
        if event.event_type_value == "STEP_FAILURE":
            metadata |= event.step_failure_data.user_failure_data.metadata
    links = {name: value for name, value in metadata.items() if name.startswith("approve ")}
    return {name: value.value for name, value in links.items()}


def filled_in(link):
    """Return where a link leads, and the configuration that the Launchpad then shows."""
    parts = urlsplit(link)
    return parts.path, yaml.safe_load(parse_qs(parts.query)["config"][0])


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_link_leads_to_a_run_that_does_exactly_that(probe_options, dry_run):
    (link,) = links_of(probe_options.run(LESS, dry_run=dry_run)).values()
    path, run_config = filled_in(link)

    assert path == "/locations/the%20shop/jobs/moose_reconcile/playground/setup"
    assert probe_options.run(LESS, **run_config["ops"]["reconcile"]["config"]).success
    assert probe_options.shop.db.trashed() == ["orders"]


def test_a_link_knows_the_path_prefix_and_the_name_of_the_job(shop):
    probe_options = ProbeOptions(shop, base_url="/dagster/", job_prefix="crm")
    definitions = probe_options.definitions(BOTH).resolve_job_def("crm_reconcile")
    config = {"ops": {"reconcile_crm": {"config": {"dry_run": False}}}}
    definitions.execute_in_process(instance=shop.instance, run_config=config, tags=LOCATION)

    result = (
        probe_options.definitions(LESS)
        .resolve_job_def("crm_reconcile")
        .execute_in_process(
            instance=shop.instance, run_config=config, tags=LOCATION, raise_on_error=False
        )
    )
    path, run_config = filled_in(*links_of(result).values())

    assert path == "/dagster/locations/the%20shop/jobs/crm_reconcile/playground/setup"
    assert list(run_config["ops"]) == ["reconcile_crm"]


def test_a_refused_materialization_carries_the_link(probe_options):
    definitions = probe_options.definitions(LESS)
    job = dg.define_asset_job(
        "one", selection=dg.AssetSelection.assets(probe_options.shop.key("orders"))
    )
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))

    result = merged.resolve_job_def("one").execute_in_process(
        instance=probe_options.shop.instance, tags=LOCATION, raise_on_error=False
    )

    (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    metadata = failure.step_failure_data.user_failure_data.metadata
    assert f"approve {probe_options.shop.db.table('orders')}" in metadata
    assert "it waits for the approval" in failures(result)


def test_an_approval_that_no_step_waits_for_fails_the_run(probe_options):
    result = probe_options.run(LESS, dry_run=False, approve=["0123456789abcdef"])

    assert not result.success
    assert "no step waits for the approval" in failures(result)
    assert probe_options.shop.db.trashed() == []


def test_without_a_code_location_there_is_no_link(probe_options):
    assert links_of(probe_options.run(LESS, tags={}, dry_run=True)) == {}
