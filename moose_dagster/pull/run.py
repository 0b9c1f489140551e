"""Read the servers and write the modules."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.errors import MooseDagsterError
from moose_dagster.live.tables import LiveTables, read_tables
from moose_dagster.live.texts import as_sql, is_text, readable
from moose_dagster.live.topics import LiveTopics, read_topics
from moose_dagster.live.view_columns import with_column_lists
from moose_dagster.live.views import read_views
from moose_dagster.pull.files import pulled_modules, write_files
from moose_dagster.pull.modules import (
    PROJECT,
    STREAMS,
    FoundTables,
    Pulled,
    docstring,
    pulled,
    title_of,
)
from moose_dagster.pull.options import PullOptions
from moose_dagster.risk.engines import is_table
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.topics import TopicId
from moose_dagster.state.views import View

# A table of the engine Dictionary is a table that reads a dictionary.
_NAMES = f"""
SELECT database, {readable("name")},
    if(startsWith(engine_full, 'Dictionary('), 'Dictionary table', engine)
FROM system.tables
WHERE NOT is_temporary AND database IN %(databases)s ORDER BY database, name"""
_VIEWS = frozenset({"View", "MaterializedView", "Dictionary"})
# Topics of brokers and schema registries.
_INTERNAL = ("__", "_schemas")


def pull(
    clickhouse: ClickHouse | None = None,
    kafka: Kafka | None = None,
    options: PullOptions | None = None,
) -> Pulled:
    """Write Python modules that declare what is live; the servers are only read.

    A plan of what was written against the same servers is empty. A file that was edited since it
    was pulled stays as it is, and what is live now is written beside it. A module of a server or
    database that this pull does not look at stays in the project.

    Args:
        clickhouse: A connection, for tables.
        kafka: A connection, for topics.
        options: What is pulled, and where to.

    Raises:
        ServerError: A server can't be read.
        MooseDagsterError: A file that was not pulled is in the way, or a database does not exist;
            nothing was written.
    """
    options = options or PullOptions()
    result = read(clickhouse, kafka, options)
    messages = write_files(result.files, options.folder, overwrite=options.overwrite)
    return replace(
        result, notes=(*result.notes, *messages, *_outdated_files(result, options.folder))
    )


def read(clickhouse: ClickHouse | None, kafka: Kafka | None, options: PullOptions) -> Pulled:
    """Return what `pull` would write.

    Raises:
        ServerError: A server can't be read.
        MooseDagsterError: A database does not exist.
    """
    found = _read_tables(clickhouse, options) if clickhouse else FoundTables(LiveTables(State()))
    topics = LiveTopics()
    if kafka:
        names = (TopicId(name) for name in kafka.layouts().found if not name.startswith(_INTERNAL))
        topics = read_topics(kafka, [topic for topic in names if options.takes(topic)])
    others = _not_looked_at(options, tables=clickhouse is not None, topics=kafka is not None)
    return pulled(found, topics, options.life_cycle, options.project, tuple(others))


def _not_looked_at(options: PullOptions, *, tables: bool, topics: bool) -> Iterator[str]:
    """Yield the modules of an earlier pull about what this one does not look at.

    Args:
        options: What is pulled, and where to.
        tables: Whether a ClickHouse is looked at.
        topics: Whether a Kafka is looked at.
    """
    databases = [docstring(title_of(database)) for database in options.databases]
    for path in pulled_modules(options.folder):
        lines = path.read_text(encoding="utf-8").splitlines()
        if path.stem == STREAMS:
            is_seen = topics
        else:
            is_seen = tables and (not databases or lines[1] in databases)
        if path.stem != PROJECT and not is_seen:
            yield path.stem


def _read_tables(clickhouse: ClickHouse, options: PullOptions) -> FoundTables:
    databases = [
        str(name) for (name,) in clickhouse.query("SELECT name FROM system.databases ORDER BY name")
    ]
    missing = [name for name in options.databases if name not in databases]
    if missing:
        raise MooseDagsterError(
            f"there is no database {', '.join(missing)}; "
            f"the server has {', '.join(databases)}. Nothing was written."
        )
    selected = [name for name in databases if options.takes_database(name)]
    rows = clickhouse.query(_NAMES, {"databases": selected}) if selected else ()
    nameless = tuple(
        f"{database}.{as_sql(name)}: not declared: its name is not valid UTF-8."
        for database, name, _ in rows
        if not is_text(name)
    )
    found = [
        (TableId(database, name), str(engine)) for database, name, engine in rows if is_text(name)
    ]
    found = [(table, engine) for table, engine in found if options.takes(table)]
    others = tuple(
        f"{table}: not declared: it is a {engine}."
        for table, engine in found
        if not is_table(engine) and engine not in _VIEWS
    )
    views = {
        ViewId(table.database, table.name): engine for table, engine in found if engine in _VIEWS
    }
    seen = read_views(clickhouse, views).views if views else dict[ViewId, View]()
    unread = tuple(
        f"{view}: not declared: the {engine} can't be read."
        for view, engine in views.items()
        if view not in seen
    )
    return FoundTables(
        tables=read_tables(clickhouse, [table for table, engine in found if is_table(engine)]),
        views=with_column_lists(clickhouse, seen.values()),
        others=(*nameless, *others, *unread),
    )


def _outdated_files(result: Pulled, folder: Path) -> Iterator[str]:
    for path in pulled_modules(folder):
        if path.name not in result.files and path.stem not in result.not_looked_at:
            yield (
                f"{path} was written by an earlier pull and not by this one; "
                "remove it if it is not needed."
            )
