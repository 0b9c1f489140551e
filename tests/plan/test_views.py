"""The life cycles as literal rows: the verdict on every change of a view."""

from dataclasses import replace

import pytest

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.render import sent_by
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.views import ViewKind
from moose_dagster.testing import a_column, a_table, a_view, verdicts, view_plan_of

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
TOTALS, OTHERS = TableId("shop", "totals"), TableId("shop", "others")
PLAIN = a_view("SELECT id FROM shop.orders")
FILLING = a_view("SELECT id FROM shop.orders", target=TOTALS)
REFRESHED = replace(FILLING, refresh="EVERY 1 HOUR")
APPENDING = replace(FILLING, refresh="EVERY 1 HOUR APPEND")
KEEPING = a_view("SELECT id FROM shop.orders", inner=replace(a_table("id Int64"), columns=()))
RESORTED = replace(KEEPING, inner=replace(KEEPING.inner, order_by=("x",)))
WORDS = a_view("(id UInt64) PRIMARY KEY id", kind=ViewKind.DICTIONARY)
REPLACED = {"target_rows": 3}
HELD = {"storage": "`shop`.`.inner`", "rows": 5, "columns": ("id",)}
OTHER_QUERY = "SELECT id + 1 AS id FROM shop.orders"

# change, live, desired, facts, step, risk, FULLY_MANAGED, DELETION_PROTECTED
ROWS = [
    ("missing view", None, PLAIN, {}, "view", "SAFE", "APPLY", "APPLY"),
    ("missing view, a table there", None, PLAIN, {"taken_by": "Log"}, "view", "IMPOSSIBLE",
     "BLOCK", "BLOCK"),
    ("view gone from code", PLAIN, None, {}, "view", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("query", PLAIN, replace(PLAIN, query=OTHER_QUERY), {}, "query", "SAFE", "APPLY", "APPLY"),
    ("comment", PLAIN, replace(PLAIN, comment="x"), {}, "comment", "SAFE", "APPLY", "APPLY"),
    ("kind", PLAIN, FILLING, {}, "kind", "REBUILD", "APPLY", "BLOCK"),
    ("missing filler", None, FILLING, {}, "materialized view", "SAFE", "APPLY", "APPLY"),
    ("filler gone from code", FILLING, None, {}, "materialized view", "DESTRUCTIVE", "APPLY",
     "BLOCK"),
    ("query of a filler", FILLING, replace(FILLING, query=OTHER_QUERY), {}, "query", "SAFE",
     "APPLY", "APPLY"),
    ("target", FILLING, replace(FILLING, target=OTHERS), {}, "target", "REBUILD", "APPLY", "BLOCK"),
    ("refreshed less often", REFRESHED, replace(REFRESHED, refresh="EVERY 1 DAY"), {}, "refresh",
     "SAFE", "APPLY", "APPLY"),
    ("refreshed at all", FILLING, APPENDING, {}, "refresh", "REBUILD", "APPLY", "BLOCK"),
    ("no longer refreshed", APPENDING, FILLING, {}, "refresh", "REBUILD", "APPLY", "BLOCK"),
    ("replacing rows", APPENDING, REFRESHED, {"target_rows": 3}, "refresh", "DESTRUCTIVE",
     "APPLY", "BLOCK"),
    ("replacing no rows", APPENDING, REFRESHED, {}, "refresh", "REBUILD", "APPLY", "BLOCK"),
    ("missing replacer, rows", None, REFRESHED, REPLACED, "materialized view", "DESTRUCTIVE",
     "APPLY", "BLOCK"),
    ("missing replacer, no rows", None, REFRESHED, {}, "materialized view", "SAFE", "APPLY",
     "APPLY"),
    ("storage", KEEPING, RESORTED, HELD, "storage", "REBUILD", "APPLY", "BLOCK"),
    ("keeper gone from code", KEEPING, None, HELD, "materialized view", "DESTRUCTIVE", "APPLY",
     "BLOCK"),
    ("query that fits", KEEPING, replace(KEEPING, query=OTHER_QUERY), HELD | {"outputs": ("id",)},
     "query", "SAFE", "APPLY", "APPLY"),
    ("query that does not fit", KEEPING, replace(KEEPING, query=OTHER_QUERY),
     HELD | {"outputs": ("id", "n")},
     "query", "REBUILD", "APPLY", "BLOCK"),
    ("missing dictionary", None, WORDS, {}, "dictionary", "SAFE", "APPLY", "APPLY"),
    ("dictionary gone from code", WORDS, None, {}, "dictionary", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("definition", WORDS, replace(WORDS, query="(id UInt8)"), {}, "definition", "SAFE", "APPLY",
     "APPLY"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_change_of_a_view_gets_the_verdict_of_its_row(row):
    _, live, desired, facts, step, risk, fully, protected = row

    plans = [view_plan_of(live, desired, life_cycle, **facts) for life_cycle in (FM, DP, EM)]

    assert [verdicts(plan) for plan in plans] == [{step: fully}, {step: protected}, {step: "DRIFT"}]
    assert plans[0].steps[0].risk.value == risk
    assert plans[2].view_actions == ()


def statements(live, desired, **facts):
    (action,) = view_plan_of(live, desired, FM, **facts).view_actions
    return [statement.replace("`", "") for statement in sent_by(action, Names("trash", "now"))]


def test_the_rows_of_a_view_are_copied_before_it_is_created_again():
    assert statements(KEEPING, RESORTED, **HELD) == [
        "CREATE TABLE trash.shop__recent__now AS shop..inner",
        "ALTER TABLE trash.shop__recent__now ATTACH PARTITION ALL FROM shop..inner",
        "DROP VIEW shop.recent",
        (
            "CREATE MATERIALIZED VIEW shop.recent ENGINE = MergeTree ORDER BY x AS "
            "SELECT id FROM shop.orders"
        ),
        "INSERT INTO shop.recent (id) SELECT id FROM trash.shop__recent__now",
    ]


def test_another_target_is_taken_at_once():
    assert statements(FILLING, replace(FILLING, target=OTHERS)) == [
        (
            "CREATE OR REPLACE MATERIALIZED VIEW shop.recent TO shop.others AS SELECT id "
            "FROM shop.orders"
        )
    ]


def test_another_query_and_other_columns_are_one_statement():
    live = replace(FILLING, columns=(a_column("id Int64"),), has_column_list=True)
    desired = replace(live, query=OTHER_QUERY, columns=(a_column("id Int64"), a_column("n Int8")))

    assert statements(live, desired) == [f"ALTER TABLE shop.recent MODIFY QUERY {OTHER_QUERY}"]


def test_a_dropped_view_leaves_its_rows_in_the_trash():
    assert statements(KEEPING, None, **HELD)[-1] == "DROP VIEW shop.recent"
    assert statements(FILLING, None) == ["DROP VIEW shop.recent"]
    assert statements(WORDS, None) == ["DROP DICTIONARY shop.recent"]


QUERY = "SELECT id FROM shop.orders"


@pytest.mark.parametrize(
    ("live", "desired", "sent"),
    [
        (None, PLAIN, f"CREATE VIEW shop.recent ON CLUSTER main AS {QUERY}"),
        (PLAIN, None, "DROP VIEW shop.recent ON CLUSTER main"),
        (
            PLAIN,
            replace(PLAIN, query=OTHER_QUERY),
            f"CREATE OR REPLACE VIEW shop.recent ON CLUSTER main AS {OTHER_QUERY}",
        ),
        (
            None,
            FILLING,
            f"CREATE MATERIALIZED VIEW shop.recent ON CLUSTER main TO shop.totals AS {QUERY}",
        ),
        (
            None,
            APPENDING,
            (
                "CREATE MATERIALIZED VIEW shop.recent ON CLUSTER main REFRESH EVERY 1 HOUR APPEND "
                f"TO shop.totals AS {QUERY}"
            ),
        ),
        (
            None,
            KEEPING,
            (
                "CREATE MATERIALIZED VIEW shop.recent ON CLUSTER main ENGINE = MergeTree "
                f"ORDER BY id AS {QUERY}"
            ),
        ),
        (
            FILLING,
            replace(FILLING, query=OTHER_QUERY),
            f"ALTER TABLE shop.recent ON CLUSTER main MODIFY QUERY {OTHER_QUERY}",
        ),
        (
            REFRESHED,
            replace(REFRESHED, refresh="AFTER 1 DAY"),
            "ALTER TABLE shop.recent ON CLUSTER main MODIFY REFRESH AFTER 1 DAY",
        ),
        (
            FILLING,
            replace(FILLING, comment="c"),
            "ALTER TABLE shop.recent ON CLUSTER main MODIFY COMMENT 'c'",
        ),
        (
            FILLING,
            replace(FILLING, target=OTHERS),
            (
                "CREATE OR REPLACE MATERIALIZED VIEW shop.recent ON CLUSTER main TO "
                f"shop.others AS {QUERY}"
            ),
        ),
        (FILLING, None, "DROP VIEW shop.recent ON CLUSTER main"),
        (WORDS, None, "DROP DICTIONARY shop.recent ON CLUSTER main"),
        (None, WORDS, "CREATE DICTIONARY shop.recent ON CLUSTER main (id UInt64) PRIMARY KEY id"),
    ],
)
def test_every_statement_of_a_view_on_a_cluster_says_so(live, desired, sent):
    """The embedded engine has no clusters (code 392), so the text itself is compared."""
    assert statements(live, desired, cluster="main") == [sent]


def test_a_view_with_rows_of_its_own_on_a_cluster_is_not_created_again():
    plans = (
        view_plan_of(KEEPING, RESORTED, FM, **HELD, cluster="main"),
        view_plan_of(KEEPING, None, FM, **HELD, cluster="main"),
    )

    assert [step.verdict.value for plan in plans for step in plan.steps] == ["BLOCK", "BLOCK"]
    assert all("rows on the other hosts of the cluster" in plan.steps[0].reason for plan in plans)


def test_a_query_waits_for_the_target_it_was_written_for():
    moved = replace(FILLING, query=OTHER_QUERY, target=OTHERS)

    assert verdicts(view_plan_of(FILLING, moved, DP)) == {"query": "BLOCK", "target": "BLOCK"}
    assert len(statements(FILLING, moved)) == 1


def test_an_undecided_state_has_no_views():
    assert State().views == {}
