"""Changes of one table that the server refuses together are sent one by one."""

from scenarios.database import declared_as

from moose_dagster import OlapConfig, Options, TableIndex, reconcile
from moose_dagster.apply.results import Result
from moose_dagster.plan.strategy import one_by_one
from moose_dagster.reconcile.verify import unfinished_of
from moose_dagster.testing import a_table, plan_of


def run(db, n, *indexes):
    config = OlapConfig(order_by_fields=["id"], indexes=list(indexes))
    table = declared_as("hits", ["id Int64", "at DateTime", n], config)
    return reconcile(db.project(table), db.clickhouse, Options(**db.options))


def test_a_refused_step_is_not_called_answered_with_ok():
    plan = plan_of(a_table("id Int64", "n Int32"), a_table("id Int64", "n Int64", comment="x"))
    refused, accepted = one_by_one(plan.actions[0])
    results = [Result(refused, 0, "refused", 524), Result(accepted, 0)]

    unfinished = unfinished_of(results, plan)

    assert [text.partition(" It was sent")[0] for text in unfinished] == [accepted.steps[0].reason]


def test_a_step_that_is_sent_alone_keeps_the_type_that_the_step_before_it_gave(db):
    run(db, "n Int32")

    # The server takes no arrayJoin in an index. Alone, a TTL is sent with the type of its column.
    result = run(
        db, "n Int64 TTL at + INTERVAL 1 YEAR", TableIndex("i", "arrayJoin([n])", "minmax", [], 1)
    )

    types = f"SELECT type FROM system.columns WHERE database = '{db.database}' AND name = 'n'"
    assert db.value(types) == "Int64"
    assert "TTL" in db.value("SHOW CREATE TABLE shop.hits")
    assert len(result.failures) == 1
    assert result.unfinished == ()
