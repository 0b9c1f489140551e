"""Changes of one table that the server refuses together are sent one by one."""

from scenarios.database import declared_as

from moose_dagster import OlapConfig, Options, TableProjection, reconcile


def run(db, table):
    return reconcile(db.project(table), db.clickhouse, Options(**db.options))


def hits(alias, n="n Int32", comment=""):
    """Return a table with a projection over an ALIAS, whose change the server refuses (524)."""
    projection = TableProjection("p", "SELECT a, count() GROUP BY a")
    config = OlapConfig(comment=comment, projections=[projection], order_by_fields=["id"])
    return declared_as("hits", ["id Int64", "at DateTime", n, f"a String ALIAS {alias}"], config)


def test_a_refused_step_is_not_called_answered_with_ok(db):
    run(db, hits("toString(id)", comment="one"))

    result = run(db, hits("concat('x', toString(id))", comment="two"))

    assert sorted(bool(each.error) for each in result.results) == [False, True]
    assert result.unfinished == ()


def test_a_step_that_is_sent_alone_keeps_the_type_that_the_step_before_it_gave(db):
    run(db, hits("toString(id)"))

    # Alone, the TTL of a column is sent with the type of the column.
    run(db, hits("concat('x', toString(id))", n="n Int64 TTL at + INTERVAL 1 YEAR"))

    types = f"SELECT type FROM system.columns WHERE database = '{db.database}' AND name = 'n'"
    assert db.value(types) == "Int64"
    assert "TTL" in db.value("SHOW CREATE TABLE shop.hits")
