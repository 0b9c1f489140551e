"""Make the databases of an environment from those of another one, and drop them again."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.ddl.rebuild import attach_all
from moose_dagster.declare.project import Project
from moose_dagster.errors import ReconcileError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.data_parts import server_time
from moose_dagster.live.tables import table_exists
from moose_dagster.reconciliation.project_writer import ProjectWriter
from moose_dagster.reconciliation.results import Options, ReconcileResult
from moose_dagster.reconciliation.run import reconcile
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.tables import Table

_MARK = "moose_dagster clone "
# What reads a queue takes the messages away from the original, unless the queue is another one.
_CONSUMERS = frozenset({"Kafka", "RabbitMQ", "NATS", "S3Queue", "AzureQueue", "FileLog"})


@dataclass(frozen=True, slots=True)
class CloneMark:
    """What the comment of a database that was made for a clone says.

    Attributes:
        owner: The project and the environment that it was made for, as `shop@pr-123`.
        source: The environment that it was cloned from, or "" for none.
        created_at: When it was made, in seconds since 1970 by the clock of the server.
    """

    owner: str
    source: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Clone:
    """What a clone came to.

    Attributes:
        result: The reconcile that made what was not cloned.
        cloned: The new tables that have the rows of the original.
        without_rows: Why a table has no rows, by its name.
        left_out: Why a resource was not made, by its name.
    """

    result: ReconcileResult
    cloned: tuple[TableId, ...]
    without_rows: dict[TableId, str]
    left_out: dict[ResourceId, str]


def clone(  # noqa: PLR0913 - two environments and two servers
    source: Project,
    target: Project,
    clickhouse: ClickHouse,
    options: Options | None = None,
    *,
    kafka: Kafka | None = None,
    rows: bool = False,
) -> Clone:
    """Make the tables, views and topics of *target*, which is *source* in another environment.

    The data parts of the original are shared, so that rows take no time and no disk until one of
    both changes them. Nothing of *source* is written, and external tables stay where they are.

    Args:
        source: The declarations in the environment to clone.
        target: The same declarations in the environment to make.
        clickhouse: A connection that may write.
        options: Where ledger and trash are, and how long to wait for the lock.
        kafka: A connection, needed as soon as the project declares topics.
        rows: Whether the tables get the rows of the original.

    Raises:
        ReconcileError: A database of *target* exists and is not a clone of it, or both have the
            same names.
        LockHeld: Another run of *target* has the lock.
        ServerError: The server refuses.
    """
    options = options or Options()
    _check_clusters(target)
    _ = source.owner  # one that has environments, and none chosen, is refused
    pairs = _pairs(source, target)
    databases = sorted({new.database for _, new in pairs})
    _check_databases(clickhouse, target, databases)
    now = server_time(clickhouse)
    mark = CloneMark(target.owner.key, source.environment.name if source.environment else "", now)
    writer = ProjectWriter(target.owner, clickhouse, options)
    with writer.locked():
        comment = quoted_text(f"{_MARK}{json.dumps(asdict(mark))}")
        for database in databases:
            writer.send(
                _whole(database),
                f"CREATE DATABASE IF NOT EXISTS {quoted_name(database)} ENGINE = Atomic "
                f"COMMENT {comment}",
            )
        cloned, without_rows = _clone_tables(source, writer, pairs, rows=rows)
    left_out = dict(_left_out(target))
    selection = [one for one in target.desired.life_cycles if one not in left_out]
    result = reconcile(
        target, clickhouse, replace(options, selection=selection, adopt=True), kafka=kafka
    )
    return Clone(result, cloned, without_rows, left_out)


def _clone_tables(
    source: Project,
    writer: ProjectWriter,
    pairs: Iterable[tuple[TableId, TableId]],
    *,
    rows: bool,
) -> tuple[tuple[TableId, ...], dict[TableId, str]]:
    """Make the tables that are missing as the live original is; the others are left to reconcile.

    Returns:
        The new tables with rows, and why another one has none.
    """
    cloned = list[TableId]()
    without_rows = dict[TableId, str]()
    for original, new in pairs:
        table = source.desired.state.tables.get(original)
        if table is None or not table_exists(writer.clickhouse, original):
            continue
        if table_exists(writer.clickhouse, new):
            without_rows |= {new: "it exists already, and keeps what it has."} if rows else {}
            continue
        if why := _why_without_rows(table):
            without_rows |= {new: why} if rows else {}
            continue
        writer.send(new, f"CREATE TABLE {quoted_table(new)} AS {quoted_table(original)}")
        if rows:
            writer.send(new, attach_all(original, new))
            cloned.append(new)
    return tuple(cloned), without_rows


def drop_clone(
    target: Project,
    clickhouse: ClickHouse,
    options: Options | None = None,
    *,
    kafka: Kafka | None = None,
) -> Sequence[str]:
    """Drop the databases that were made for *target*, and return their names.

    Its topics are removed as far as their life cycle allows. Databases that no clone made stay.

    Args:
        target: The declarations in the environment to drop.
        clickhouse: A connection that may write.
        options: Where ledger and trash are, and how long to wait for the lock.
        kafka: A connection, needed to remove topics.

    Raises:
        LockHeld: A run of *target* has the lock.
        ServerError: The server refuses.
    """
    options = options or Options()
    marks = read_clones(clickhouse)
    # Another project of the same name may have clones on this server as well.
    own = sorted(marks.keys() & {*target.moves.databases.values()})
    databases = [name for name in own if marks[name].owner == target.owner.key]
    if databases:
        _drop(databases, ProjectWriter(target.owner, clickhouse, options))
    environment = target.environment
    if databases and environment is not None:
        empty = Project(target.name, [], database=target.declared_database, environment=environment)
        removing = replace(options, prune=True, allow_mass_removal=True)
        reconcile(empty, clickhouse, removing, kafka=kafka)
    return databases


def _drop(databases: Iterable[str], writer: ProjectWriter) -> None:
    with writer.locked():
        for database in databases:
            statement = f"DROP DATABASE IF EXISTS {quoted_name(database)} SYNC"
            writer.send(_whole(database), statement)


def _whole(database: str) -> TableId:
    """Return what the history calls every table of *database*."""
    return TableId(database, "*")


def read_clones(clickhouse: ClickHouse) -> dict[str, CloneMark]:
    """Return what the comment of each database that a clone made says, by its name."""
    rows = clickhouse.query(
        "SELECT name, comment FROM system.databases WHERE startsWith(comment, %(mark)s)",
        {"mark": _MARK},
    )
    return {name: CloneMark(**json.loads(comment.removeprefix(_MARK))) for name, comment in rows}


def expired_environments(
    project: Project, clickhouse: ClickHouse, older_than: timedelta
) -> tuple[str, ...]:
    """Return the environments of *project* that were cloned longer ago than *older_than*."""
    limit = server_time(clickhouse) - older_than.total_seconds()
    names = dict[str, None]()
    for mark in read_clones(clickhouse).values():
        owner, _, environment = mark.owner.partition("@")
        if owner == project.name and mark.created_at < limit:
            names[environment] = None
    return tuple(names)


def _pairs(source: Project, target: Project) -> list[tuple[TableId, TableId]]:
    """Return the name of each managed table and view in both environments."""
    pairs = list[tuple[TableId, TableId]]()
    for one, other in zip(source.desired.life_cycles, target.desired.life_cycles, strict=True):
        if source.desired.life_cycles[one] is LifeCycle.EXTERNALLY_MANAGED:
            continue
        if one == other:
            raise ReconcileError(
                f"{one} has the same name in both environments. Nothing was sent. Declare the new "
                'one, such as Environment("pr-*", database_suffix="_{name}", '
                'topic_prefix="{name}.").'
            )
        if isinstance(one, TableId) and isinstance(other, TableId):
            pairs.append((one, other))
    return pairs


def _check_clusters(target: Project) -> None:
    if target.desired.clusters:
        resource, cluster = next(iter(target.desired.clusters.items()))
        raise ReconcileError(
            f"{resource} is on the cluster {cluster}, and a clone is made on one server; write "
            'Environment(..., cluster=""). Nothing was sent.'
        )


def _check_databases(clickhouse: ClickHouse, target: Project, names: Iterable[str]) -> None:
    marks = read_clones(clickhouse)
    existing = {name for (name,) in clickhouse.query("SELECT name FROM system.databases")}
    for name in names:
        mark = marks.get(name)
        if name in existing and (mark is None or mark.owner != target.owner.key):
            whose = f"belongs to {mark.owner}" if mark else "was not made by a clone"
            raise ReconcileError(
                f"the database {name} exists and {whose}; nothing was sent. Choose another "
                "environment, or drop that database."
            )


def _why_without_rows(table: Table) -> str:
    if not table.engine.is_merge_tree:
        return f"the engine {table.engine.name} has no data parts to share."
    if table.engine.name != table.engine.plain_name:
        return "a replicated table can't share its data parts with another one; it is empty."
    return ""


def _left_out(target: Project) -> Iterator[tuple[ResourceId, str]]:
    """Yield what would take messages away from the original, and the views that read it."""
    consumers = set[TableId]()
    topics = {topic.name for topic in target.moves.topics.values()}
    for id_, table in target.desired.state.tables.items():
        if target.desired.life_cycles[id_] is LifeCycle.EXTERNALLY_MANAGED:
            continue
        if table.engine.name in _CONSUMERS and not _reads_own_topics(table, topics):
            consumers.add(id_)
            yield id_, f"its engine {table.engine.name} would take messages from the original."
    for id_, view in target.desired.state.views.items():
        if consumers.intersection(view.reads):
            yield id_, "it reads a table that was left out."


def _reads_own_topics(table: Table, topics: set[str]) -> bool:
    """Tell whether *table* is a Kafka table of topics that belong to the environment alone."""
    arguments = table.engine.arguments
    listed = arguments[1].strip("'") if len(arguments) > 1 else ""
    names = {name.strip() for name in listed.split(",") if name.strip()}
    return table.engine.name == "Kafka" and bool(names) and names <= topics
