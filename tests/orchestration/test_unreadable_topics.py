"""A topic that the broker does not describe, seen from Dagster."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import pytest
from orchestration.shop import checked, failures, materialized, observed
from scenarios.cluster import DP, EM, Refusing

from moose_dagster import Project
from moose_dagster.orchestration import KafkaResource, build_definitions


class RefusesOne(KafkaResource):
    """A cluster that refuses to describe one topic."""

    refused: str

    @contextmanager
    def connect(self) -> Generator[Any]:
        with super().connect() as kafka:
            yield Refusing(kafka, self.refused)


@pytest.fixture
def run(shop, cluster):
    """Run a job or a selection over two topics, of which `secret` can't be read."""

    def run(what, life_cycle):
        cluster.live("secret")
        cluster.live("open")
        streams = [cluster.declared(topic, life_cycle) for topic in ("open", "secret")]
        kafka = RefusesOne(
            bootstrap_servers=cluster.address.bootstrap_servers, refused=cluster.name("secret")
        )
        definitions = build_definitions(
            Project(shop.db.database, streams), clickhouse=shop.clickhouse, kafka=kafka
        )
        if what.startswith("moose_"):
            job = definitions.resolve_job_def(what)
            return job.execute_in_process(instance=shop.instance, raise_on_error=False)
        keys = [spec.key for spec in definitions.resolve_all_asset_specs()]
        selected = (
            dg.AssetSelection.assets if what == "assets" else dg.AssetSelection.checks_for_assets
        )
        return shop.select(definitions, selected(*keys), fails=True)

    return run


@pytest.mark.parametrize(
    ("what", "life_cycle"),
    [
        ("assets", DP),
        ("checks", DP),
        ("assets", EM),
        ("checks", EM),
        ("moose_drift", DP),
        ("moose_reconcile", DP),
    ],
)
def test_a_topic_that_cannot_be_read_is_named_and_hides_no_other(run, cluster, what, life_cycle):
    result = run(what, life_cycle)

    assert not result.success
    assert cluster.name("secret") not in {
        *materialized(result),
        *checked(result),
        *observed(result),
    }
    assert f"{cluster.name('secret')}: " in failures(result)
    if what != "moose_reconcile":  # which shows what it plans, and nothing is to be done
        assert {*materialized(result), *checked(result), *observed(result)} == {
            cluster.name("open")
        }
