"""A change that a proof allows loses no value that is acknowledged until it is made."""

import os
import re
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from scenarios.database import DP, FM, TestDatabase, declared_as
from traffic.conftest import LEASE
from traffic.proxy import Fault, TrafficProxy

from moose_dagster import LifeCycle, OlapConfig, Options, reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.errors import MooseDagsterError

# `make soak` tries every kind of change.
SOAK = bool(os.environ.get("MOOSE_SOAK_STEP"))
OLD = "toDateTime('2020-01-01 00:00:00')"
TTL = "v + INTERVAL 100 DAY"


@dataclass(frozen=True)
class Case:
    """A change that depends on what is stored.

    Attributes:
        live: The type of v.
        desired: The declared type of v, and its properties.
        fits: A value that the change keeps, as SQL.
        unfit: One that it would not keep.
        ttl: The declared TTL of the table.
        word: What is in the statement that makes the change.
    """

    live: str
    desired: str
    fits: str
    unfit: str
    ttl: str = ""
    word: str = "MODIFY COLUMN"

    def declared(self, name: str, life_cycle: LifeCycle) -> Any:
        config = OlapConfig(life_cycle=life_cycle, order_by_fields=["id"], ttl=self.ttl or None)
        return declared_as(name, ["id Int64", f"v {self.desired}"], config)


CASES = {
    "narrower": Case("UInt64", "UInt32", "7", "5000000000"),
    "signed": Case("Int64", "Int8", "7", "300"),
    "wide": Case("Int128", "Int64", "7", "toInt128('170141183460469231731687303715884105727')"),
    "negative": Case("Int32", "UInt32", "7", "-1"),
    "flag": Case("UInt8", "Bool", "1", "2"),
    "float": Case("Float64", "Float32", "0.5", "0.1"),
    "whole": Case("Int64", "Float32", "7", "16777217"),
    "decimal": Case("Decimal(18, 4)", "Decimal(18, 2)", "7.5", "toDecimal64('1.2345', 4)"),
    "not_null": Case("Nullable(Int64)", "Int64", "7", "NULL"),
    "number": Case("String", "UInt32", "'7'", "'abc'"),
    "small": Case("String", "UInt8", "'7'", "'300'"),
    "fixed": Case("String", "FixedString(3)", "'abc'", "'abcd'"),
    "moment": Case(
        "DateTime64(6)",
        "DateTime64(3)",
        "'2026-01-01 00:00:00'",
        "toDateTime64('2026-01-01 00:00:00.000001', 6)",
    ),
    "member": Case("Enum8('a' = 1, 'b' = 2)", "Enum8('a' = 1)", "'a'", "'b'"),
    "word": Case("LowCardinality(Nullable(String))", "LowCardinality(String)", "'a'", "NULL"),
    "elements": Case("Array(Int64)", "Array(Int8)", "[7]", "[300]"),
    "mapped": Case("Map(String, Int64)", "Map(String, Int8)", "map('a', 7)", "map('a', 300)"),
    "tuple": Case("Tuple(a Int64)", "Tuple(a Int8)", "tuple(7)", "tuple(300)"),
    "expiring": Case("DateTime", "DateTime", "now()", OLD, TTL, "MODIFY TTL"),
    "clearing": Case("DateTime", f"DateTime TTL {TTL}", "now()", OLD),
}


class Desk:
    """Tables whose changes a proof allows, and what was acknowledged of them."""

    def __init__(self, db: TestDatabase, proxy: TrafficProxy, names: Sequence[str]) -> None:
        self.db = db
        self.proxy = proxy
        self.left = list(names)
        for name in names:
            case = CASES[name]
            db.live(
                f"{name} (id Int64, v {case.live}) ENGINE = MergeTree ORDER BY id",
                f"SELECT 1, {case.fits}",
            )

    def insert_at(self, word: str, statement: str) -> None:
        """Insert what does not fit where *statement* makes the change, and has *word*."""
        for name in self.left:
            if (
                f"{self.db.database}__{name}__" in statement
                and (word or CASES[name].word) in statement
            ):
                self.left.remove(name)
                self.db.raw(f"INSERT INTO shop.{name} SELECT 2, {CASES[name].unfit}")
                return

    def run(self, tables: Sequence[Any], url: str = "") -> Any:
        options = Options(**self.db.options, adopt=True, lock_lease=LEASE, wait_for_lock=9)
        if not url:
            return reconcile(self.db.project(*tables), self.db.clickhouse, options)
        with connect(ClickHouseAddress.from_url(url)) as clickhouse:
            return reconcile(self.db.project(*tables), clickhouse, options)

    def has(self, table: str, value: str) -> bool:
        """Tell whether *table* or what the trash keeps of it has that *value* of v."""
        shown = f"ifNull(toString(CAST({value}, '{_in_text(CASES[table].live)}')), 'NULL')"
        trashed = self.db.rows(
            "SELECT database, name FROM system.tables WHERE startsWith(name, "
            f"'{self.db.database}__{table}__') AND database = '{self.db.options['trash_database']}'"
        )
        return any(
            self.db.value(
                f"SELECT countIf(ifNull(toString(v), 'NULL') = {shown}) FROM `{database}`.`{name}`"
            )
            for database, name in [*trashed, (self.db.database, table)]
        )

    def type_of(self, table: str) -> str:
        shown = self.db.value(f"SELECT any(toTypeName(v)) FROM shop.{table}")
        return re.sub(r"\(\s+", "(", shown)


def _in_text(type_: str) -> str:
    return type_.replace("'", "\\'")


# One of each way in which a value may not fit, where not all of them are tried.
SOME = ["narrower", "number", "not_null", "expiring"]
MORE = [*SOME, "float", "word", "mapped", "clearing"]


@pytest.mark.parametrize(
    ("life_cycle", "word", "names"),
    [
        pytest.param(DP, "", [*CASES] if SOAK else MORE, id="protected, before the ALTER"),
        pytest.param(DP, "EXCHANGE", SOME, id="protected, before the EXCHANGE"),
        pytest.param(FM, "", SOME, id="before the ALTER"),
        pytest.param(FM, "EXCHANGE", SOME, id="before the EXCHANGE"),
    ],
)
def test_a_value_that_comes_after_the_proof_is_kept(
    connected: Any, proxy: TrafficProxy, life_cycle: LifeCycle, word: str, names: list[str]
):
    desk = Desk(TestDatabase(connected), proxy, names)
    proxy.choose(-1, Fault.PASSED)
    proxy.watch = lambda statement: desk.insert_at(word, statement)
    tables = [CASES[name].declared(name, life_cycle) for name in names]

    outcome = desk.run(tables, proxy.url)

    assert desk.left == []
    failures = {result.action.resource.name: result.error for result in outcome.failures}
    assert failures.keys() == set(names)
    for name in names:
        case = CASES[name]
        desk.db.raw(f"OPTIMIZE TABLE shop.{name} FINAL")
        assert (name, desk.has(name, case.unfit)) == (name, True)
        if word:
            assert "__" + name + "__" in failures[name]  # where it is kept
        else:
            assert (name, desk.type_of(name)) == (name, case.live)
            assert desk.db.value(f"SELECT count() FROM shop.{name}") == 2


@pytest.mark.parametrize("life_cycle", [DP, FM])
def test_an_insert_that_began_before_is_in_the_table_or_the_trash(
    connected: Any, proxy: TrafficProxy, life_cycle: LifeCycle
):
    desk = Desk(TestDatabase(connected), proxy, ["narrower"])
    slow = (
        f"INSERT INTO {desk.db.database}.narrower SELECT 100 + number, "
        "if(number % 3 = 2, 5000000000 + number, number) + sleepEachRow(0.5) FROM numbers(6) "
        "SETTINGS max_block_size = 1, min_insert_block_size_rows = 1"
    )

    def insert() -> None:
        with connected.another() as connection:
            connection.command(slow)

    writer = threading.Thread(target=insert)

    def begin() -> None:
        writer.start()
        running = f"system.processes WHERE query LIKE 'INSERT INTO {desk.db.database}.narrower %'"
        while not desk.db.value(f"SELECT count() FROM {running}"):
            time.sleep(0.05)

    proxy.choose("EXCHANGE", Fault.PASSED, begin)
    outcome = desk.run([CASES["narrower"].declared("narrower", life_cycle)], proxy.url)
    writer.join()

    rows = desk.db.rows("SELECT id, v FROM shop.narrower ORDER BY id")
    assert rows == [(1, 7), (100, 0), (101, 1), (103, 3), (104, 4)]
    assert desk.has("narrower", "5000000002")
    assert desk.has("narrower", "5000000005")
    (failure,) = outcome.failures
    assert failure.error.count("a value of v that UInt32 does not keep") == 2


KILLED = {4: Fault.KILLED_BEFORE, 9: Fault.KILLED_AFTER, 12: Fault.KILLED_AFTER}
EVERY = [(at, fault) for at in range(30) for fault in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)]


@pytest.mark.parametrize(("at", "fault"), EVERY if SOAK else [*KILLED.items()])
def test_a_killed_run_loses_no_value_that_does_not_fit(
    connected: Any, proxy: TrafficProxy, at: int, fault: Fault
):
    desk = Desk(TestDatabase(connected), proxy, ["narrower"])
    table = CASES["narrower"].declared("narrower", DP)
    types = list[str]()

    def insert() -> None:
        types.append(desk.type_of("narrower"))
        desk.db.raw("INSERT INTO shop.narrower VALUES (2, 5000000000)")

    proxy.choose(at, fault, insert)
    with suppress(MooseDagsterError):
        desk.run([table], proxy.url)

    outcomes = [desk.run([table]) for _ in range(2)]

    if types == ["UInt64"]:  # what came later was converted by the insert itself
        assert desk.has("narrower", "5000000000")
    assert desk.db.value("SELECT count() FROM shop.narrower WHERE id = 1") == 1
    assert outcomes[-1].failures == ()
    assert outcomes[-1].after.plan.notes == ()
    assert "max_bytes_to_merge" not in desk.db.value("SHOW CREATE TABLE shop.narrower")
