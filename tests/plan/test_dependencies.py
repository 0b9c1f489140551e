"""A step waits for a blocked one that it depends on, and for no other."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.tables import Default, Engine, Index, Projection
from moose_dagster.testing import a_column, a_table, plan_of, verdicts

DP = LifeCycle.DELETION_PROTECTED


def test_what_uses_the_new_name_waits_for_the_rename():
    live = a_table("id Int64", "note String")
    desired = a_table(
        "key Int64", "note String", order_by=("key",), indexes=(Index("i", "key", "minmax"),)
    )

    plan = plan_of(live, desired, DP, renamed={"key": "id"})

    assert verdicts(plan)["index i"] == "BLOCK"
    (waiting,) = [step for step in plan.steps if "index i" in step.reason]
    assert "waits until" in waiting.reason


def test_a_projection_waits_for_an_engine_that_stops_to_merge_rows():
    columns = ("id Int64", "n Int8")
    live = a_table(*columns, engine=Engine("ReplacingMergeTree"))
    desired = a_table(*columns, projections=(Projection("p", "(SELECT n ORDER BY n)"),))

    assert verdicts(plan_of(live, desired, DP)) == {"engine": "BLOCK", "projection p": "BLOCK"}


def test_what_depends_on_nothing_blocked_is_applied():
    live = a_table("id Int64", "gone String")
    desired = a_table("id Int64", "n Int8", indexes=(Index("i", "n", "minmax"),))

    assert verdicts(plan_of(live, desired, DP)) == {
        "column n": "APPLY",
        "column gone": "BLOCK",
        "index i": "APPLY",
    }


@pytest.mark.parametrize(
    ("facets", "waiting"),
    [
        ({"order_by": ("id", "visitor"), "sample_by": "visitor"}, ["ORDER BY", "SAMPLE BY"]),
        ({"order_by": ("id", "intHash32(visitor)")}, ["ORDER BY"]),
        ({"partition_by": "visitor % 10"}, ["PARTITION BY"]),
        ({"engine": Engine("ReplacingMergeTree", ("visitor",))}, ["engine"]),
        ({"indexes": (Index("i", "visitor % 2", "minmax"),)}, ["index i"]),
        ({"projections": (Projection("p", "(SELECT sum(visitor))"),)}, ["projection p"]),
    ],
)
def test_a_key_or_expression_waits_for_the_type_that_it_was_written_for(facets, waiting):
    live = a_table("id Int64", "visitor String")
    desired = a_table("id Int64", "visitor UInt64", **facets)

    plan = plan_of(live, desired)

    assert verdicts(plan) == {"type visitor": "BLOCK", **dict.fromkeys(waiting, "BLOCK")}
    reasons = [step.reason for step in plan.steps if "type String" not in step.reason]
    assert any("waits until the type of visitor may change" in reason for reason in reasons)


def test_a_new_column_waits_for_the_type_that_its_default_computes_with():
    half = a_column("half UInt64", default=Default("MATERIALIZED", "visitor / 2"))
    live = a_table("id Int64", "visitor String")
    desired = a_table("id Int64", "visitor UInt64", half, "other UInt8")

    assert verdicts(plan_of(live, desired)) == {
        "type visitor": "BLOCK",
        "column half": "BLOCK",
        "column other": "APPLY",
    }


def test_a_sampling_key_waits_for_the_key_that_it_is_part_of():
    live = a_table("id Int64", "visitor UInt64", "at String")
    desired = a_table(
        "id Int64", "visitor UInt64", "at UInt64", order_by=("id", "visitor", "at"),
        sample_by="visitor",
    )  # fmt: skip

    assert verdicts(plan_of(live, desired)) == {
        "type at": "BLOCK",
        "ORDER BY": "BLOCK",
        "SAMPLE BY": "BLOCK",
    }


@pytest.mark.parametrize(
    ("live_facets", "facets"),
    [
        (
            {"indexes": (Index("i", "gone % 2", "minmax"),)},
            {"indexes": (Index("i", "n % 2", "minmax"),)},
        ),
        (
            {"projections": (Projection("p", "(SELECT sum(gone))"),)},
            {"projections": (Projection("p", "(SELECT sum(n))"),)},
        ),
        ({"partition_by": "gone"}, {"partition_by": "n"}),
        ({"ttl": "toDate(gone)"}, {"ttl": "toDate(n)"}),
    ],
)
def test_a_column_stays_as_long_as_something_that_stays_uses_it(live_facets, facets):
    live = a_table("id Int64", "n String", "gone Int64", "other Int64", **live_facets)
    desired = a_table("id Int64", "n Int64", **facets)

    decided = verdicts(plan_of(live, desired))

    assert decided["column gone"] == "BLOCK"
    assert decided["column other"] == "APPLY"


def test_a_column_stays_as_long_as_an_alias_that_stays_uses_it():
    def table(*columns, of):
        alias = a_column("al String", default=Default("ALIAS", f"toString({of})"))
        return a_table("id Int64", *columns, alias)

    decided = verdicts(
        plan_of(table("n String", "gone Int64", of="gone"), table("n Int64", of="n"))
    )

    assert decided == {"type n": "BLOCK", "default al": "BLOCK", "column gone": "BLOCK"}
