"""An approval in Dagster: the refusal links to a Launchpad that has it filled in."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import pytest
import yaml
from orchestration.shop import failures
from scenarios.house import declared

from moose_dagster import Project
from moose_dagster.orchestration import Behaviour, build_definitions

BOTH, LESS = "id Int64; gone String", "id Int64"
LOCATION = {"dagster/code_location": "the shop"}


class Asking:
    """A project that asks for approval, as Dagster sees it."""

    def __init__(self, shop, **behaviour):
        self.shop, self.behaviour = shop, Behaviour(**behaviour)

    def definitions(self, columns):
        tables = [declared("orders", columns), declared("other", BOTH)]
        project = Project("tests", tables, database=self.shop.house.database, approval=True)
        return build_definitions(project, clickhouse=self.shop.clickhouse, behaviour=self.behaviour)

    def run(self, columns, job="moose_reconcile", tags=LOCATION, **config: Any):
        definitions = self.definitions(columns)
        run_config = {"ops": {"reconcile": {"config": config}}} if config else None
        return definitions.resolve_job_def(job).execute_in_process(
            instance=self.shop.instance, run_config=run_config, tags=tags, raise_on_error=False
        )


@pytest.fixture
def asking(shop):
    """The shop with its tables."""
    made = Asking(shop)
    made.run(BOTH, dry_run=False)
    return made


def links_of(result):
    (output,) = [event for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    found = {name: value.value for name, value in output.step_output_data.metadata.items()}
    return {name: value for name, value in found.items() if name.startswith("approve ")}


def filled_in(link):
    """Return where a link leads, and the configuration that the Launchpad then shows."""
    parts = urlsplit(link)
    return parts.path, yaml.safe_load(parse_qs(parts.query)["config"][0])


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_link_leads_to_a_run_that_does_exactly_that(asking, dry_run):
    (link,) = links_of(asking.run(LESS, dry_run=dry_run)).values()
    path, run_config = filled_in(link)

    assert path == "/locations/the%20shop/jobs/moose_reconcile/playground/setup"
    assert asking.run(LESS, **run_config["ops"]["reconcile"]["config"]).success
    assert asking.shop.house.kept() == ["orders"]


def test_a_link_knows_the_path_prefix_and_the_name_of_the_job(shop):
    asking = Asking(shop, base_url="/dagster/", job_prefix="crm")
    definitions = asking.definitions(BOTH).resolve_job_def("crm_reconcile")
    config = {"ops": {"reconcile_crm": {"config": {"dry_run": False}}}}
    definitions.execute_in_process(instance=shop.instance, run_config=config, tags=LOCATION)

    result = (
        asking.definitions(LESS)
        .resolve_job_def("crm_reconcile")
        .execute_in_process(instance=shop.instance, run_config=config, tags=LOCATION)
    )
    path, run_config = filled_in(*links_of(result).values())

    assert path == "/dagster/locations/the%20shop/jobs/crm_reconcile/playground/setup"
    assert list(run_config["ops"]) == ["reconcile_crm"]


def test_a_refused_materialisation_carries_the_link(asking):
    definitions = asking.definitions(LESS)
    job = dg.define_asset_job("one", selection=dg.AssetSelection.assets(asking.shop.key("orders")))
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))

    result = merged.resolve_job_def("one").execute_in_process(
        instance=asking.shop.instance, tags=LOCATION, raise_on_error=False
    )

    (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    metadata = failure.step_failure_data.user_failure_data.metadata
    assert f"approve {asking.shop.house.table('orders')}" in metadata
    assert "it waits for the approval" in failures(result)


def test_an_approval_that_fits_nothing_fails_the_run(asking):
    result = asking.run(LESS, dry_run=False, approve=["0123456789abcdef"])

    assert not result.success
    assert "fits nothing" in failures(result)
    assert asking.shop.house.kept() == []


def test_without_a_code_location_there_is_no_link(asking):
    assert links_of(asking.run(LESS, tags={}, dry_run=True)) == {}
