"""Read what reads or fills some tables, whoever declared it, in one query."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse, Row
from moose_dagster.live.texts import as_sql, readable
from moose_dagster.live.views import LEFT_BY_REPLACE
from moose_dagster.sql.parse import parse_storage
from moose_dagster.sql.reads import read_by_engine, reader_of_view
from moose_dagster.sql.views import parse_view
from moose_dagster.state.graph import Reader
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.views import View, ViewKind

# multiSearchAny takes 255 needles; the server prints other names with escapes.
_MOST_NEEDLES = 255
_PLAIN = re.compile(r"\w+", re.ASCII)
_READERS = f"""
SELECT database, name, engine, {readable("create_table_query")}, {readable("engine_full")},
    loading_dependencies_database, loading_dependencies_table
FROM system.tables
WHERE (notEmpty(loading_dependencies_table) OR engine IN
    ('View', 'MaterializedView', 'Dictionary', 'Distributed', 'Buffer', 'Merge', 'Alias'))"""
_NAMED = (
    "multiSearchAny(create_table_query, %(names)s) OR position(create_table_query, 'erge(') > 0"
)
_KINDS = {
    "View": ViewKind.VIEW,
    "MaterializedView": ViewKind.MATERIALIZED_VIEW,
    "Dictionary": ViewKind.DICTIONARY,
}


@dataclass(frozen=True, slots=True)
class LiveReaders:
    """What may read or fill some tables.

    Attributes:
        readers: What each one reads and fills, in the order of names.
        views: The views among them that can be read as a whole.
    """

    readers: tuple[Reader, ...] = ()
    views: tuple[View, ...] = ()


def read_readers(clickhouse: ClickHouse, tables: Collection[TableId]) -> LiveReaders:
    """Return what may read or fill one of *tables*.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    if not tables:
        return LiveReaders()
    names = sorted({table.name for table in tables})
    text = _READERS
    parameters = dict[str, object]()
    if len(names) <= _MOST_NEEDLES and all(map(_PLAIN.fullmatch, names)):
        text = f"{text} AND ({_NAMED})"
        parameters = {"names": names}
    readers = list[Reader]()
    views = list[View]()
    for row in clickhouse.query(f"{text} ORDER BY 1, 2", parameters):
        if row[1].startswith(LEFT_BY_REPLACE):
            continue
        view = _view(row)
        if view is None:
            readers.append(_reader(row))
            continue
        readers.append(replace(reader_of_view(view), is_declared=False))
        if view.kind is not ViewKind.DICTIONARY:
            views.append(view)
    return LiveReaders(tuple(readers), tuple(views))


def _view(row: Row) -> View | None:
    database, name, engine, create = row[:4]
    # A table of the engine Dictionary reads a dictionary and is none.
    if engine not in _KINDS or not create or create.startswith("CREATE TABLE "):
        return None
    return parse_view(ViewId(database, name), _KINDS[engine], as_sql(create))


def _reader(row: Row) -> Reader:
    """Return what a table reads, and a view whose text the server does not show."""
    database, name, engine, create, engine_full, databases, others = row
    place = TableId(database, name)
    loaded_from = [*map(TableId, databases, others)]
    over = [*_over(engine_full, database)]
    is_view = engine in _KINDS and not create.startswith("CREATE TABLE ")
    kind = _KINDS[engine].value.lower() if is_view else "table"
    return Reader(
        ViewId(database, name) if is_view else place,
        f"{engine} table" if over or engine == "Merge" else kind,
        tuple(one for one in dict.fromkeys((*loaded_from, *over)) if one != place),
        text=as_sql(create),
        is_loaded_from=bool(loaded_from),
        is_declared=False,
    )


def _over(engine_full: str, database: str) -> Iterator[TableId]:
    if engine_full.startswith(("Distributed", "Buffer", "Alias", "Dictionary")):
        yield from read_by_engine(parse_storage(as_sql(engine_full)).engine, database)
