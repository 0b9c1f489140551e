"""The allowed steps of a table take the cheapest route that makes them."""

from dataclasses import replace

import pytest

from moose_dagster import LifeCycle
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Route
from moose_dagster.plan.strategy import one_by_one
from moose_dagster.risk.probes import Proof
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_table, plan_of

DP, FM = LifeCycle.DELETION_PROTECTED, LifeCycle.FULLY_MANAGED
LIVE = a_table("id Int64", "n Int64")


@pytest.mark.parametrize(
    ("live", "desired", "route", "snapshot"),
    [
        (None, LIVE, "CREATE", False),
        (LIVE, None, "DROP", False),
        (LIVE, a_table("id Int64", "n Int64", "x Int8"), "ALTER", False),
        (LIVE, a_table("id Int64"), "ALTER", True),
        (LIVE, a_table("id Int64", "n Int64", order_by=("n",)), "REBUILD", False),
        (LIVE, a_table("id Int64", "n Int64", engine=Engine("SummingMergeTree")), "REBUILD", False),
    ],
)
def test_each_table_has_one_route(live, desired, route, snapshot):
    (action,) = plan_of(live, desired).actions

    assert (action.route.value, action.snapshot) == (route, snapshot)


def test_steps_that_the_server_refuses_together_are_made_one_by_one():
    (action,) = plan_of(LIVE, a_table("id Int64", "n Int64", "x Int8", comment="c")).actions

    alone = one_by_one(action)

    assert [len(single.steps) for single in alone] == [1, 1]
    assert {step for single in alone for step in single.steps} == set(action.steps)


NARROWER = a_table("id Int64", "n Int8")
RENAMED = a_table("id Int64", "m Int64")


@pytest.mark.parametrize("life_cycle", [DP, FM])
def test_what_a_proof_allows_is_made_on_a_copy(life_cycle):
    (action,) = plan_of(LIVE, NARROWER, life_cycle, proofs={"n": Proof(0)}).actions

    assert (action.route, action.snapshot) == (Route.ALTER, True)


@pytest.mark.parametrize(
    ("engine", "clusters", "why"),
    [
        ("MergeTree", {LIVE.id: "prod"}, "on the cluster prod"),
        ("ReplicatedMergeTree", {}, "of its engine"),
    ],
)
def test_what_a_proof_allows_and_no_copy_can_make_is_noted(engine, clusters, why):
    live, desired = (replace(table, engine=Engine(engine)) for table in (LIVE, NARROWER))

    plan = plan_of(live, desired, DP, proofs={"n": Proof(0)}, clusters=clusters)

    assert [action.snapshot for action in plan.actions] == [False]
    (note,) = plan.notes
    assert f"no copy can take the place of a table {why}" in note


def test_a_column_is_renamed_on_a_copy():
    (action,) = plan_of(LIVE, RENAMED, DP, renamed={"m": "n"}).actions

    assert (action.route, action.snapshot) == (Route.ALTER, True)


def test_a_rename_that_no_copy_can_make_is_noted():
    live, desired = (
        replace(table, engine=Engine("ReplicatedMergeTree")) for table in (LIVE, RENAMED)
    )

    plan = plan_of(live, desired, DP, renamed={"m": "n"})

    assert [action.snapshot for action in plan.actions] == [False]
    (note,) = plan.notes
    assert "an INSERT that began before the RENAME COLUMN" in note


@pytest.mark.parametrize("more", ["n Int128", "n Nullable(Int64)"])
def test_what_fits_whatever_is_stored_stays_an_alter_in_place(more):
    (action,) = plan_of(LIVE, a_table("id Int64", more), DP).actions

    assert (action.route, action.snapshot) == (Route.ALTER, False)


def test_what_is_made_on_a_copy_is_blocked_where_a_right_is_missing():
    missing = {LIVE.id: "GRANT DROP TABLE, INSERT ON `shop`.`t` TO `deploy`"}

    plan = plan_of(LIVE, NARROWER, DP, proofs={"n": Proof(0)}, missing_rights=missing)

    (step,) = plan.steps
    assert step.verdict is Verdict.BLOCK
    assert missing[LIVE.id] in step.reason
    renamed = plan_of(LIVE, RENAMED, DP, renamed={"m": "n"}, missing_rights=missing)
    assert renamed.steps[0].verdict is Verdict.BLOCK
    wider = plan_of(LIVE, a_table("id Int64", "n Int128"), DP, missing_rights=missing)
    assert wider.steps[0].verdict is Verdict.APPLY
