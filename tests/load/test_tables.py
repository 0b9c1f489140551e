"""What tables take: types, values that do not fit, and INSERTs that are sent again."""

from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from moose_dagster import (
    BatchLoad,
    ClickHouseMaterialized,
    Key,
    MemoryEngine,
    UInt8,
    clickhouse_decimal,
    plan_for,
)
from moose_dagster.load.fits import misfit_of

UTC = timezone.utc


class Color(str, Enum):
    RED = "red"
    BLUE = "blue"


class Level(int, Enum):
    LOW = 1
    HIGH = 2


class Place(BaseModel):
    city: str
    number: int | None = None


class Everything(BaseModel):
    id: Key[int]
    small: UInt8
    price: clickhouse_decimal(10, 2)
    color: Color
    level: Level
    day: date
    moment: datetime
    tags: list[str]
    counts: dict[str, int]
    maybe: str | None = None
    uid: UUID
    flag: bool
    place: Place
    real: float = Field(alias="Real")
    double: Annotated[int, ClickHouseMaterialized("small * 2")]


MESSAGE = {
    "id": 1,
    "small": 200,
    "price": "12.50",
    "color": "blue",
    "level": 2,
    "day": "2026-01-31",
    "moment": "2026-01-31T12:00:00+02:00",
    "tags": ["a", "b"],
    "counts": {"a": 1},
    "uid": "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
    "flag": True,
    "place": {"city": "Ulm"},
    "Real": 0.5,
}


def test_values_of_many_types_become_columns(shop):
    shop.model = Everything
    shop.reconcile()
    shop.produce(MESSAGE)

    result = shop.run()

    assert (result.loaded, result.rejected, result.problems) == (1, 0, ())
    row = shop.clickhouse.query(
        "SELECT small, price, color, level, day, toUnixTimestamp(moment), tags, counts, maybe, "
        f"toString(uid), flag, place.city, Real, double FROM {shop.database}.events"
    )[0]
    assert list(row) == [
        *(200, Decimal("12.50"), "blue", "HIGH", date(2026, 1, 31)),
        int(datetime(2026, 1, 31, 10, tzinfo=timezone.utc).timestamp()),
        *(["a", "b"], {"a": 1}, None, MESSAGE["uid"], True, "Ulm", 0.5, 400),
    ]


def test_a_value_that_a_column_can_not_hold_is_a_dead_letter(shop):
    shop.model = Everything
    shop.reconcile()
    shop.produce(
        {**MESSAGE, "small": 300}, {**MESSAGE, "day": "1850-01-01"}, {**MESSAGE, "id": 2**70}
    )
    shop.produce(MESSAGE)

    result = shop.run()

    assert (result.loaded, result.rejected) == (1, 3)
    errors = [one.headers["moose_error"].decode() for one in shop.dead()]
    assert errors[0] == "small: UInt8 can't hold the value"
    assert errors[2] == "id: Int64 can't hold the value"


FITS = [
    ("UInt8", [0, 255], [-1, 256]),
    ("Nullable(Int8)", [None, 127], [128]),
    ("LowCardinality(Nullable(FixedString(2)))", [None, "ü"], ["abc"]),
    ("Decimal(5, 2)", [Decimal("999.99")], [Decimal(1000)]),
    ("Enum8('a' = 1, 'it''s' = 2)", ["a", "it's"], ["b"]),
    ("Array(UInt8)", [[1, 2]], [[1, 300]]),
    ("Map(String, UInt8)", [{"a": 1}], [{"a": 300}]),
    ("Tuple(a UInt8, b String)", [{"a": 1, "b": "x"}], [{"a": 300, "b": "x"}]),
    ("Date", [date(2149, 6, 6)], [date(1969, 12, 31), date(2149, 6, 7)]),
    ("DateTime", [datetime(2100, 1, 1, tzinfo=UTC)], [datetime(2107, 1, 1, tzinfo=UTC)]),
]


@pytest.mark.parametrize(("type_", "fitting", "wrong"), FITS)
def test_a_value_fits_or_not(type_, fitting, wrong):
    misfit = misfit_of(type_)

    assert [misfit(value) for value in fitting] == [""] * len(fitting)
    assert all(misfit(value) for value in wrong)


def test_a_table_that_can_not_recognize_an_insert_is_not_loaded(shop):
    shop.table = {"engine": MemoryEngine()}
    shop.reconcile()
    shop.events(0, 2)

    result = shop.run()

    assert result.loaded == 0
    assert "can't recognize a repeated INSERT, since its engine is Memory" in result.problems[0]

    shop.load = BatchLoad(exactly_once=False)

    assert shop.run().loaded == 2


def test_a_table_without_the_window_is_not_loaded(shop):
    shop.reconcile()
    shop.clickhouse.command(
        f"ALTER TABLE {shop.database}.totals RESET SETTING non_replicated_deduplication_window"
    )
    shop.events(0, 1)

    assert "totals lacks the setting non_replicated" in shop.run().problems[0]


def test_the_window_does_not_drift(shop):
    shop.reconcile()

    result = plan_for(shop.project(), shop.clickhouse, shop.options(), kafka=shop.kafka)

    assert result.plan.steps == ()


class BreakingError(Exception):
    pass


class Breaking:
    """A connection that breaks after an INSERT of rows."""

    def __init__(self, connected):
        self.connected = connected

    def __getattr__(self, name):
        return getattr(self.connected, name)

    def insert_columns(self, *arguments):
        self.connected.insert_columns(*arguments)
        raise BreakingError


@pytest.mark.parametrize(("answer", "count"), [("loaded", 2), ("again", 4)])
def test_a_table_that_was_made_again_is_asked_about(shop, answer, count):
    shop.reconcile()
    shop.events(0, 2)
    with pytest.raises(BreakingError):
        shop.run(Breaking(shop.clickhouse))
    database = shop.database
    shop.clickhouse.command(f"CREATE TABLE {database}.other AS {database}.events")
    shop.clickhouse.command(f"INSERT INTO {database}.other SELECT * FROM {database}.events")
    shop.clickhouse.command(f"EXCHANGE TABLES {database}.other AND {database}.events")

    asked = shop.run()
    done = shop.run(interrupted=answer)

    assert "can't tell whether it has them" in asked.problems[0]
    assert done.problems == ()
    assert len(shop.rows()) == count
    assert shop.run().loaded == 0


def test_a_table_that_does_not_exist_is_a_problem(shop):
    shop.reconcile()
    shop.events(0, 1)
    shop.clickhouse.command(f"DROP TABLE {shop.database}.events SYNC")

    (problem,) = shop.run().problems

    assert f"{shop.database}.events does not exist; apply the plan of the project" in problem
