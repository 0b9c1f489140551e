"""Each statement of a run comes when what it needs is there, and before that goes."""

import pytest
from connections import WithoutTemporaryTables
from scenarios.database import FM, declared, declared_as
from scenarios.view_shop import a_view

from moose_dagster import (
    BufferEngine,
    Dictionary,
    JoinEngine,
    MergeEngine,
    OlapConfig,
    Options,
    TableIndex,
    ViewConfig,
    reconcile,
)

COLUMNS = "id UInt64; v String"
SOURCE = declared("source", COLUMNS)
PLAIN = declared("orders", "id UInt64")


def lookup(db, name="names"):
    source = f"SOURCE(CLICKHOUSE(DB '{db.database}' TABLE 'source'))"
    text = f"(id UInt64, v String) PRIMARY KEY id {source} LAYOUT(FLAT()) LIFETIME(0)"
    return Dictionary(name, text, config=ViewConfig(life_cycle=FM))


def joined():
    return declared("names", COLUMNS, engine=JoinEngine("ANY", "LEFT", ["id"]), order_by_fields=[])


def orders(*columns, **config):
    return declared_as(
        "orders", ["id UInt64", *columns], OlapConfig(order_by_fields=["id"], **config)
    )


def get(db, function="dictGet"):
    return f"{function}('{db.database}.names', 'v', id)"


READING = {
    "default": lambda db: orders(f"v String DEFAULT {get(db)}"),
    "materialized": lambda db: orders(f"v String MATERIALIZED {get(db)}"),
    "alias": lambda db: orders(f"v String ALIAS {get(db)}"),
    "chain of aliases": lambda db: orders(f"v String ALIAS {get(db)}", "w String ALIAS upper(v)"),
    "join": lambda db: orders(f"v String DEFAULT {get(db, 'joinGet')}"),
    "ttl of a column": lambda db: orders(
        f"v String TTL toDateTime(length({get(db, 'joinGet')})) + INTERVAL 100 YEAR"
    ),
    "index over a join": lambda db: orders(
        indexes=[TableIndex("i", get(db, "joinGet"), "minmax", [], 1)]
    ),
}


def needed_by(db, reading):
    uses_join = "joinGet" in get(db, "joinGet") and reading in {
        "join", "ttl of a column", "index over a join",
    }  # fmt: skip
    return (joined(),) if uses_join else (SOURCE, lookup(db))


def refused(db):
    return db.rows(
        f"SELECT statement, error FROM {db.options['ledger_database']}.history WHERE error != ''"
    )


@pytest.mark.parametrize("reading", READING)
def test_what_an_expression_names_is_made_before_it_and_goes_after_it(db, reading):
    needed = needed_by(db, reading)
    everything = (READING[reading](db), *needed)
    db.reconcile(PLAIN)

    db.reconcile(*everything)
    assert db.plan(*everything) == {}
    db.reconcile(PLAIN, prune=True, allow_mass_removal=True)

    assert refused(db) == []
    assert db.plan(PLAIN, prune=True) == {}
    db.reconcile(*everything)
    assert refused(db) == []


STANDING_OVER = {
    "buffer": lambda db: declared(
        "a_over", COLUMNS, order_by_fields=[],
        engine=BufferEngine(db.database, "source", 1, 10, 100, 10, 100, 10, 100),
    ),
    "merge": lambda db: declared(
        "a_over", COLUMNS, order_by_fields=[], engine=MergeEngine(db.database, "^source$")
    ),
    "view": lambda _: a_view("SELECT * FROM source", name="a_over"),
    "view of a merge": lambda db: a_view(
        f"SELECT * FROM merge('{db.database}', '^source$')", name="a_over"
    ),
    "view of a loop": lambda db: a_view(
        f"SELECT * FROM loop({db.database}.source) LIMIT 1", name="a_over"
    ),
    "dictionary": lambda db: lookup(db, "a_over"),
}  # fmt: skip


@pytest.mark.parametrize("over", STANDING_OVER)
def test_what_reads_a_table_is_made_after_it_and_goes_before_it(db, over):
    everything = (PLAIN, STANDING_OVER[over](db), SOURCE)

    made = db.reconcile(*everything)
    gone = db.reconcile(PLAIN, prune=True, allow_mass_removal=True)

    assert refused(db) == []
    names = [result.action.resource.name for result in made.results]
    assert names.index("source") < names.index("a_over")
    assert [result.action.resource.name for result in gone.results] == ["a_over", "source"]


def test_what_comes_after_a_failed_action_is_not_sent(db):
    db.reconcile(PLAIN)
    broken = declared("source", COLUMNS, ttl="arrayJoin([now()])")
    view = a_view("SELECT id, v FROM orders")
    everything = (orders(f"v String ALIAS {get(db)}"), lookup(db), broken, view)

    clickhouse = WithoutTemporaryTables(db.clickhouse.connected)
    outcome = reconcile(db.project(*everything), clickhouse, Options(**db.options, adopt=True))

    assert {result.action.resource.name: result.reached for result in outcome.failures} == {
        "source": True, "names": False, "orders": False, "recent": False,
    }  # fmt: skip


def test_an_alter_waits_for_a_dictionary_that_may_not_be_made(db):
    db.reconcile(PLAIN)
    db.raw("CREATE TABLE shop.names (id UInt64) ENGINE = Memory")
    changed = orders(f"v String ALIAS {get(db)}", "w String")

    plan = db.plan_result(changed, SOURCE, lookup(db)).plan

    reasons = {step.reason for step in plan.of(db.table("orders")) if step.verdict.value == "BLOCK"}
    assert db.plan(changed, SOURCE, lookup(db)) == {
        "names.dictionary": "BLOCK",
        "orders.column v": "BLOCK",
        "orders.column w": "APPLY",
        "source.table": "APPLY",
    }
    assert [f"waits until {db.database}.names exists" in reason for reason in reasons] == [True]


@pytest.mark.parametrize("names", [("first", "second"), ("first", "second", "third")])
def test_views_that_read_each_other_are_named_and_not_sent(db, names):
    sources = dict(zip(names, (*names[1:], names[0]), strict=True))
    views = [a_view(f"SELECT * FROM {source}", name=name) for name, source in sources.items()]

    outcome = db.reconcile(PLAIN, *views, a_view("SELECT * FROM first", name="over"))

    assert [result.action.resource.name for result in outcome.results] == ["orders"]
    reasons = {step.resource.name: step.reason for step in outcome.after.plan.steps}
    circle = " reads ".join(f"{db.database}.{name}" for name in (*names, names[0]))
    assert f"waits until nothing reads itself any more: {circle}" in reasons["first"]
    assert f"waits until {db.database}.first exists" in reasons["over"]
    assert db.rows("SELECT * FROM shop.orders") == []


def test_a_column_that_reads_its_table_through_a_dictionary_is_named_and_not_sent(db):
    plain = declared_as("source", ["id UInt64", "v String"], OlapConfig(order_by_fields=["id"]))
    db.reconcile(plain, lookup(db))
    columns = ["id UInt64", "v String", f"w String DEFAULT {get(db)}", "x String"]
    changed = declared_as("source", columns, OlapConfig(order_by_fields=["id"]))

    outcome = db.reconcile(changed, lookup(db))

    (step,) = outcome.after.plan.steps
    shop = db.database
    circle = f"{shop}.source reads {shop}.names reads {shop}.source"
    assert step.verdict.value == "BLOCK"
    assert f"waits until nothing reads itself any more: {circle}" in step.reason
    assert (
        db.value(
            "SELECT count() FROM system.columns WHERE table = 'source' AND name = 'x'"
            f" AND database = '{shop}'"
        )
        == 1
    )
