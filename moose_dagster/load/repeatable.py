"""Whether a table recognizes an INSERT that is sent again, in all that it fills."""

import re
from collections.abc import Iterator

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.loads import WINDOW
from moose_dagster.live.readers import read_readers
from moose_dagster.state.names import TableId
from moose_dagster.state.views import ViewKind

_WINDOW = re.compile(rf"\b{WINDOW} = (\d+)")
_OFF = re.compile(r"\breplicated_deduplication_window = 0\b")
_REPLICATED = ("Replicated", "Shared")


def unrepeatable(clickhouse: ClickHouse, table: TableId) -> Iterator[str]:
    """Yield why a batch that is inserted again could be in *table* twice, or in what it fills.

    Raises:
        ServerError: The server refuses.
    """
    seen = set[TableId]()
    remaining = [table]
    while remaining:
        place = remaining.pop()
        if place in seen:
            continue
        seen.add(place)
        yield from _problem(clickhouse, place)
        for view in read_readers(clickhouse, [place]).views:
            follows = view.kind is ViewKind.MATERIALIZED_VIEW and not view.refresh
            if not follows or place not in view.reads:
                continue
            if view.target is None:
                yield (
                    f"the materialized view {view.id} keeps its rows in a table of its own, which "
                    "can't recognize a repeated INSERT; give it a target_table"
                )
            else:
                remaining.append(view.target)


def _problem(clickhouse: ClickHouse, table: TableId) -> Iterator[str]:
    rows = clickhouse.query(
        "SELECT engine, engine_full FROM system.tables WHERE database = %(database)s AND "
        "name = %(name)s",
        {"database": table.database, "name": table.name},
    )
    for engine, full in rows:
        if engine == "Null":
            continue  # it keeps nothing; what views make of it is checked with their tables
        if not engine.endswith("MergeTree"):
            yield f"{table} can't recognize a repeated INSERT, since its engine is {engine}"
        elif engine.startswith(_REPLICATED):
            if _OFF.search(full):
                yield f"{table} has replicated_deduplication_window = 0"
        elif int(next(iter(_WINDOW.findall(full)), "0")) == 0:
            yield f"{table} lacks the setting {WINDOW}; apply the plan, which sets it"
