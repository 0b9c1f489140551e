"""Take over from the live side what could not be read of a live table."""

from dataclasses import replace

from moose_dagster.state.tables import Column, Table


def without_unread(desired: Table, live: Table) -> Table:
    """Return *desired* with every facet that could not be read of *live* as it stands there."""
    if live.unread == desired.unread:
        return desired
    if live.unread.columns:
        return live
    found = replace(desired, unread=live.unread)
    return _without_definition(found, live) if live.unread.definition else found


def _without_definition(desired: Table, live: Table) -> Table:
    return replace(
        desired,
        columns=tuple(
            _printed_alone(column, live.column(column.name)) for column in desired.columns
        ),
        engine=live.engine,
        order_by=live.order_by,
        primary_key=live.primary_key,
        partition_by=live.partition_by,
        sample_by=live.sample_by,
        ttl=live.ttl,
        settings=live.settings,
        indexes=live.indexes,
        projections=live.projections,
        constraints=live.constraints,
    )


def _printed_alone(desired: Column, live: Column | None) -> Column:
    """Return *desired* with the live facets that only the definition of a table tells."""
    if live is None:
        return desired
    return replace(
        desired,
        default=live.default,
        ttl=live.ttl,
        statistics=live.statistics,
        settings=live.settings,
    )
