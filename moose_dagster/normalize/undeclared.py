"""Take over from the live side what the code leaves to the server."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from moose_dagster.normalize.unread import without_unread
from moose_dagster.state.enums import numbered_as
from moose_dagster.state.names import TableId
from moose_dagster.state.redacted import REDACTED, may_be
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Engine, Table, without_direction

_SHARED = "Shared"


def fill_undeclared(
    desired: State, live: State, labels_only: Mapping[TableId, Collection[str]] | None = None
) -> State:
    """Return *desired* with every facet it leaves open filled in from *live*.

    Args:
        desired: What the code says.
        live: What is there.
        labels_only: The columns whose Enums are declared by their labels alone, not by numbers.
    """
    open_numbers = labels_only or {}
    tables = dict[TableId, Table]()
    for table_id, table in desired.tables.items():
        live_table = live.tables.get(table_id)
        found = (
            _filled_table(table, live_table, open_numbers.get(table_id, ()))
            if live_table
            else table
        )
        # One object for both sides, so that nothing compares thousands of equal columns again.
        tables[table_id] = live_table if live_table and found == live_table else found
    return State(tables)


def _filled_table(desired: Table, live: Table, labels_only: Collection[str]) -> Table:
    if desired is live:
        return live
    desired = without_unread(desired, live)
    if labels_only:
        columns = (
            _with_numbers(column, live) if column.name in labels_only else column
            for column in desired.columns
        )
        desired = replace(desired, columns=tuple(columns))
    engine = _filled_engine(desired.engine, live.engine)
    settings = {
        name: _shown(value, live.settings.get(name, value))
        for name, value in desired.settings.items()
    }
    primary_key = _filled_primary_key(desired, live)
    if (engine, settings, primary_key) == (desired.engine, desired.settings, desired.primary_key):
        return desired
    return replace(desired, engine=engine, settings=settings, primary_key=primary_key)


def shorter_primary_keys(desired: State, live: State) -> Iterator[str]:
    """Yield a note for each live PRIMARY KEY that is shorter than its declaration implies."""
    for table_id, table in desired.tables.items():
        live_table = live.tables.get(table_id)
        if live_table is None or table.primary_key is not None or live_table.primary_key is None:
            continue
        if _filled_primary_key(table, live_table) is not None:
            yield (
                f"{table_id}: its PRIMARY KEY stays ({', '.join(live_table.primary_key)}), because "
                f"ORDER BY ({', '.join(table.order_by)}) gained columns without a rebuild. Declare "
                "it as primary_key_expression, or declare another key to have the table rebuilt."
            )


def _filled_primary_key(desired: Table, live: Table) -> tuple[str, ...] | None:
    if desired.primary_key is not None or live.primary_key is None:
        return desired.primary_key
    # ClickHouse keeps the old primary key when ORDER BY gains a column in place.
    order_by = tuple(map(without_direction, desired.order_by))
    is_prefix = order_by[: len(live.primary_key)] == live.primary_key
    return live.primary_key if is_prefix else None


def _with_numbers(column: Column, live: Table) -> Column:
    live_column = live.column(column.name)
    return (
        replace(column, type=numbered_as(column.type, live_column.type)) if live_column else column
    )


def _filled_engine(desired: Engine, live: Engine) -> Engine:
    """Return *desired* with the paths and replica names of *live*, which macros choose."""
    arguments = desired.own_arguments
    live_table = live.own_arguments
    # ClickHouse Cloud makes a SharedMergeTree of every MergeTree and ReplicatedMergeTree.
    is_shared = live.name.startswith(_SHARED) and desired.plain_name == live.plain_name
    same_name = is_shared or desired.name.removeprefix(_SHARED) == live.name
    if not same_name or len(arguments) != len(live_table):
        return desired
    shown = tuple(map(_shown, arguments, live_table))
    return live if shown == live_table else replace(desired, arguments=shown)


def _shown(desired: str, live: str) -> str:
    """Return *live* where it differs from *desired* at most in a redacted secret."""
    return (
        live
        if may_be(desired, live) or (REDACTED in desired and may_be(live, desired))
        else desired
    )
