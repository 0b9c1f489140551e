"""Write down what is managed and what was done, in the ledger's database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.batches import Window
from moose_dagster.ddl.trash import TrashedTable
from moose_dagster.ledger.checkpoints import Checkpoint, Event, detail_of
from moose_dagster.ledger.guarded import GuardedClickHouse
from moose_dagster.ledger.loads import Progress, progress_row
from moose_dagster.ledger.lock import Lock
from moose_dagster.ledger.schema import (
    ADDED_COLUMNS,
    HISTORY,
    LEDGER_TABLES,
    LOADS,
    REBUILDS,
    RESOURCES,
    TRASH,
)
from moose_dagster.live.data_parts import server_time
from moose_dagster.plan.removal import Entry, Record, key_of
from moose_dagster.sql.function_secrets import redacted_statement
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.names import ResourceId, TableId

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement or request that was sent.

    Attributes:
        resource: The table, view or topic it is about.
        statement: As it may be shown.
        at: When it was sent, in UTC.
        milliseconds: How long it took.
        error: The server's message; "" where it went well.
    """

    resource: ResourceId
    statement: str
    at: datetime
    milliseconds: int
    error: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one project on one server.

    Attributes:
        clickhouse: The server.
        database: Where its tables are.
        project: The owner's key.
        run_id: What the run that writes is called.
        trash_days: How long what is kept from now on stays in the trash, in days.
        fencing_token: The number of the lock that is held, in microseconds since 1970; 0 for none.
    """

    clickhouse: ClickHouse
    database: str
    project: str
    run_id: str
    trash_days: float = 7.0
    fencing_token: int = 0

    def under(self, lock: Lock) -> "Ledger":
        """Return the same ledger, which is written only as long as *lock* is held."""
        guarded = GuardedClickHouse(self.clickhouse, lock)
        return replace(self, clickhouse=guarded, fencing_token=lock.fencing_token)

    def prepare(self) -> None:
        """Create the database and its tables where they are missing."""
        self.clickhouse.command(f"CREATE DATABASE IF NOT EXISTS {quoted_name(self.database)}")
        for name, columns in LEDGER_TABLES.items():
            self.clickhouse.command(f"CREATE TABLE IF NOT EXISTS {self._table(name)} {columns}")
        self._add_columns()

    def _add_columns(self) -> None:
        """Give the tables of an earlier version the columns that they lack."""
        for table, columns in ADDED_COLUMNS.items():
            rows = self.clickhouse.query(
                "SELECT name FROM system.columns WHERE database = %(database)s "
                "AND table = %(table)s",
                {"database": self.database, "table": table},
            )
            for name, kind in columns:
                if (name,) not in rows:
                    self.clickhouse.command(
                        f"ALTER TABLE {self._table(table)} ADD COLUMN IF NOT EXISTS {name} {kind}"
                    )

    def record(self, records: Iterable[Record]) -> None:
        """Write the last word on each resource."""
        records = tuple(records)
        if not records:
            return
        nothing = ("", "", "", "", "")
        fencing_time = self._fencing_time()
        rows = [
            [
                *(self.project, *key_of(record.resource)),
                *(_entry_row(record.entry) if record.entry else nothing),
                *(self.run_id, fencing_time, int(record.entry is None)),
            ]
            for record in records
        ]
        columns = (
            "project kind database name uuid life_cycle fingerprint cluster default_database "
            "run_id recorded_at removed"
        )
        self._insert(RESOURCES, columns.split(), rows)
        self.write_history(
            "",
            [
                Sent(record.resource, record.why, self._now(), 0, "")
                for record in records
                if record.why
            ],
        )

    def renew(self, table: TableId, earlier: str, uuid: str) -> None:
        """Say that the *table* which had the uuid *earlier* is the same one under another."""
        resources = self._table(RESOURCES)
        columns = f"* REPLACE (%s AS uuid, {self.fencing_sql} AS recorded_at)"
        project, database, name = (
            quoted_text(text) for text in (self.project, table.database, table.name)
        )
        # In a query of its own, as the server would take the new uuid for the column in WHERE.
        entry = (
            f"SELECT * FROM {resources} FINAL "
            f"WHERE project = {project} AND kind = 'table' AND database = {database} "
            f"AND name = {name} AND uuid = {quoted_text(earlier)}"
        )
        self.clickhouse.command(
            f"INSERT INTO {resources} SELECT {columns % quoted_text(uuid)} FROM ({entry})"
        )

    def keep(self, trashed: Iterable[TrashedTable], expires: datetime | None = None) -> None:
        """Write down what is about to be kept in the trash; an entry needs its table to count.

        Args:
            trashed: What, and under which names.
            expires: When a purge may remove it; after the days of this ledger if not given.
        """
        trashed = tuple(trashed)
        if not trashed:
            return
        now = self._now()
        expires = expires or now + timedelta(days=self.trash_days)
        rows = [
            [
                *(
                    self.project,
                    self.run_id,
                    one.origin.database,
                    one.origin.name,
                    one.name.database,
                    one.name.name,
                ),
                *(one.cluster, one.cause.value, one.reason, now, expires),
            ]
            for one in trashed
        ]
        columns = (
            "project run_id database name kept_database kept_name cluster cause "
            "reason kept_at expires_at"
        )
        self._insert(TRASH, columns.split(), rows)

    def write_event(
        self, checkpoint: Checkpoint, event: Event, pending: tuple[Window, ...]
    ) -> None:
        """Write down *event*, which led to *checkpoint*."""
        table = checkpoint.rebuild.table
        row = [
            self.project,
            table.database,
            table.name,
            checkpoint.stamp,
            checkpoint.events,
            event.value,
        ]
        row += [detail_of(event, checkpoint, pending), self._fencing_time()]
        self._insert(
            REBUILDS,
            ["project", "database", "name", "stamp", "position", "event", "detail", "at"],
            [row],
        )

    def write_progress(self, table: TableId, progress: Progress, position: int) -> None:
        """Write down how far a partition is loaded into *table*.

        Args:
            table: The table.
            progress: How far.
            position: How many entries this run has written before.
        """
        columns = (
            "project database name topic partition topic_id next_offset pending loaded rejected "
            "lost replayed run_id version"
        )
        row = [
            *(self.project, table.database, table.name, *progress_row(progress)),
            *(self.run_id, (self.fencing_token << 12) + position),
        ]
        self._insert(LOADS, columns.split(), [row])

    def write_history(self, plan: str, sent: Sequence[Sent]) -> None:
        """Append statements to the history, as they may be shown.

        Args:
            plan: The fingerprint of the plan they belong to.
            sent: The statements in the order they were sent.
        """
        rows = [
            [
                *(self.project, self.run_id, plan, *key_of(one.resource)[1:]),
                *(redacted_statement(one.statement), one.at, one.milliseconds, one.error),
            ]
            for one in sent
        ]
        columns = "project run_id plan database name statement sent_at milliseconds error"
        self._insert(HISTORY, columns.split(), rows)

    def _now(self) -> datetime:
        """Return the time by the server's clock, so that the latest entry counts on any host."""
        return datetime.fromtimestamp(server_time(self.clickhouse), timezone.utc)

    def _fencing_time(self) -> datetime:
        """Return when the lock was taken: later entries of former holders are older than this."""
        return (
            _EPOCH + timedelta(microseconds=self.fencing_token)
            if self.fencing_token
            else self._now()
        )

    @property
    def fencing_sql(self) -> str:
        """The time of new entries, as SQL: when the lock was taken, or now without one."""
        return (
            f"fromUnixTimestamp64Micro({self.fencing_token}, 'UTC')"
            if self.fencing_token
            else "now64(6)"
        )

    def _insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        if rows:
            self.clickhouse.insert(self._table(table), columns, rows)

    def _table(self, name: str) -> str:
        return quoted_table(TableId(self.database, name))


def _entry_row(entry: Entry) -> tuple[str, str, str, str, str]:
    return (
        entry.uuid,
        entry.life_cycle.value,
        entry.fingerprint,
        entry.cluster,
        entry.default_database,
    )
