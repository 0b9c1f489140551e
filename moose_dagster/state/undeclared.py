"""What the code leaves to the server is no difference: take it over from the live side."""

from dataclasses import replace

from moose_dagster.state.tables import State, Table


def settled(desired: State, live: State) -> State:
    """Return *desired* with every facet it leaves open filled in from *live*."""
    return State(
        {
            table_id: _settled_table(table, live.tables[table_id]) if table_id in live.tables else table
            for table_id, table in desired.tables.items()
        }
    )


def _settled_table(desired: Table, live: Table) -> Table:
    if desired.primary_key is not None or live.primary_key is None:
        return desired
    # ClickHouse keeps the old primary key when ORDER BY gains a column in place.
    is_prefix = desired.order_by[: len(live.primary_key)] == live.primary_key
    return replace(desired, primary_key=live.primary_key) if is_prefix else desired
