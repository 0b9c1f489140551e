"""Read live views in a constant number of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.clients.clickhouse import ClickHouse, Row
from moose_dagster.live.tables import Facts, read_facts
from moose_dagster.live.texts import as_sql, is_text, readable
from moose_dagster.sql.parse import has_deprecated_keys
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.sql.views import parse_view
from moose_dagster.state.names import NIL_UUID, TableId, ViewId
from moose_dagster.state.views import (
    View,
    ViewKind,
)

# Beyond this many names the IN list would near the server's max_query_size of 256 KiB.
_MOST_NAMES = 2_000
_VIEWS = f"""
SELECT database, name, toString(uuid), engine, {readable("create_table_query")},
    {readable("comment")}, total_rows, total_bytes
FROM system.tables WHERE engine = 'MaterializedView'"""
_KINDS: Mapping[str, ViewKind] = {
    "View": ViewKind.VIEW,
    "MaterializedView": ViewKind.MATERIALIZED_VIEW,
    "Dictionary": ViewKind.DICTIONARY,
}
LEFT_BY_REPLACE = "_tmp_replace_"
"""How the name begins of what an interrupted CREATE OR REPLACE leaves."""


@dataclass(frozen=True, slots=True)
class LiveViews:
    """The live side of a plan of views.

    Attributes:
        views: Those that were asked for, as the server prints them.
        materialized: Every materialized view of the server: it can be broken by a change of what it
            reads.
        facts: Rows and uuid of `views`.
        storage: The quoted name of the table that a materialized view keeps rows of its own in.
        taken: The engine of a table that stands where a view was asked for, or that the view there
            can't be read.
    """

    views: Mapping[ViewId, View]
    materialized: tuple[View, ...] = ()
    facts: Mapping[ViewId, Facts] = field(default_factory=dict[ViewId, Facts])
    storage: Mapping[ViewId, str] = field(default_factory=dict[ViewId, str])
    taken: Mapping[ViewId, str] = field(default_factory=dict[ViewId, str])


def read_views(clickhouse: ClickHouse, ids: Collection[ViewId]) -> LiveViews:
    """Read those of *ids* that exist, and every materialized view, in one query.

    A materialized view whose own storage is missing has none (`inner=None`), and no target.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    selected = frozenset(ids)
    rows = [row for row in _rows(clickhouse, selected) if not row[1].startswith(LEFT_BY_REPLACE)]
    views = dict[ViewId, View]()
    facts = dict[ViewId, Facts]()
    kept_in = dict[ViewId, TableId]()
    materialized = list[View]()
    taken = dict[ViewId, str]()
    for database, name, uuid, engine, text, comment, count, size in rows:
        id_ = ViewId(database, name)
        # A table of the engine Dictionary reads a dictionary and is none.
        if engine not in _KINDS or text.startswith("CREATE TABLE "):
            taken[id_] = engine
            continue
        # The server prints none where it could not read the text again.
        if not text or not is_text(comment):
            taken[id_] = f"a {engine} that can't be read"
            continue
        view = replace(parse_view(id_, _KINDS[engine], as_sql(text)), comment=comment)
        if view.kind is ViewKind.MATERIALIZED_VIEW:
            materialized.append(view)
        if view.inner is not None and has_deprecated_keys(view.inner.engine, view.inner.order_by):
            taken[id_] = f"a {engine} that can't be read, as its keys are arguments of its engine"
            continue
        if id_ in selected:
            views[id_] = view
            facts[id_] = Facts(uuid, count, size)
            if view.inner is not None:
                kept_in[id_] = _storage(id_, uuid)
    # The server tells the rows of a view's own storage; where it tells none, that may have been
    # dropped.
    without_storage = _missing(
        clickhouse,
        {id_: storage_table for id_, storage_table in kept_in.items() if facts[id_].rows is None},
    )
    views |= {id_: replace(views[id_], inner=None) for id_ in without_storage}
    storage = {
        id_: quoted_table(storage_table)
        for id_, storage_table in kept_in.items()
        if id_ not in without_storage
    }
    return LiveViews(views, tuple(materialized), facts, storage, taken)


def _rows(clickhouse: ClickHouse, selected: Collection[ViewId]) -> Sequence[Row]:
    if not selected:
        return clickhouse.query(_VIEWS)
    parameters: dict[str, object] = {"databases": sorted({view.database for view in selected})}
    by_name = ""
    names = sorted({view.name for view in selected})
    if len(names) <= _MOST_NAMES:
        parameters["names"] = names
        by_name = " AND name IN %(names)s"
    rows = clickhouse.query(
        f"{_VIEWS} OR (database IN %(databases)s{by_name}) ORDER BY database, name", parameters
    )
    return [
        row for row in rows if row[3] == "MaterializedView" or ViewId(row[0], row[1]) in selected
    ]


def _missing(clickhouse: ClickHouse, kept_in: Mapping[ViewId, TableId]) -> frozenset[ViewId]:
    """Return the views of *kept_in* whose table is not there."""
    storages = read_facts(clickhouse, {*kept_in.values()}) if kept_in else {}
    return frozenset(view for view, table in kept_in.items() if table not in storages)


def _storage(view: ViewId, uuid: str) -> TableId:
    name = f".inner.{view.name}" if uuid == NIL_UUID else f".inner_id.{uuid}"
    return TableId(view.database, name)
