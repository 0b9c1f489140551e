"""What the server refuses is sent again where that can help: one by one, or later."""

from scenarios.database import declared_as

from moose_dagster import OlapConfig, Options, TableIndex, reconcile
from moose_dagster.apply.results import Result
from moose_dagster.reconciliation.execute import retry_creations
from moose_dagster.testing import a_table, plan_of


def run(db, n, *indexes):
    config = OlapConfig(order_by_fields=["id"], indexes=list(indexes))
    table = declared_as("hits", ["id Int64", "at DateTime", n], config)
    return reconcile(db.project(table), db.clickhouse, Options(**db.options))


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


def creation(name, code=0):
    (action,) = plan_of(None, a_table("id Int64", name=f"shop.{name}")).actions
    return Result(action, 0, "refused" if code else "", code or None)


def test_what_was_refused_for_something_missing_is_sent_again_after_what_was_created():
    needs, needed = creation("needs", 60), creation("needed")
    asked = []

    def create(actions):
        asked.append([action.resource.name for action in actions])
        return [Result(action, 0) for action in actions]

    ended = retry_creations([needs, needed], create)

    assert asked == [["needs"], []]
    assert [result.error for result in ended] == ["", ""]


def test_nothing_is_sent_again_for_another_refusal_or_without_anything_new():
    def create(actions):
        assert not actions
        return []

    for results in ([creation("a", 60)], [creation("a", 62), creation("b")]):
        assert retry_creations(results, create) == tuple(results)
