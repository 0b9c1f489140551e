"""What somebody else made over a table is named before the table is renamed or loses something."""

import pytest
from scenarios.database import DP, FM, declared

from moose_dagster import JoinEngine, RenamedFrom, View, ViewConfig

COLUMNS = "id UInt64; v UInt64"
DICTIONARY = (
    "(id UInt64, v UInt64) PRIMARY KEY id SOURCE(CLICKHOUSE(TABLE 'orders' DB '{shop}')) "
    "LAYOUT(FLAT()) LIFETIME(0)"
)
READERS = {
    "view": "CREATE VIEW shop.others AS SELECT id, v FROM shop.orders",
    "view of everything": "CREATE VIEW shop.others AS SELECT * FROM shop.orders",
    "view with a subquery": "CREATE VIEW shop.others AS SELECT 1 AS x WHERE 1 IN "
    "(SELECT v FROM shop.orders)",
    "refreshable view": "CREATE MATERIALIZED VIEW shop.others REFRESH EVERY 1 YEAR "
    "(id UInt64, v UInt64) ENGINE = Memory AS SELECT id, v FROM shop.orders",
    "buffer": "CREATE TABLE shop.others (id UInt64, v UInt64) "
    "ENGINE = Buffer('{shop}', 'orders', 1, 10, 100, 10, 100, 10, 100)",
    "alias": "CREATE TABLE shop.others ENGINE = Alias('{shop}', 'orders')",
    "dictionary": f"CREATE DICTIONARY shop.others {DICTIONARY}",
}


def orders(columns=COLUMNS, life_cycle=FM, **config):
    return declared("orders", columns, life_cycle, **config)


def renamed_column(life_cycle=FM):
    table = orders("id UInt64; w UInt64", life_cycle)
    table.model.model_fields["w"].metadata.append(RenamedFrom("v"))
    return table


def with_reader(db, reader):
    db.reconcile(orders())
    db.raw(READERS[reader].replace("{shop}", db.database))


def only_step(db, *tables, **options):
    (step,) = db.plan_result(*tables, **options).plan.steps
    return step


@pytest.mark.parametrize(
    ("reader", "fully", "protected"),
    [
        ("view", "APPLY", "BLOCK"),
        ("view of everything", "APPLY", "BLOCK"),
        ("view with a subquery", "APPLY", "BLOCK"),
        ("refreshable view", "BLOCK", "BLOCK"),
        ("buffer", "APPLY", "BLOCK"),
        ("dictionary", "APPLY", "BLOCK"),
        ("alias", "APPLY", "APPLY"),
    ],
)
def test_a_column_is_renamed_under_a_reader_of_others_only_where_that_may_fail(
    db, reader, fully, protected
):
    with_reader(db, reader)

    of_both = only_step(db, renamed_column()), only_step(db, renamed_column(DP))

    assert [step.verdict.value for step in of_both] == [fully, protected]
    assert [f"{db.database}.others" in step.reason for step in of_both] == [
        reader != "alias", reader != "alias",
    ]  # fmt: skip


@pytest.mark.parametrize("reader", ["view", "view of everything", "buffer", "dictionary"])
def test_a_column_that_a_reader_of_others_needs_goes_with_its_name_in_the_reason(db, reader):
    with_reader(db, reader)

    step = only_step(db, orders("id UInt64"))

    assert step.verdict.value == "APPLY"
    assert f"{db.database}.others, which this run does not change, reads it" in step.reason


@pytest.mark.parametrize(
    ("reader", "fully", "protected"),
    [
        ("view", "APPLY", "BLOCK"),
        ("view with a subquery", "APPLY", "BLOCK"),
        ("buffer", "APPLY", "BLOCK"),
        ("alias", "APPLY", "BLOCK"),
        ("dictionary", "BLOCK", "BLOCK"),
    ],
)
def test_a_table_is_renamed_under_a_reader_of_others_only_where_that_may_fail(
    db, reader, fully, protected
):
    with_reader(db, reader)

    steps = [
        only_step(db, declared("sales", COLUMNS, life_cycle, renamed_from="orders"))
        for life_cycle in (FM, DP)
    ]

    assert [step.verdict.value for step in steps] == [fully, protected]
    assert [f"{db.database}.others" in step.reason for step in steps] == [True, True]


def test_other_changes_of_a_table_wait_for_its_rename(db):
    with_reader(db, "dictionary")
    sales = declared("sales", f"{COLUMNS}; note String", renamed_from="orders")

    outcome = db.reconcile(sales)

    reasons = [step.reason for step in outcome.after.plan.steps]
    assert db.plan(sales) == {"table name": "BLOCK", "column note": "BLOCK"}
    assert f"waits until {db.database}.orders may be renamed" in reasons[1]
    assert outcome.results == ()


@pytest.mark.parametrize("reader", READERS)
def test_a_table_that_is_dropped_names_the_readers_of_others(db, reader):
    with_reader(db, reader)

    step = only_step(db, prune=True, allow_mass_removal=True)

    refused = {"dictionary", "refreshable view"}
    assert step.verdict.value == ("BLOCK" if reader in refused else "APPLY")
    assert f"{db.database}.others" in step.reason


def test_a_rename_under_a_view_of_others_is_made_and_loses_nothing(db):
    with_reader(db, "view")
    db.raw("INSERT INTO shop.orders VALUES (1, 2)")

    db.reconcile(renamed_column())

    assert db.rows("SELECT id, w FROM shop.orders") == [(1, 2)]
    assert db.trashed() == ["orders"]


JOINING = {
    "default": (
        "TABLE shop.others (id UInt64, v UInt64 DEFAULT {get}) ENGINE = MergeTree ORDER BY id",
        "BLOCK",
    ),
    "constraint": (
        "TABLE shop.others (id UInt64, CONSTRAINT c CHECK {get} >= 0) ENGINE = Memory",
        "BLOCK",
    ),
    "alias": (
        "TABLE shop.others (id UInt64, v UInt64 ALIAS {get}) ENGINE = Memory",
        "BLOCK",
    ),
    "query with joinGet": ("VIEW shop.others AS SELECT {get}, toUInt64(1) AS id", "APPLY"),
    "query": ("VIEW shop.others AS SELECT * FROM shop.names", "APPLY"),
    "text": ("VIEW shop.others AS SELECT 'names' AS n", "APPLY"),
}


@pytest.mark.parametrize("reader", JOINING)
def test_a_join_table_goes_only_where_the_server_loads_nothing_from_it(db, reader):
    text, verdict = JOINING[reader]
    engine = JoinEngine("ANY", "LEFT", ["id"])
    db.reconcile(orders(), declared("names", COLUMNS, engine=engine, order_by_fields=[]))
    db.raw("CREATE " + text.replace("{get}", f"joinGet('{db.database}.names', 'v', id)"))

    step = only_step(db, orders(), prune=True, allow_mass_removal=True)

    assert step.verdict.value == verdict
    assert (f"{db.database}.others" in step.reason) is (reader != "text")


def test_a_view_that_others_read_is_dropped_with_their_names_in_the_reason(db):
    view = View("shown", "SELECT id FROM orders", config=ViewConfig(life_cycle=FM))
    db.reconcile(orders(), view)
    db.raw("CREATE VIEW shop.others AS SELECT id FROM shop.shown")

    step = only_step(db, orders(), prune=True, allow_mass_removal=True)

    assert step.verdict.value == "APPLY"
    assert f"the view {db.database}.others, which this run does not change" in step.reason
