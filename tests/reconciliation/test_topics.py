"""A topic that the broker tells nothing about hides no other, and is neither missing nor gone."""

import pytest
from scenarios.cluster import DP, EM, FM, Refusing

from moose_dagster import Options, plan_for, reconcile


@pytest.mark.parametrize("life_cycle", [FM, DP, EM])
def test_a_topic_that_cannot_be_read_hides_no_other(cluster, life_cycle):
    cluster.live("secret")
    streams = [
        cluster.declared("open", parallelism=2),
        cluster.declared("secret", life_cycle, parallelism=5),
    ]
    kafka = Refusing(cluster.kafka, cluster.name("secret"))

    outcome = reconcile(cluster.project(*streams), None, Options(), kafka=kafka)

    assert cluster.writes() == ["create open"]
    assert [result.error for result in outcome.results] == [""]
    (problem,) = outcome.after.problems
    assert str(problem).startswith(f"{cluster.name('secret')}: ")
    assert list(map(str, outcome.after.desired.topics)) == [cluster.name("open")]


def test_a_topic_that_cannot_be_read_keeps_its_place_in_the_ledger(cluster, db):
    clicks = cluster.declared("clicks")
    secret = cluster.declared("secret", DP)
    options = Options(**db.options)
    cluster.reconcile(clicks, secret, clickhouse=db.clickhouse, **db.options)

    refusing = Refusing(cluster.kafka, cluster.name("secret"))
    reconcile(cluster.project(clicks), db.clickhouse, options, kafka=refusing)

    plan_result = plan_for(cluster.project(clicks), db.clickhouse, options, kafka=cluster.kafka)
    assert [str(step.resource) for step in plan_result.plan.steps] == [cluster.name("secret")]
