"""Send what a plan allows, guard each statement, and write down how it went."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from moose_dagster.apply.guard import guard, guard_all
from moose_dagster.apply.rebuild.pace import Pace
from moose_dagster.apply.rebuild.run import RebuildRun
from moose_dagster.apply.rebuild.start import (
    alters_of_clone,
    can_resume,
    start_checkpoint,
    start_clone,
)
from moose_dagster.apply.recheck import check_proofs
from moose_dagster.apply.results import (
    HostsDiffer,
    NoLongerProved,
    Result,
    RowsLeftBehind,
    StatementError,
    StoppedAfterExchange,
    as_statement_errors,
)
from moose_dagster.apply.revert import revert_type_change
from moose_dagster.apply.sender import Secrets, Sender
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.metadata_only import touches_only_metadata
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.tables import (
    clone_statement,
    in_place_statements,
    rename_statements,
    replacement_statement,
    statements_of,
)
from moose_dagster.ddl.trash import trashed_by
from moose_dagster.errors import LockLost
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.ledger.writer import Ledger, Sent
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.proof import ProbeOptions
from moose_dagster.plan.steps import Action, AnyAction, Plan, Route
from moose_dagster.risk.proved import can_clone
from moose_dagster.sql.create import on_cluster, with_secrets
from moose_dagster.sql.quoting import quoted_name
from moose_dagster.state.names import ResourceId, TableId

_ONLY_METADATA = {"allow_non_metadata_alters": 0}
_FLUSH_AFTER = 500


@dataclass(frozen=True, slots=True)
class StatementContext:
    """What is sent with the statements of some tables and is never recorded.

    Attributes:
        settings: The server settings that each statement about a table or view is sent with.
        secrets: The values that replace each `[HIDDEN]` in the statements about a table, in order.
        verify: Makes sure before each statement that this run still holds the lock, or raises
            LockLost.
        pace: How rebuilds copy.
        comment: The `log_comment` of each statement, by which a later run finds those that are
            still running; "" for none.
    """

    settings: Mapping[ResourceId, Mapping[str, str]] = field(
        default_factory=dict[ResourceId, Mapping[str, str]]
    )
    secrets: Mapping[TableId, Sequence[str]] = field(
        default_factory=dict[TableId, Sequence[str]], repr=False
    )
    verify: Callable[[], None] = lambda: None
    pace: Pace = field(default_factory=Pace)
    comment: str = ""


@dataclass(slots=True)
class TableExecutor:
    """Carries out the actions of a plan's tables.

    Attributes:
        clickhouse: The server.
        names: Where what is dropped goes.
        ledger: Where each statement is recorded.
        life_cycles: The life cycle of every table of the project.
        progress: Called before each action.
        sending: What is sent with the statements of some tables.
        interrupted: Rebuilds that earlier runs did not end, by table.
        probe_options: How far data may be read to prove a change again.
        copied: Called while a table is rebuilt, with the rows copied so far and those to copy.
    """

    clickhouse: ClickHouse
    names: Names
    ledger: Ledger
    life_cycles: Mapping[ResourceId, LifeCycle]
    progress: Callable[[AnyAction], None]
    sending: StatementContext = field(default_factory=StatementContext)
    interrupted: Mapping[TableId, Sequence[Checkpoint]] = field(
        default_factory=dict[TableId, Sequence[Checkpoint]]
    )
    probe_options: ProbeOptions = field(default_factory=ProbeOptions)
    copied: Callable[[TableId, int, int], None] = lambda _table, _rows, _total: None
    _sent: list[Sent] = field(default_factory=list[Sent])
    _made: set[str] = field(default_factory=set[str])

    def run(self, plan: Plan) -> tuple[Result, ...]:
        """Make every allowed change of tables in *plan*; one that fails stops no other.

        Raises:
            GuardError: The plan holds a step its life cycle forbids; nothing was sent.
        """
        guard_all(plan.actions, self.life_cycles)
        # Before the first statement, so that nothing ever lies in the trash that nobody knows of.
        self.ledger.keep(
            entry for action in plan.actions for entry in trashed_by(action, self.names)
        )
        results = list[Result]()
        lost = False
        for action in plan.actions:
            if lost:
                results.append(
                    Result(action, 0, "not reached: the connection was lost before", reached=False)
                )
                continue
            self.progress(action)
            results.append(self._run(action))
            lost = bool(results[-1].error) and results[-1].code is None
            if len(self._sent) >= _FLUSH_AFTER:
                self.flush(plan)
        if not lost:
            self.flush(plan)
        return tuple(results)

    def rebuilding(
        self, checkpoint: Checkpoint, send: Callable[[str], None] | None = None
    ) -> RebuildRun:
        """Return the rebuild at *checkpoint*, ready to run."""
        table = checkpoint.rebuild.table
        send = send or (lambda statement: self._send_or_raise(table, statement))
        return RebuildRun(
            self.clickhouse,
            self.ledger,
            send,
            self.copied,
            checkpoint,
            self.sending.pace,
            self._verify,
        )

    def send(self, table: TableId, statement: str) -> None:
        """Send one statement about *table* that no plan holds, such as one that reverts.

        Raises:
            StatementError: It ended badly.
        """
        self._send_or_raise(table, statement)

    def flush(self, plan: Plan) -> None:
        """Write the statements sent so far into the history."""
        # That the lock is lost is said by the next statement, or when the run records its end.
        with suppress(LockLost):
            self.ledger.write_history(plan.fingerprint, self._sent)
        self._sent.clear()

    def _databases(self, action: Action) -> Iterator[str]:
        """Yield what makes the databases that *action* needs, once in a run."""
        needed = [action.table.database] if action.route is not Route.DROP else []
        if action.route is not Route.CREATE:
            needed.append(self.names.trash)
        for database in needed:
            place = f"{quoted_name(database)}{on_cluster(action.context.statement_cluster)}"
            if place not in self._made:
                yield f"CREATE DATABASE IF NOT EXISTS {place}"
                self._made.add(place)

    def _run(self, action: Action) -> Result:
        started = time.monotonic()
        try:
            if action.route is Route.REBUILD:
                with as_statement_errors():
                    self._rebuild(action)
            else:
                self._send_action(action)
        except StatementError as stopped:
            is_refused = stopped.code is not None and not isinstance(stopped, HostsDiffer)
            is_over = is_refused and action.route is Route.ALTER
            message = (
                revert_type_change(self.clickhouse, action, partial(self.send, action.table))
                if is_over
                else ""
            )
            is_final = bool(message) or isinstance(
                stopped, NoLongerProved | RowsLeftBehind | StoppedAfterExchange | HostsDiffer
            )
            return Result(
                action,
                _milliseconds(started),
                stopped.error + message,
                stopped.code,
                is_final=is_final,
                on_some_hosts=isinstance(stopped, HostsDiffer),
            )
        return Result(action, _milliseconds(started))

    def _send_guarded(self, action: Action, statement: str) -> None:
        """Send one statement of *action* if the life cycle of its table still allows that."""
        guard(action, self.life_cycles)
        if action.route is Route.ALTER:
            check_proofs(self.clickhouse, action, statement, self.life_cycles, self.probe_options)
        self._send_or_raise(
            action.table,
            statement,
            _ONLY_METADATA if touches_only_metadata(statement, action) else {},
        )

    def _send_or_raise(
        self, table: TableId, statement: str, settings: Mapping[str, object] | None = None
    ) -> None:
        values = self.sending.secrets.get(table, ())
        secrets = _filled(values) if values and statement.startswith("CREATE TABLE ") else Secrets()
        of_table = self.sending.settings.get(table, {})
        with as_statement_errors():
            self._sender.send(table, statement, {**(settings or {}), **of_table}, secrets)

    def _rebuild(self, action: Action) -> None:
        self._send_all(action, chain(self._databases(action), rename_statements(action)))
        rebuilding = self._resumed(action) or self._start_checkpoint(action)
        try:
            with as_statement_errors():
                rebuilding.run()
        except StatementError as stopped:
            self._undo_unless_exchanged(rebuilding, stopped)
            raise

    def _send_action(self, action: Action) -> None:
        """Send what makes *action*, by way of a clone where the former table is to be kept."""
        self._send_all(action, self._databases(action))
        if action.route is not Route.ALTER:
            self._send_all(action, statements_of(action, self.names))
            return
        self._send_all(action, rename_statements(action))
        if not (action.snapshot and self._run_on_clone(action)):
            self._send_all(action, in_place_statements(action, self.names))

    def _send_all(self, action: Action, statements: Iterable[str]) -> None:
        for statement in statements:
            self._send_guarded(action, statement)

    def _run_on_clone(self, action: Action) -> bool:
        """Make *action* on a clone of its table; False where it must be made in place."""
        if not can_clone(action.context):
            return False
        with as_statement_errors():
            checkpoint = start_clone(self.clickhouse, action, self.names)
        if checkpoint is None:
            return False
        run = self.rebuilding(checkpoint, lambda statement: self._send_guarded(action, statement))
        try:
            with as_statement_errors():
                run.start(clone_statement(checkpoint.rebuild))
                run.run_on_clone(alters_of_clone(action, checkpoint))
        except StatementError as stopped:
            self._undo_unless_exchanged(run, stopped)
            raise
        return True

    def _undo_unless_exchanged(self, run: RebuildRun, stopped: StatementError) -> None:
        """Undo *run*, which *stopped*.

        Raises:
            StoppedAfterExchange: The new table is in its place; the next run continues from there.
        """
        # What was answered with an error is over; what was not answered may still run.
        if stopped.code is None or run.checkpoint.ended:
            return
        with as_statement_errors():
            exchanged = run.exchanged
        if exchanged:
            raise StoppedAfterExchange(stopped.error, stopped.code) from stopped
        run.undo()

    def _verify(self) -> None:
        with as_statement_errors():
            self.sending.verify()

    def _start_checkpoint(self, action: Action) -> RebuildRun:
        checkpoint = start_checkpoint(self.clickhouse, action, self.names)
        rebuilding = self.rebuilding(
            checkpoint, lambda statement: self._send_guarded(action, statement)
        )
        rebuilding.start(replacement_statement(action, checkpoint.rebuild))
        return rebuilding

    def _resumed(self, action: Action) -> RebuildRun | None:
        """Return the rebuild of *action* that was interrupted; one of something else is undone."""
        for checkpoint in self.interrupted.get(action.table, ()):
            rebuilding = self.rebuilding(
                checkpoint, lambda statement: self._send_guarded(action, statement)
            )
            if can_resume(self.clickhouse, checkpoint, action):
                return rebuilding
            rebuilding.undo()
        return None

    @property
    def _sender(self) -> Sender:
        return Sender(
            self.clickhouse,
            self.sending.verify,
            self.sending.comment,
            self.sending.pace.bytes_per_second,
            self._sent,
        )


def _filled(values: Sequence[str]) -> Secrets:
    return Secrets(values, lambda statement: with_secrets(statement, values))


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
