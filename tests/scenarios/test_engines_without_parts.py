"""Tables outside the MergeTree family: what an ALTER would lose is rebuilt or blocked."""

import pytest
from scenarios.database import DP, FM, declared, declared_as

from moose_dagster import OlapConfig, OtherEngine, RenamedFrom
from moose_dagster.risk.engines import IN_PLACE

ENUM = "Enum8('a' = 1, 'b' = 2)"
MORE = "Enum8('a' = 1, 'b' = 2, 'c' = 3)"
BUFFER = "1, 600, 600, 1000000, 1000000, 100000000, 100000000"
ENGINES = {
    "Memory": "Memory",
    "Null": "Null",
    "Buffer": f"Buffer(currentDatabase(), '{{source}}', {BUFFER})",
    "Merge": "Merge(currentDatabase(), '^{source}$')",
}
CELLS = {
    # the live column, the declared one
    "add column": ("", "z String DEFAULT 'z'"),
    "codec": ("z String", "z String CODEC(ZSTD(1))"),
    "wider type": ("z UInt8", "z UInt64"),
    "nullable": ("z String", "z Nullable(String)"),
    "more members": (f"z {ENUM}", f"z {MORE}"),
    "default": ("z UInt8 DEFAULT 1", "z UInt8 DEFAULT 2"),
    "no default": ("z UInt8 DEFAULT 1", "z UInt8"),
    "materialized": ("z UInt64 MATERIALIZED id", "z UInt64 MATERIALIZED id + 1"),
}
VALUES = {"z String": "'5'", f"z {ENUM}": "'b'", "z UInt8": "9", "z UInt8 DEFAULT 1": "9"}


def of_engine(engine, *columns, life_cycle=DP, name="events"):
    config = OlapConfig(
        life_cycle=life_cycle,
        engine=OtherEngine(ENGINES.get(engine, engine).format(source=f"source_{name}")),
        order_by_expression="tuple()",
    )
    return declared_as(name, [column for column in columns if column], config)


@pytest.mark.parametrize("engine", ENGINES)
def test_alters_that_are_allowed_keep_what_is_read(db, engine):
    alters = {alter.replace(" ", "_"): alter for alter in CELLS if alter in IN_PLACE[engine]}
    cells = {name: CELLS[alter] for name, alter in alters.items()}
    for name, (live, _) in cells.items():
        columns = ", ".join(column for column in ("id UInt64", live) if column)
        db.raw(f"CREATE TABLE shop.source_{name} ({columns}) ENGINE = MergeTree ORDER BY id")
    db.reconcile(*(of_engine(engine, "id UInt64", cells[name][0], name=name) for name in cells))
    for name, (live, _) in cells.items():
        into = f"source_{name}" if engine == "Merge" else name
        names, values = ("id, z", f"1, {VALUES[live]}") if live in VALUES else ("id", "1")
        db.raw(f"INSERT INTO shop.{into} ({names}) VALUES ({values})")
    before = {name: read(db, name, cells[name][0]) for name in cells}
    db.writes()
    tables = [of_engine(engine, "id UInt64", cells[name][1], name=name) for name in cells]

    db.reconcile(*tables)

    altered = [text.split("`")[3] for text in db.writes() if text.startswith("ALTER TABLE")]
    assert set(altered) == set(cells)
    assert {name: read(db, name, cells[name][0]) for name in cells} == before
    assert all(rows == [] if engine == "Null" else rows for rows in before.values())
    assert db.plan(*tables) == {}


def read(db, name, live):
    """Return the rows of a table with the live columns that it had."""
    return db.rows(f"SELECT id{', toString(z)' if live else ''} FROM shop.{name}")


def test_a_memory_column_that_stops_being_nullable_is_blocked_under_protection(db):
    db.reconcile(of_engine("Memory", "id UInt64", "s Nullable(String)"))
    db.raw("INSERT INTO shop.events VALUES (1, 'a'), (2, NULL)")

    desired = of_engine("Memory", "id UInt64", "s String")
    db.reconcile(desired)

    assert db.plan(desired) == {"nullability s": "BLOCK"}
    assert db.rows("SELECT id, s FROM shop.events ORDER BY id") == [(1, "a"), (2, None)]


def test_a_memory_column_that_stops_being_nullable_is_rebuilt_with_the_old_table_in_the_trash(db):
    db.reconcile(of_engine("Memory", "id UInt64", "s Nullable(String)", life_cycle=FM))
    db.raw("INSERT INTO shop.events VALUES (1, 'a'), (2, NULL)")

    db.reconcile(of_engine("Memory", "id UInt64", "s String", life_cycle=FM))

    assert db.rows("SELECT id, s FROM shop.events ORDER BY id") == [(1, "a"), (2, "")]
    assert db.in_trash("events", "countIf(s IS NULL)") == 1


@pytest.mark.parametrize("engine", ["Memory", "TinyLog", "StripeLog"])
def test_a_renamed_column_keeps_its_values(db, engine):
    db.reconcile(of_engine(engine, "id UInt64", "note String", life_cycle=FM))
    db.raw("INSERT INTO shop.events VALUES (1, 'a')")
    table = declared(
        "events", "id UInt64; remark String", FM,
        engine=OtherEngine(engine), order_by_expression="tuple()",
    )  # fmt: skip
    table.model.model_fields["remark"].metadata.append(RenamedFrom("note"))

    db.reconcile(table)

    assert db.rows("SELECT id, remark FROM shop.events") == [(1, "a")]
    assert db.plan(table) == {}


@pytest.mark.parametrize("engine", ["TinyLog", "Log", "StripeLog"])
def test_a_log_table_is_rebuilt_for_more_members_of_an_enum(db, engine):
    db.reconcile(of_engine(engine, "id UInt64", f"z {ENUM}", life_cycle=FM))
    db.raw("INSERT INTO shop.events VALUES (1, 'b')")
    assert db.plan(of_engine(engine, "id UInt64", f"z {MORE}")) == {"type z": "BLOCK"}

    table = of_engine(engine, "id UInt64", f"z {MORE}", life_cycle=FM)
    db.reconcile(table)

    assert db.rows("SELECT id, z FROM shop.events") == [(1, "b")]
    assert db.plan(table) == {}


def test_an_engine_that_was_not_measured_is_left_alone(db):
    db.raw("CREATE TABLE shop.events (id UInt64, z String) ENGINE = Set")

    assert db.plan(of_engine("Set", "id UInt64", "z String DEFAULT 'b'", life_cycle=FM)) == {
        "default z": "BLOCK"
    }
