"""What a plan says besides of its steps: topics that left the code are looked at, or named."""

import pytest
from scenarios.database import FM, declared

from moose_dagster import Options, Project, Removed, plan_for, reconcile

ID = "id Int64; note String"


@pytest.fixture
def shop(db, cluster):
    """Two tables and a topic of one project, all reconciled."""
    topic = cluster.declared("clicks", FM)
    reconcile(project(db, topic), db.clickhouse, Options(**db.options), kafka=cluster.kafka)
    cluster.writes()
    return db


def project(db, *more):
    tables = (declared("orders", ID), declared("customers", ID))
    return Project("tests", [*tables, *more], database=db.database)


def plan(db, *more, kafka=None, **options):
    return plan_for(
        project(db, *more), db.clickhouse, Options(**db.options, **options), kafka=kafka
    ).plan


def test_the_last_topic_that_left_the_code_is_planned(shop, cluster):
    blocked = plan(shop, kafka=cluster.kafka)
    allowed = plan(shop, kafka=cluster.kafka, prune=True)

    assert [step.verdict.name for step in blocked.steps] == ["BLOCK"]
    assert [step.verdict.name for step in allowed.steps] == ["APPLY"]


def test_the_last_topic_is_deleted_by_a_removed(shop, cluster):
    removed = Removed(cluster.name("clicks"), kind="topic", drop=True, reason="nobody reads it")
    options = Options(**shop.options, prune=True)

    reconcile(project(shop, removed), shop.clickhouse, options, kafka=cluster.kafka)

    assert cluster.writes() == ["delete clicks"]


def test_without_kafka_the_topics_that_left_the_code_are_named(shop, cluster):
    (note,) = plan(shop).notes

    assert note == (
        "1 topic that left the code was not looked at, because no Kafka is given: "
        f"{cluster.name('clicks')}."
    )


def test_a_project_that_never_had_topics_asks_no_broker_and_says_nothing(db, cluster):
    reconcile(project(db), db.clickhouse, Options(**db.options), kafka=cluster.kafka)

    assert plan(db).notes == ()
    assert plan(db, kafka=_Unasked()).notes == ()


class _Unasked:
    """A connection that fails when it is used at all."""

    def __getattr__(self, name: str):
        raise AssertionError(f"the broker was asked: {name}")
