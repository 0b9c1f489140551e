"""A Replicated or Shared table that the server could not make is never planned as if it could."""

from uuid import uuid4

import pytest
from scenarios.database import DP, FM, declared

from moose_dagster import ReplicatedMergeTreeEngine, SharedMergeTreeEngine
from moose_dagster.declare.engines import ReplicatedReplacingMergeTreeEngine


def attach(db, table, path, columns="id Int64"):
    """Make a replicated table as a server has it that lost its Keeper: to be read only."""
    db.raw(
        f"ATTACH TABLE {table} UUID '{uuid4()}' ({columns}) "
        f"ENGINE = ReplicatedMergeTree('{path}', 'r1') ORDER BY id"
    )


def step_of(db, engine, life_cycle=FM, **config):
    orders = declared("orders", "id Int64", life_cycle, engine=engine, **config)
    (step,) = db.plan_result(orders).plan.steps
    return step


@pytest.mark.parametrize("life_cycle", [FM, DP])
@pytest.mark.parametrize(
    ("engine", "why"),
    [
        (ReplicatedMergeTreeEngine(), "which only ON CLUSTER or a database of engine Replicated"),
        (
            ReplicatedReplacingMergeTreeEngine("/tables/{uuid}/x", "r1"),
            "its path in Keeper holds the UUID of the table",
        ),
        (ReplicatedMergeTreeEngine("/tables/{layer}/x", "r1"), "the server has no macro layer"),
        (ReplicatedMergeTreeEngine("/tables/x", "{replica}"), "the server has no macro replica"),
        (ReplicatedMergeTreeEngine("/{database}/{table}", "r1"), "is connected to no Keeper"),
        (SharedMergeTreeEngine(), "the server has no engine SharedMergeTree"),
    ],
)
def test_what_the_server_would_refuse_is_impossible_and_says_the_way_out(
    db, engine, why, life_cycle
):
    step = step_of(db, engine, life_cycle)

    assert (step.risk.name, step.verdict.name) == ("IMPOSSIBLE", "BLOCK")
    assert why in step.reason
    assert "Declare" in step.reason or "Write its value" in step.reason


def test_a_path_that_a_table_in_the_trash_still_has_is_named_with_that_table(db):
    trash = db.options["trash_database"]
    path = f"/tables/{db.database}/orders"
    db.raw(f"CREATE DATABASE {trash} ENGINE = Atomic")
    attach(db, f"{trash}.kept", path)

    step = step_of(db, ReplicatedMergeTreeEngine("/tables/{database}/{table}", "r1"))

    assert step.verdict.name == "BLOCK"
    assert f"{trash}.kept has its path in Keeper, {path}, on this host" in step.reason
    assert "purge it from the trash" in step.reason


def test_another_replica_name_on_the_path_is_another_place(db):
    path = f"/tables/{db.database}/orders"
    attach(db, f"{db.database}.other", path)

    step = step_of(db, ReplicatedMergeTreeEngine(path, "r2"))

    assert "is connected to no Keeper" in step.reason


def test_a_live_replicated_table_equals_its_declaration_however_its_path_is_written(db):
    attach(db, f"{db.database}.orders", "/tables/{uuid}/x")

    for engine in (
        ReplicatedMergeTreeEngine(),
        ReplicatedMergeTreeEngine("/tables/{database}/{table}", "{replica}"),
    ):
        assert db.plan(declared("orders", "id Int64", FM, engine=engine)) == {}


def test_a_replica_without_its_keeper_is_named_and_no_change_of_it_is_sent(db):
    attach(db, f"{db.database}.orders", "/tables/{uuid}/x")
    engine = ReplicatedMergeTreeEngine()

    plan = db.plan_result(declared("orders", "id Int64; note String", FM, engine=engine)).plan

    (step,) = plan.steps
    assert step.verdict.name == "BLOCK"
    assert "its replica on this host is read-only" in step.reason
    assert any("its replica is read-only, as it has lost its Keeper" in note for note in plan.notes)
