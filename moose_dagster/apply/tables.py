"""Send what a plan allows, guard each statement, and write down how it went."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import chain

from moose_dagster.apply.guard import guard
from moose_dagster.apply.ledger import Ledger
from moose_dagster.apply.results import Result, Sent
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import LockLost, ServerError, ServerUnreachable
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.ddl import Names, statements_of
from moose_dagster.plan.steps import Action, AnyAction, Plan, Route
from moose_dagster.plan.trash import kept_by
from moose_dagster.sql.create import HIDDEN, on_cluster, with_secrets
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import TableId

# Wait for every replica and every mutation: an "OK" that is still at work proves nothing.
_WAIT = {"alter_sync": 2, "mutations_sync": 2}
# A block inserted into a Replacing or Summing table would lose its duplicate rows on the way, and a
# MATERIALIZED column such as now() another value. The table has as many partitions as it has.
_COPY = {"optimize_on_insert": 0, "insert_allow_materialized_columns": 1, "max_partitions_per_insert_block": 0}
_FLUSH_AFTER = 500
_NOT_IMPLEMENTED = 48
_SUPPORT_IS_DISABLED = 344
_ATTACH_ALL = " ATTACH PARTITION ALL FROM "


@dataclass(frozen=True, slots=True)
class Sending:
    """What goes with the statements of some tables and is never written down.

    `settings` are those each statement is sent with, `secrets` what stands in place of each `[HIDDEN]`,
    `verify` makes sure before each statement that this run still holds the lock.
    """

    settings: Mapping[TableId, Mapping[str, str]] = field(default_factory=dict[TableId, Mapping[str, str]])
    secrets: Mapping[TableId, Sequence[str]] = field(default_factory=dict[TableId, Sequence[str]], repr=False)
    verify: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Applying:
    """One run through a plan.

    Args:
        clickhouse: The server.
        names: Where what is dropped goes.
        ledger: Where each statement is written down.
        promises: The life cycle of every table of the project.
        progress: Called before each action.
        sending: What goes with the statements of some tables.
    """

    clickhouse: ClickHouse
    names: Names
    ledger: Ledger
    promises: Mapping[ResourceId, LifeCycle]
    progress: Callable[[AnyAction], None]
    sending: Sending = field(default_factory=Sending)
    _sent: list[Sent] = field(default_factory=list[Sent])
    _made: set[str] = field(default_factory=set[str])

    def run(self, plan: Plan) -> tuple[Result, ...]:
        """Make every allowed change of tables in *plan*; one that fails stops no other.

        Raises:
            GuardError: The plan holds a step its life cycle forbids; nothing was sent.
        """
        for action in plan.actions:
            guard(action, self.promises)
        # Before the first statement, so that nothing ever lies in the trash that nobody knows of.
        self.ledger.keep(kept for action in plan.actions for kept in kept_by(action, self.names))
        results, lost = list[Result](), False
        for action in plan.actions:
            if lost:
                results.append(Result(action, 0, "not reached: the connection was lost before", reached=False))
                continue
            self.progress(action)
            results.append(self._run(action))
            lost = bool(results[-1].error) and results[-1].code is None
            if len(self._sent) >= _FLUSH_AFTER:
                self._write_history(plan)
        if not lost:
            self._write_history(plan)
        return tuple(results)

    def _databases(self, action: Action) -> Iterator[str]:
        """Yield what makes the databases that *action* needs, once in a run."""
        needed = [action.table.database] if action.route is not Route.DROP else []
        if action.route is not Route.CREATE:
            needed.append(self.names.trash)
        for database in needed:
            place = f"{quoted_name(database)}{on_cluster(action.around.cluster)}"
            if place not in self._made:
                yield f"CREATE DATABASE IF NOT EXISTS {place}"
                self._made.add(place)

    def _run(self, action: Action) -> Result:
        started = time.monotonic()
        copied: int | None = None
        for statement in chain(self._databases(action), statements_of(action, self.names)):
            guard(action, self.promises)
            error, code = self._send(action, statement)
            if code == _SUPPORT_IS_DISABLED and _ATTACH_ALL in statement:
                error, code = self._attach_each(action, statement)
            if not error and action.route is Route.REBUILD and statement.startswith("INSERT INTO "):
                copied = self._count(self.names.shadow(action.table))
                error, code = _miscount(copied, self._count(action.table)), 0
            if error:
                if action.route is Route.REBUILD and code is not None and not _may_have_swapped(statement, code):
                    self._send(action, f"DROP TABLE IF EXISTS {quoted_table(self.names.shadow(action.table))} SYNC")
                return Result(action, _milliseconds(started), error, code)
        late = 0 if copied is None else self._count(self.names.kept(action.table)) - copied
        error = _late_rows(late, self.names.kept(action.table))
        return Result(action, _milliseconds(started), error, 0 if error else None)

    def _attach_each(self, action: Action, statement: str) -> tuple[str, int | None]:
        """Attach partition by partition: ClickHouse 24.8 knows no PARTITION ALL here."""
        rows = self.clickhouse.query(
            "SELECT DISTINCT partition_id FROM system.parts "
            "WHERE active AND database = %(database)s AND table = %(table)s ORDER BY partition_id",
            {"database": action.table.database, "table": action.table.name},
        )
        for (partition,) in rows:
            one = f" ATTACH PARTITION ID {quoted_text(str(partition))} FROM "
            error, code = self._send(action, statement.replace(_ATTACH_ALL, one, 1))
            if error:
                return error, code
        return "", None

    def _send(self, action: Action, statement: str) -> tuple[str, int | None]:
        at, started = datetime.now(timezone.utc), time.monotonic()
        settings = _WAIT if statement.startswith("ALTER TABLE ") else _COPY if statement.startswith("INSERT ") else {}
        secrets = self.sending.secrets.get(action.table, ()) if statement.startswith("CREATE TABLE ") else ()
        error, code = "", None
        try:
            self.sending.verify()
            text = with_secrets(statement, secrets) if secrets else statement
            self.clickhouse.command(text, {**settings, **self.sending.settings.get(action.table, {})})
        except LockLost as lost:
            error = str(lost)
        except ServerUnreachable as unreachable:
            error = _without(str(unreachable), secrets)
        except ServerError as refused:
            error, code = _without(str(refused), secrets), refused.code
        if error or not statement.startswith("CREATE DATABASE "):  # which says nothing about the table
            self._sent.append(Sent(action.table, statement, at, _milliseconds(started), error))
        return error, code

    def _count(self, table: TableId) -> int:
        return int(self.clickhouse.query(f"SELECT count() FROM {quoted_table(table)}")[0][0])

    def _write_history(self, plan: Plan) -> None:
        self.ledger.write_history(plan.fingerprint, self._sent)
        self._sent.clear()


def _without(message: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        message = message.replace(secret, HIDDEN)
    return message


def _may_have_swapped(statement: str, code: int) -> bool:
    # From EXCHANGE on, the shadow's name may hold the original rows, but not where the database knows no EXCHANGE.
    exchanged = statement.startswith("EXCHANGE TABLES ") and code != _NOT_IMPLEMENTED
    return exchanged or statement.startswith("RENAME TABLE ")


def _miscount(copied: int, rows: int) -> str:
    if copied == rows:
        return ""
    return f"the copy holds {copied} rows and the table {rows}; the table was left as it is. Try again."


def _late_rows(rows: int, kept: TableId) -> str:
    if rows <= 0:
        return ""
    return f"{rows} rows were written while the table was rebuilt; they are kept in {kept}."


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
