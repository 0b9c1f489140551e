"""What a dead run sends late does no harm that no plan shows and no run undoes."""

import os

import pytest
from traffic.conftest import TABLES, World
from traffic.proxy import Fault, TrafficProxy

from moose_dagster import Options, plan_for

# Every kind of statement that a run of `World` sends about a table with rows.
KINDS = [
    "CREATE TABLE `trash",
    "STOP MERGES",
    "MODIFY SETTING",
    "ATTACH PARTITION",
    "RESET SETTING",
    "START MERGES",
    "MODIFY COLUMN",
    "DROP COLUMN",
    "EXCHANGE TABLES",
    "RENAME TABLE",
    "INSERT INTO `trash",
    "MOVE PARTITION",
    "DROP TABLE",
]


@pytest.mark.parametrize(
    "kind", KINDS if os.environ.get("MOOSE_SOAK_STEP") else ["EXCHANGE TABLES", "MOVE PARTITION"]
)
def test_a_statement_of_a_dead_run_that_comes_late_does_no_harm(
    world: World, proxy: TrafficProxy, kind: str
):
    proxy.choose(kind, Fault.LATE)
    with world.busy():
        world.run_through(proxy.url)
        world.run(world.db.clickhouse.connected)
        assert len(proxy.late) == 1
        proxy.deliver()
    world.converges()

    for table in TABLES:
        world.keeps(table)
    assert world.db.value("SELECT sum(n) FROM shop.kept") == sum(range(60))


def test_settings_that_come_late_are_shown_and_reset(world: World, proxy: TrafficProxy):
    proxy.choose("MODIFY SETTING", Fault.LATE)
    world.run_through(proxy.url)
    world.run(world.db.clickhouse.connected)
    proxy.deliver()
    assert len(proxy.late) == 1

    options = Options(**world.db.options, adopt=True)
    plan = plan_for(world.db.project(*world.after()), world.db.clickhouse, options).plan
    assert any("max_bytes_to_merge" in step.reason for step in plan.steps)
    world.converges()

    for table in TABLES:
        world.keeps(table)
