"""How far a rebuild has come: each event in the ledger leads to the next checkpoint."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from itertools import groupby
from operator import itemgetter
from typing import Any

from moose_dagster.clients.clickhouse import ClickHouse, Row
from moose_dagster.ddl.batches import Window
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.rebuild import CopyMode, Rebuild
from moose_dagster.ddl.row_checks import RowCheck
from moose_dagster.ledger.schema import REBUILDS
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State


class Event(str, Enum):
    """What is written down about a rebuild, before or after the statement that it is about."""

    STARTED = "started"
    """The names are chosen; nothing was sent yet."""
    MADE = "made"
    """The replacement is there, and which table it is."""
    CLAIMED = "claimed"
    """Another run continues; its tables get names that no statement of an earlier run knows."""
    STAGED = "staged"
    """A new staging table is about to be made; what the one before holds does not count."""
    FILLED = "filled"
    """A batch is in the staging table, counted and hashed; it is moved next."""
    MOVED = "moved"
    """The staging table is empty again."""
    OWED = "owed"
    """What the former table has more is written down; it goes into the trash next."""
    ENDED = "ended"
    """It is finished, or undone."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one rebuild has come.

    Attributes:
        rebuild: What it does.
        stamp: What sets it apart from other rebuilds of the table.
        fingerprint: What it builds and copies; another one is another rebuild.
        live_uuid: Which table was live when it began.
        marker: The last mutation of that table when it began.
        attempts: How many staging tables there were.
        copied: The highest block number copied, by partition.
        rows: How many rows were copied.
        pending: The batch in the staging table that is or was being moved.
        owed: What is to be said when it ends, as a sentence; "" for nothing.
        ended: Whether it is over.
        events: How many events there were.
        replacement_uuid: Which table the replacement is; "" until that is known.
        earlier_names: The names that the replacement and the former table had in earlier runs.
    """

    rebuild: Rebuild
    stamp: str
    fingerprint: str
    live_uuid: str
    marker: str
    attempts: int = 0
    copied: Mapping[str, int] = field(default_factory=dict[str, int])
    rows: int = 0
    pending: tuple[Window, ...] = ()
    owed: str = ""
    ended: bool = False
    events: int = 0
    replacement_uuid: str = ""
    earlier_names: tuple[tuple[TableId, TableId], ...] = ()

    @property
    def names(self) -> tuple[tuple[TableId, TableId], ...]:
        """The names that the replacement and the former table had, by run; the last ones now."""
        return (*self.earlier_names, (self.rebuild.replacement, self.rebuild.former))

    @property
    def staging(self) -> TableId:
        """The staging table of this attempt."""
        return self.rebuild.staging_of(self.attempts)


def after(checkpoint: Checkpoint, event: Event, pending: tuple[Window, ...] = ()) -> Checkpoint:
    """Return *checkpoint* after *event*; a FILLED one comes with its batch."""
    checkpoint = replace(checkpoint, events=checkpoint.events + 1)
    match event:
        case Event.STARTED | Event.MADE | Event.CLAIMED | Event.OWED:
            return checkpoint
        case Event.STAGED:
            return replace(checkpoint, attempts=checkpoint.attempts + 1, pending=())
        case Event.FILLED:
            return replace(checkpoint, pending=pending)
        case Event.MOVED:
            copied = {
                **checkpoint.copied,
                **{window.partition: window.high for window in checkpoint.pending},
            }
            rows = checkpoint.rows + sum(window.rows for window in checkpoint.pending)
            return replace(checkpoint, copied=copied, rows=rows, pending=())
        case Event.ENDED:
            return replace(checkpoint, ended=True)


def claimed(checkpoint: Checkpoint, names: Names) -> Checkpoint:
    """Return *checkpoint* as it is under other *names*."""
    table = checkpoint.rebuild.table
    return _renamed(checkpoint, names.replacement(table), names.former(table))


def _renamed(checkpoint: Checkpoint, replacement: TableId, former: TableId) -> Checkpoint:
    return replace(
        checkpoint,
        rebuild=replace(checkpoint.rebuild, replacement=replacement, former=former),
        earlier_names=checkpoint.names,
    )


def without_marks(
    live: State, uuids: Mapping[TableId, str], checkpoints: Iterable[Checkpoint]
) -> State:
    """Return *live* without the settings that open rebuilds have put on their tables.

    Args:
        live: The live tables.
        uuids: Which table each of them is.
        checkpoints: The open rebuilds.
    """
    tables = dict(live.tables)
    for checkpoint in checkpoints:
        table = checkpoint.rebuild.table
        if table in tables and uuids.get(table) == checkpoint.live_uuid:
            settings = dict(tables[table].settings)
            for name, value in checkpoint.rebuild.settings:
                settings.pop(name, None)
                if value:
                    settings[name] = value
            tables[table] = replace(tables[table], settings=settings)
    return replace(live, tables=tables)


def detail_of(event: Event, checkpoint: Checkpoint, pending: tuple[Window, ...] = ()) -> str:
    """Return what is written beside *event*, as JSON."""
    if event is Event.STARTED:
        facts = (checkpoint.fingerprint, checkpoint.live_uuid, checkpoint.marker)
        return json.dumps([asdict(checkpoint.rebuild), *facts])
    if event is Event.OWED:
        return json.dumps(checkpoint.owed)
    if event is Event.MADE:
        return json.dumps(checkpoint.replacement_uuid)
    if event is Event.CLAIMED:
        return json.dumps([asdict(table) for table in checkpoint.names[-1]])
    return json.dumps([asdict(window) for window in pending])


def replayed(stamp: str, events: Iterable[tuple[str, str]]) -> Checkpoint:
    """Return the checkpoint that *events* (name and detail, in order) lead to."""
    iterator = iter(events)
    rebuild, *facts = json.loads(next(iterator)[1])
    checkpoint = after(Checkpoint(_rebuild(rebuild), stamp, *facts), Event.STARTED)
    for name, detail in iterator:
        checkpoint = _after_recorded(checkpoint, Event(name), detail)
    return checkpoint


def _after_recorded(checkpoint: Checkpoint, event: Event, detail: str) -> Checkpoint:
    data = json.loads(detail)
    match event:
        case Event.OWED:
            return replace(after(checkpoint, event), owed=str(data))
        case Event.MADE:
            return replace(after(checkpoint, event), replacement_uuid=str(data))
        case Event.CLAIMED:
            replacement, former = (TableId(**table) for table in data)
            return _renamed(after(checkpoint, event), replacement, former)
        case _:
            return after(checkpoint, event, tuple(Window(**window) for window in data))


def _rebuild(data: Mapping[str, Any]) -> Rebuild:
    read, written = data["hashes"]
    # A rebuild that an earlier version began has none.
    checks = [RowCheck(**check) for check in data.get("checks", ())]
    return Rebuild(
        table=TableId(**data["table"]),
        replacement=TableId(**data["replacement"]),
        former=TableId(**data["former"]),
        staging=TableId(**data["staging"]),
        trash_name=TableId(**data["trash_name"]),
        columns=tuple(data["columns"]),
        values=tuple(data["values"]),
        hashes=(read, written),
        copy_mode=CopyMode(data["copy_mode"]),
        expires=data["expires"],
        constraints=tuple(data["constraints"]),
        settings=tuple((name, value) for name, value in data["settings"]),
        on_cluster_clause=data["on_cluster_clause"],
        checks=tuple(checks),
        columns_for_checks=tuple(data.get("columns_for_checks", ())),
        staging_storage=data.get("staging_storage", ""),
    )


def read_checkpoints(clickhouse: ClickHouse, database: str, project: str) -> Sequence[Checkpoint]:
    """Return how far each open rebuild of *project* has come, the oldest first.

    Args:
        clickhouse: The server, on which the ledger exists.
        database: The ledger's database.
        project: The owner's name.
    """
    table = quoted_table(TableId(database, REBUILDS))
    rows = clickhouse.query(
        "SELECT stamp, database, name, position, toUnixTimestamp64Micro(at), event, detail "
        f"FROM {table} WHERE project = %(project)s AND (stamp, database, name) NOT IN "
        f"(SELECT stamp, database, name FROM {table} WHERE project = %(project)s "
        "GROUP BY stamp, database, name HAVING argMax(event, (at, position)) = %(ended)s) "
        "ORDER BY stamp, database, name, position, at",
        {"project": project, "ended": Event.ENDED.value},
    )
    checkpoints = list[Checkpoint]()
    for (stamp, _, _), events in groupby(rows, key=itemgetter(0, 1, 2)):
        checkpoints.append(replayed(stamp, without_late_events([row[3:] for row in events])))
    return checkpoints


def without_late_events(
    rows: Iterable[Row],
) -> Iterator[tuple[str, str]]:
    """Yield name and detail of each event but those of runs that had lost their lock by then.

    Args:
        rows: Position, fencing number, name and detail, in the order of position and number.
    """
    newest = 0
    for _, events in groupby(rows, key=itemgetter(0)):
        *_, (_, fencing_token, name, detail) = events
        if fencing_token >= newest:
            newest = fencing_token
            yield name, detail
