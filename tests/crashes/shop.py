"""A shop in two states, more than thirty changes apart; one of them is a rebuild."""

from typing import Any

from scenarios.database import FM, declared_as

from moose_dagster import (
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    ReplacingMergeTreeEngine,
    TableConstraint,
    TableIndex,
    TableProjection,
    View,
    ViewConfig,
)

STATES = ("A", "B")
# Those that are there in both states, and so are never allowed to be missing.
LASTING = (
    "orders",
    "payments",
    "customers",
    "visits",
    "totals",
    "small0",
    "small1",
    "small2",
    "recent",
)


def shop(state: str) -> list[Any]:
    """Return what the code declares in *state*, "A" or "B"."""
    b = state == "B"
    return [
        orders(b=b),
        payments(b=b),
        customers(b=b),
        visits(b=b),
        table("totals", ["id Int64", "n UInt64"], order_by_fields=["id"]),
        *(small(number, b=b) for number in range(3)),
        table("only_b" if b else "only_a", ["id Int64"], order_by_fields=["id"]),
        view(b=b),
        materialized(b=b),
    ]


def table(name: str, columns: list[str], **config: Any) -> Any:
    return declared_as(name, columns, OlapConfig(life_cycle=FM, **config))


def orders(*, b: bool) -> Any:
    columns = ["id Int64", "day Date", "v Int64", *(["note String"] if b else [])]
    key = ["day", "id"] if b else ["id", "day"]
    return table(
        "orders",
        columns,
        order_by_fields=key,
        partition_by="day",
        comment="by day" if b else "by id",
    )


def payments(*, b: bool) -> Any:
    columns = [
        "id Int64",
        "day Date",
        "amount Int64" if b else "amount Int32",
        "status String DEFAULT 'seen' CODEC(LZ4HC)"
        if b
        else "status String DEFAULT 'new' CODEC(ZSTD)",
        "state Enum8('new' = 1, 'paid' = 2)" if b else "state Enum8('new' = 1)",
        "later Nullable(String)" if b else "former LowCardinality(String)",
    ]
    index = TableIndex(
        name="by_status" if b else "by_day", expression="status" if b else "day", type="minmax"
    )
    return table(
        "payments",
        columns,
        order_by_fields=["id"],
        indexes=[index],
        projections=[TableProjection(name="daily", body="SELECT day, count() GROUP BY day")]
        if b
        else [],
        constraints=[TableConstraint(name="positive", expression="id >= 0")] if b else [],
        ttl="day + INTERVAL 50 YEAR" if b else "day + INTERVAL 40 YEAR",
        settings={"merge_with_ttl_timeout": 7200 if b else 3600},
        comment="money" if b else "",
    )


def customers(*, b: bool) -> Any:
    columns = [
        "id Int64",
        "name String COMMENT 'full'" if b else "name String",
        "city LowCardinality(String)",
    ]
    return table(
        "customers",
        [*columns, *(["born Date"] if b else ["age UInt8 DEFAULT 1"])],
        order_by_fields=["id"],
    )


def visits(*, b: bool) -> Any:
    engine = ReplacingMergeTreeEngine(ver="at")
    columns = ["id Int64", "at DateTime", "page String CODEC(ZSTD(3))" if b else "page String"]
    return table(
        "visits", columns, order_by_fields=["id"], engine=engine, comment="b" if b else "a"
    )


def small(number: int, *, b: bool) -> Any:
    columns = [
        "id Int64",
        f"{'b' if b else 'a'} Int64",
        "n UInt64 DEFAULT 2" if b else "n UInt64 DEFAULT 1",
    ]
    return table(f"small{number}", columns, order_by_fields=["id"], comment="b" if b else "a")


def view(*, b: bool) -> Any:
    return View(
        "recent",
        f"SELECT id, day FROM payments WHERE id > {1 if b else 0}",
        config=ViewConfig(life_cycle=FM),
    )


def materialized(*, b: bool) -> Any:
    query = "SELECT id, count() AS n FROM payments GROUP BY id" + (" HAVING n > 0" if b else "")
    options = MaterializedViewOptions(
        select_statement=query,
        materialized_view_name="totals_mv",
        life_cycle=FM,
        target_table="totals",
    )
    return MaterializedView(options)
