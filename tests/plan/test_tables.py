"""The life cycles as literal rows: the verdict on every change of a table."""

from dataclasses import replace

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.risk.probes import Proof
from moose_dagster.state.tables import Constraint, Default, Engine, Index, Projection
from moose_dagster.testing import a_column, a_table, plan_of, verdicts

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
ID = "id Int64"


def default(kind, expression=""):
    return Default(kind, expression)


LIVE = a_table(ID, "note String")
COMPUTED = a_table(ID, a_column("x Int64", default=default("DEFAULT", "1")))
ALIASED = a_table(ID, a_column("x Int64", default=default("ALIAS", "id + 1")))
MATERIALIZED = a_table(ID, a_column("x Int64", default=default("MATERIALIZED", "id + 1")))

INDEXED = replace(LIVE, indexes=(Index("i", "id", "minmax"),))
PROJECTED = replace(LIVE, projections=(Projection("p", "SELECT id ORDER BY note"),))
CHECKED = replace(LIVE, constraints=(Constraint("c", "CHECK", "id > 0"),))

# change, live, desired, step, risk, FULLY_MANAGED, DELETION_PROTECTED, EXTERNALLY_MANAGED
ROWS = [
    ("missing table", None, LIVE, "table", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ("table gone from code", LIVE, None, "table", "DESTRUCTIVE", "APPLY", "BLOCK", "DRIFT"),
    ("add column", a_table(ID), LIVE, "column note", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ("drop column", LIVE, a_table(ID), "column note", "DESTRUCTIVE", "APPLY", "BLOCK", "DRIFT"),
    (
        *("widen type", a_table(ID, "n Int32"), a_table(ID, "n Int64")),
        *("type n", "REWRITE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *("narrow type, unproved", a_table(ID, "n Int64"), a_table(ID, "n Int8")),
        *("type n", "DATA_DEPENDENT", "BLOCK", "BLOCK", "DRIFT"),
    ),
    (
        *("type to another kind", a_table(ID, "n UInt32"), a_table(ID, "n IPv4")),
        *("type n", "DESTRUCTIVE", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        *("aggregate state", a_table(ID, "n AggregateFunction(sum, Int8)")),
        *(
            a_table(ID, "n AggregateFunction(sum, Int64)"),
            "type n",
            "IMPOSSIBLE",
            "BLOCK",
            "BLOCK",
            "DRIFT",
        ),
    ),
    (
        *("to nullable", a_table(ID, "n Int64"), a_table(ID, "n Nullable(Int64)")),
        *("nullability n", "REWRITE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *("to not null, unproved", a_table(ID, "n Nullable(Int64)"), a_table(ID, "n Int64")),
        *("nullability n", "DATA_DEPENDENT", "BLOCK", "BLOCK", "DRIFT"),
    ),
    (
        *(
            "enum member added",
            a_table(ID, "e Enum8('a' = 1)"),
            a_table(ID, "e Enum8('a' = 1, 'b' = 2)"),
        ),
        *("type e", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *("enum label changed", a_table(ID, "e Enum8('a' = 1)"), a_table(ID, "e Enum8('b' = 1)")),
        *("type e", "DESTRUCTIVE", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        *("time zone", a_table(ID, "t DateTime('UTC')"), a_table(ID, "t DateTime('Asia/Tokyo')")),
        *("type t", "DESTRUCTIVE", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        *("key column widened", a_table("id Int32"), a_table("id Int64")),
        *("type id", "REBUILD", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        *(
            "default changed",
            COMPUTED,
            a_table(ID, a_column("x Int64", default=default("DEFAULT", "2"))),
        ),
        *("default x", "REWRITE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        "default removed",
        COMPUTED,
        a_table(ID, "x Int64"),
        "default x",
        "REWRITE",
        "APPLY",
        "APPLY",
        "DRIFT",
    ),
    ("stored to alias", COMPUTED, ALIASED, "default x", "DESTRUCTIVE", "APPLY", "BLOCK", "DRIFT"),
    ("alias to stored", ALIASED, COMPUTED, "default x", "DESTRUCTIVE", "APPLY", "BLOCK", "DRIFT"),
    (
        *(
            "alias changed",
            ALIASED,
            a_table(ID, a_column("x Int64", default=default("ALIAS", "id + 2"))),
        ),
        *("default x", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        "default to materialized",
        COMPUTED,
        MATERIALIZED,
        "default x",
        "DESTRUCTIVE",
        "APPLY",
        "BLOCK",
        "DRIFT",
    ),
    (
        "materialized to default",
        MATERIALIZED,
        COMPUTED,
        "default x",
        "REWRITE",
        "APPLY",
        "APPLY",
        "DRIFT",
    ),
    (
        *("codec", a_table(ID, "n Int64"), a_table(ID, a_column("n Int64", codec="ZSTD(3)"))),
        *("codec n", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *(
            "column comment",
            a_table(ID, "n Int64"),
            a_table(ID, a_column("n Int64", comment="hello")),
        ),
        *("comment n", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *(
            "column TTL added",
            a_table(ID, "t Date"),
            a_table(ID, a_column("t Date", ttl="t + toIntervalDay(1)")),
        ),
        *("TTL t", "DATA_DEPENDENT", "BLOCK", "BLOCK", "DRIFT"),
    ),
    (
        *(
            "column TTL removed",
            a_table(ID, a_column("t Date", ttl="t + toIntervalDay(1)")),
            a_table(ID, "t Date"),
        ),
        *("TTL t", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *(
            "statistics",
            a_table(ID, "n Int64"),
            a_table(ID, a_column("n Int64", statistics="uniq")),
        ),
        *("statistics n", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *("column setting", a_table(ID, "n Int64")),
        *(
            a_table(ID, a_column("n Int64", settings={"max_compress_block_size": "1"})),
            "settings n",
        ),
        *("SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    ("index added", LIVE, INDEXED, "index i", "REWRITE", "APPLY", "APPLY", "DRIFT"),
    ("index dropped", INDEXED, LIVE, "index i", "REWRITE", "APPLY", "APPLY", "DRIFT"),
    (
        *("index changed", INDEXED, replace(LIVE, indexes=(Index("i", "id", "set(9)"),))),
        *("index i", "REWRITE", "APPLY", "APPLY", "DRIFT"),
    ),
    ("projection added", LIVE, PROJECTED, "projection p", "REWRITE", "APPLY", "APPLY", "DRIFT"),
    ("projection dropped", PROJECTED, LIVE, "projection p", "REWRITE", "APPLY", "APPLY", "DRIFT"),
    (
        "constraint added, unproved",
        LIVE,
        CHECKED,
        "constraint c",
        "DATA_DEPENDENT",
        "BLOCK",
        "BLOCK",
        "DRIFT",
    ),
    ("constraint dropped", CHECKED, LIVE, "constraint c", "SAFE", "APPLY", "APPLY", "DRIFT"),
    (
        *(
            "column added to a table without ALTER",
            replace(a_table(ID), engine=Engine("Log"), order_by=()),
        ),
        *(
            replace(LIVE, engine=Engine("Log"), order_by=()),
            "column note",
            "REBUILD",
            "APPLY",
            "BLOCK",
            "DRIFT",
        ),
    ),
    (
        *(
            "column added to a table that is never rebuilt",
            replace(a_table(ID), engine=Engine("Set"), order_by=()),
        ),
        *(
            replace(LIVE, engine=Engine("Set"), order_by=()),
            "column note",
            "IMPOSSIBLE",
            "BLOCK",
            "BLOCK",
            "DRIFT",
        ),
    ),
    (
        *(
            "type of a table that stores nothing",
            replace(a_table(ID), engine=Engine("Null"), order_by=()),
        ),
        *(replace(a_table("id Int8"), engine=Engine("Null"), order_by=()), "type id"),
        *("SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *("engine that holds no rows", LIVE, replace(LIVE, engine=Engine("Null"))),
        *("engine", "DESTRUCTIVE", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        *("engine", LIVE, replace(LIVE, engine=Engine("ReplacingMergeTree"))),
        *("engine", "REBUILD", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        *("engine argument", replace(LIVE, engine=Engine("ReplacingMergeTree"))),
        *(replace(LIVE, engine=Engine("ReplacingMergeTree", ("id",))), "engine"),
        *("REBUILD", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        "ORDER BY",
        LIVE,
        replace(LIVE, order_by=("note",)),
        "ORDER BY",
        "REBUILD",
        "APPLY",
        "BLOCK",
        "DRIFT",
    ),
    (
        *("PRIMARY KEY", replace(LIVE, order_by=("id", "note"))),
        *(replace(LIVE, order_by=("id", "note"), primary_key=("id",)), "PRIMARY KEY"),
        *("REBUILD", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        "PARTITION BY",
        LIVE,
        replace(LIVE, partition_by="id % 2"),
        "PARTITION BY",
        "REBUILD",
        "APPLY",
        "BLOCK",
        "DRIFT",
    ),
    (
        "SAMPLE BY a key",
        LIVE,
        replace(LIVE, sample_by="id"),
        "SAMPLE BY",
        "SAFE",
        "APPLY",
        "APPLY",
        "DRIFT",
    ),
    (
        "SAMPLE BY no key",
        LIVE,
        replace(LIVE, sample_by="note"),
        "SAMPLE BY",
        "REBUILD",
        "APPLY",
        "BLOCK",
        "DRIFT",
    ),
    (
        "TTL added",
        LIVE,
        replace(LIVE, ttl="x + 1"),
        "TTL",
        "DATA_DEPENDENT",
        "BLOCK",
        "BLOCK",
        "DRIFT",
    ),
    ("TTL removed", replace(LIVE, ttl="x + 1"), LIVE, "TTL", "SAFE", "APPLY", "APPLY", "DRIFT"),
    (
        *(
            "setting",
            LIVE,
            replace(LIVE, settings={"merge_with_ttl_timeout": "9"}),
            "setting merge_with_ttl_timeout",
        ),
        *("SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *("setting removed", replace(LIVE, settings={"merge_with_ttl_timeout": "9"}), LIVE),
        *("setting merge_with_ttl_timeout", "SAFE", "APPLY", "APPLY", "DRIFT"),
    ),
    (
        *(
            "fixed setting",
            LIVE,
            replace(LIVE, settings={"index_granularity": "9"}),
            "setting index_granularity",
        ),
        *("REBUILD", "APPLY", "BLOCK", "DRIFT"),
    ),
    (
        *("where data lies, removed", replace(LIVE, settings={"storage_policy": "cold"}), LIVE),
        *("setting storage_policy", "IMPOSSIBLE", "BLOCK", "BLOCK", "DRIFT"),
    ),
    (
        "table comment",
        LIVE,
        replace(LIVE, comment="hello"),
        "comment",
        "SAFE",
        "APPLY",
        "APPLY",
        "DRIFT",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_change_gets_the_verdict_of_its_row(row):
    _, live, desired, step, risk, fully, protected, external = row

    plans = [plan_of(live, desired, life_cycle) for life_cycle in (FM, DP, EM)]

    assert [verdicts(plan) for plan in plans] == [
        {step: fully},
        {step: protected},
        {step: external},
    ]
    assert plans[0].steps[0].risk.value == risk


PROVED = [
    ("every value fits", Proof(0), "REWRITE", "APPLY", "APPLY"),
    ("two rows would change", Proof(2, ("300", "301")), "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("the cast fails", Proof(0, error="Cannot parse"), "IMPOSSIBLE", "BLOCK", "BLOCK"),
]


@pytest.mark.parametrize("row", PROVED, ids=[row[0] for row in PROVED])
def test_a_probe_decides_about_what_depends_on_the_data(row):
    _, proof, risk, fully, protected = row
    live, desired = a_table(ID, "n Int64"), a_table(ID, "n Int8")

    plans = [plan_of(live, desired, life_cycle, proofs={"n": proof}) for life_cycle in (FM, DP)]

    assert [verdicts(plan) for plan in plans] == [{"type n": fully}, {"type n": protected}]
    assert plans[0].steps[0].risk.value == risk
