"""What a text uses without a FROM exists when it is needed, in the first run already."""

import pytest
from scenarios.database import FM, declared, declared_as
from scenarios.view_shop import a_view, materialized

from moose_dagster import (
    Dictionary,
    JoinEngine,
    OlapConfig,
    Options,
    RunCallbacks,
    SetEngine,
    ViewConfig,
    reconcile,
)

COLUMNS = "id UInt64; v String"


def lookup(shop, name="zdict"):
    source = f"SOURCE(CLICKHOUSE(DB '{shop}' TABLE 'zsource'))"
    definition = f"(id UInt64, v String) PRIMARY KEY id {source} LAYOUT(FLAT()) LIFETIME(0)"
    return Dictionary(name, definition, config=ViewConfig(life_cycle=FM))


def defaulting(expression):
    return declared_as(
        "a", ["id UInt64", f"v String DEFAULT {expression}"], OlapConfig(order_by_fields=["id"])
    )


SOURCE = declared("zsource", COLUMNS)
JOINED = declared("zjoin", COLUMNS, engine=JoinEngine("ANY", "LEFT", ["id"]), order_by_fields=[])
SET = declared("zset", "id UInt64", engine=SetEngine(), order_by_fields=[])
FILLED = declared("filled", COLUMNS)
NAMED = {
    "dictionary in a default": lambda shop: (
        *(SOURCE, lookup(shop)),
        defaulting(f"dictGet('{shop}.zdict', 'v', id)"),
    ),
    "dictionary in a view": lambda shop: (
        *(SOURCE, lookup(shop)),
        a_view(f"SELECT dictGet('{shop}.zdict', 'v', 1) AS v"),
    ),
    "dictionary as a table": lambda shop: (
        *(SOURCE, lookup(shop)),
        a_view(f"SELECT * FROM dictionary('{shop}.zdict')"),
    ),
    "dictionary in a materialized view": lambda shop: (
        *(SOURCE, FILLED, lookup(shop)),
        materialized(
            f"SELECT id, dictGet('{shop}.zdict', 'v', id) AS v FROM zsource", target_table="filled"
        ),
    ),
    "join in a default": lambda shop: (JOINED, defaulting(f"joinGet('{shop}.zjoin', 'v', id)")),
    "set in a materialized column": lambda shop: (
        SET,
        declared_as(
            "a",
            ["id UInt64", f"v UInt8 MATERIALIZED id IN {shop}.zset"],
            OlapConfig(order_by_fields=["id"]),
        ),
    ),
    "merge in a view": lambda shop: (
        *(a_view(f"SELECT * FROM merge('{shop}', '^zview$')"), a_view("SELECT 1", name="zview")),
    ),
    "view over a table with a default": lambda shop: (
        *(SOURCE, lookup(shop), defaulting(f"dictGet('{shop}.zdict', 'v', id)")),
        *(a_view("SELECT id FROM a", name="b"), a_view("SELECT id FROM b", name="c")),
    ),
}


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
def test_the_first_run_makes_everything_whatever_names_what(db, named):
    everything = named(db.database)
    db.clickhouse.writes.clear()

    outcome = db.reconcile(*everything)

    made = sorted(result.action.resource.name for result in outcome.results)
    assert made == sorted(one.name for one in everything)
    assert outcome.after.plan.steps == ()
    assert db.plan(*everything) == {}


def test_what_can_never_be_made_is_reported_once_and_holds_up_no_other(db):
    broken = defaulting(f"dictGet('{db.database}.nowhere', 'v', id)")
    everything = (
        SOURCE,
        broken,
        lookup(db.database),
        a_view("SELECT v FROM zsource WHERE nothing"),
    )

    outcome = reconcile(db.project(*everything), db.clickhouse, Options(**db.options))

    assert [result.action.resource.name for result in outcome.failures] == ["a", "recent"]
    assert len(outcome.results) == len(everything)
    assert db.value("SELECT count() FROM system.tables WHERE database || '.' = 'shop.'") == 2


def test_a_refusal_that_nothing_made_later_can_heal_is_not_sent_again(db):
    names = []
    everything = (SOURCE, a_view("SELECT throwIf(1) FROM"), a_view("SELECT 1", name="zview"))

    outcome = reconcile(
        db.project(*everything),
        db.clickhouse,
        Options(**db.options),
        callbacks=RunCallbacks(started=names.append),
    )

    assert [result.action.resource.name for result in outcome.failures] == ["recent"]
    assert len([sql for sql in db.writes() if "`recent`" in sql]) == 1
    assert sorted(action.resource.name for action in names) == ["recent", "zsource", "zview"]
