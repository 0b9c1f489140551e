"""What some hosts of a cluster lack is planned apart from what every host needs."""

from dataclasses import replace

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.tables import statements_of
from moose_dagster.diff.hosts import missing_on_hosts
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.tables import Engine, Index
from moose_dagster.testing import a_table, plan_of

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
UUID = "61f0c404-5cb3-11e7-907b-a6006ad3dba0"
DESIRED = a_table(
    "id Int64",
    "note String",
    "more UInt8",
    indexes=(Index("by_note", "note", "minmax"),),
    engine=Engine("ReplicatedMergeTree"),
)
LIVE = a_table("id Int64", "note String", indexes=DESIRED.indexes, engine=DESIRED.engine)
SHORT = a_table("id Int64", engine=DESIRED.engine)


def planned(life_cycle, **on_hosts):
    healing = missing_on_hosts(DESIRED, on_hosts, UUID)
    return plan_of(
        on_hosts["a"],
        DESIRED,
        life_cycle,
        clusters={DESIRED.id: "main"},
        cluster_obstacles={DESIRED.id: "its hosts differ"},
        host_changes={DESIRED.id: healing},
        on_hosts={DESIRED.id: on_hosts},
    )


def sent(plan):
    return [statement for action in plan.actions for statement in statements_of(action, Names())]


def test_additions_on_some_hosts_are_sent_and_everything_else_waits():
    plan = planned(DP, a=LIVE, b=SHORT, c=None)

    reasons = {step.reason.split(" (")[0].rstrip("."): step.verdict.name for step in plan.steps}
    index = "add index by_note note TYPE minmax GRANULARITY 1"
    assert reasons == {
        "shop.orders on c: create table: nothing stored is touched": "APPLY",
        "shop.orders on b: add column note String: nothing stored is touched": "APPLY",
        f"shop.orders on b: {index}: it is built for the stored rows as well": "APPLY",
        "shop.orders: add column more UInt8: its hosts differ": "BLOCK",
    }


def test_they_do_nothing_on_the_other_hosts_and_keep_the_uuid_of_the_table():
    index = "by_note note TYPE minmax GRANULARITY 1"
    place = "`shop`.`orders` ON CLUSTER `main`"
    with_uuid = f"`shop`.`orders` UUID '{UUID}' ON CLUSTER `main`"
    columns = "`id` Int64, `note` String, `more` UInt8"
    creation = f"CREATE TABLE IF NOT EXISTS {with_uuid} ({columns}, INDEX {index})"
    column = "ADD COLUMN IF NOT EXISTS `note` String AFTER `id`"

    assert sent(planned(FM, a=LIVE, b=SHORT, c=None)) == [
        f"{creation} ENGINE = ReplicatedMergeTree ORDER BY id",
        f"ALTER TABLE {place} {column}, ADD INDEX IF NOT EXISTS {index}",
        f"ALTER TABLE {place} MATERIALIZE INDEX `by_note`",
    ]


def test_a_table_that_is_absent_on_the_connected_host_is_made_there_alone():
    (step,) = planned(FM, a=None, b=DESIRED).steps

    assert step.change.hosts == ("a",)
    assert step.verdict.name == "APPLY"


def test_an_externally_managed_table_is_only_reported():
    plan = planned(EM, a=replace(DESIRED), b=None)

    assert [step.verdict.name for step in plan.steps] == ["DRIFT"]
    assert plan.actions == ()
