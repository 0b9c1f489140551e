"""Rebuild a table while it is written, with every acknowledged row once in the new one.

What is live stays live until a complete copy takes its place in one atomic exchange. Each step that
must not happen twice is written down before or after it, and an interrupted rebuild goes on from
there.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.apply.rebuild.verify import changed_since, rows_copied_of
from moose_dagster.apply.results import RowsLeftBehind, StatementError
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.rebuild import (
    CopyMode,
    DataPart,
    Window,
    attach_all,
    batches_of,
    checksum,
    checksum_of_staging,
    create_staging,
    drop,
    exchange,
    fill,
    fill_whole,
    move,
    parts_of_rows,
    release_source,
    rows_by_partition,
    separate_blocks,
    start_merges,
    trash_former,
)
from moose_dagster.ledger.checkpoints import Checkpoint, Event, after
from moose_dagster.ledger.writer import Ledger
from moose_dagster.live.data_parts import (
    read_parts,
    read_uuid,
    running_inserts,
    running_merges,
    running_mutations,
    server_time,
)
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId

_FOUND_WRONG = 0
_TRIES = 3
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Pace:
    """How a rebuild copies.

    Attributes:
        rows: About how many rows are copied between two checkpoints.
        bytes_per_second: The most that is read from disk, in bytes per second; 0 for no limit.
        small: A round of fewer rows than this is the last one before the exchange.
        rounds: The most rounds before the exchange.
        wait_for_inserts: Seconds to wait for inserts that began before the exchange.
    """

    rows: int = 20_000_000
    bytes_per_second: int = 0
    small: int = 100_000
    rounds: int = 5
    wait_for_inserts: float = 60.0


@dataclass(slots=True)
class RebuildRun:
    """One rebuild while it runs.

    Attributes:
        clickhouse: The server, for reading.
        ledger: Where checkpoints are written.
        send: Sends one statement about the table, or raises StatementError.
        progress: Called with the table, the rows copied so far and those to copy.
        checkpoint: How far it has come.
        pace: How it copies.
        verify: Makes sure that this run may still record what it has done, or raises
            StatementError.
    """

    clickhouse: ClickHouse
    ledger: Ledger
    send: Callable[[str], None]
    progress: Callable[[TableId, int, int], None]
    checkpoint: Checkpoint
    pace: Pace = field(default_factory=Pace)
    verify: Callable[[], None] = lambda: None

    @property
    def exchanged(self) -> bool:
        """Whether the new table has taken its place; then nothing of the rebuild may be dropped."""
        return self._is_live_one(self.checkpoint.rebuild.replacement) or self._is_live_one(
            self.checkpoint.rebuild.trash_name
        )

    def start(self, create_replacement: str) -> None:
        """Make the empty table that becomes the new one."""
        self._note(Event.STARTED)
        self.send(create_replacement)

    def run(self) -> None:
        """Copy what is not copied yet, and let the new table take its place.

        Raises:
            StatementError: A statement failed, or the copy is not what it should be.
        """
        if self.checkpoint.rebuild.copy_mode is CopyMode.WHOLE:
            self._copy_whole()
        else:
            self._copy()
        self._check_unchanged()
        self.send(exchange(self.checkpoint.rebuild))
        self.finish()

    def run_on_clone(self, alters: Iterable[str]) -> None:
        """Change a copy that shares the table's data parts, and let it take the table's place.

        What is written meanwhile is copied afterwards, and the table with every value of it goes
        into the trash: no ALTER ever reaches a table that has values which are nowhere else.

        Args:
            alters: The statements that change the copy.

        Raises:
            StatementError: A statement failed, or another table has the name.
        """
        self._clone()
        for statement in alters:
            self.send(statement)
        self._check_unchanged()
        self.send(exchange(self.checkpoint.rebuild))
        self._check_exchanged()
        self.finish()

    def finish(self) -> None:
        """Copy what was written until the exchange, and put the former table into the trash.

        Raises:
            StatementError: A statement failed, or inserts from before the exchange have not ended.
            RowsLeftBehind: All was done, and the new table lacks what somebody did to the former
                one meanwhile.
        """
        rebuild = self.checkpoint.rebuild
        if not self._is_live_one(rebuild.trash_name):
            owed = self._late_rows() if rebuild.copy_mode is CopyMode.WHOLE else self._catch_up()
            for statement in release_source(rebuild, rebuild.replacement):
                self.send(statement)
            self._drop_stages()
            if owed:
                # Before it is due: a run that is killed after the next statement says nothing.
                self.checkpoint = replace(self.checkpoint, owed=owed)
                self._note(Event.OWED)
            self.send(trash_former(rebuild))
        self._end()
        if self.checkpoint.owed:
            raise RowsLeftBehind(self.checkpoint.owed)

    def undo(self) -> None:
        """Leave the live table as it was, and nothing beside it.

        Raises:
            StatementError: A statement failed, or the exchange was made already.
        """
        rebuild = self.checkpoint.rebuild
        if self.exchanged:
            raise StatementError(
                f"{rebuild.table} was replaced already; the next run continues from there.", None
            )
        if self._is_live_one(rebuild.table):
            for statement in release_source(rebuild, rebuild.table):
                self.send(statement)
        self._drop_stages()
        self.send(drop(rebuild.replacement, rebuild.on_cluster_clause))
        self._note(Event.ENDED)

    def _end(self) -> None:
        table = self.checkpoint.rebuild.table
        self.ledger.renew(table, self.checkpoint.live_uuid, read_uuid(self.clickhouse, table))
        self._note(Event.ENDED)

    def _is_live_one(self, table: TableId) -> bool:
        """Tell whether *table* is the one that was live when the rebuild began."""
        return read_uuid(self.clickhouse, table) == self.checkpoint.live_uuid

    def _copy_whole(self) -> None:
        rebuild = self.checkpoint.rebuild
        if not rebuild.columns:
            return
        self.send(f"SYSTEM STOP MERGES {quoted_table(rebuild.replacement)}")
        self.send(fill_whole(rebuild))
        copied = self._count(rebuild.replacement)
        rows = self._count(rebuild.table)
        if copied != rows:
            difference = f"the copy holds {counted(copied, 'row')} and the table {rows:,}"
            text = f"{difference}; the table was left as it is. Try again."
            raise StatementError(text, _FOUND_WRONG)
        self.send(start_merges(rebuild.replacement))
        self._note(Event.FILLED, (Window("", -1, 0, copied),))
        self._note(Event.MOVED)

    def _clone(self) -> None:
        """Attach the data parts of the table to the replacement, and note which they were."""
        rebuild = self.checkpoint.rebuild
        self.send(f"SYSTEM STOP MERGES {quoted_table(rebuild.replacement)}")
        self._stop_mixing()
        self.send(attach_all(rebuild.table, rebuild.replacement))
        attached = rows_by_partition(read_parts(self.clickhouse, rebuild.replacement))
        copied = parts_of_rows(read_parts(self.clickhouse, rebuild.table), attached)
        if copied is None:
            text = "rows were written in an order that can't be told; nothing was changed"
            raise StatementError(f"{text}. Run again.", _FOUND_WRONG)
        state = replace(self.checkpoint, copied=copied)
        rows = rows_copied_of(self.clickhouse, state, rebuild.table)
        windows = [Window(partition, -1, high, 0) for partition, high in copied.items()]
        if windows:
            self._note(Event.FILLED, _with_rows(windows, rows))
            self._note(Event.MOVED)
        if rebuild.copy_mode is not CopyMode.UNMERGED:
            self.send(start_merges(rebuild.table))
        self.send(start_merges(rebuild.replacement))

    def _check_exchanged(self) -> None:
        """Exchange back where another table had taken the name right before the exchange."""
        rebuild = self.checkpoint.rebuild
        if self._is_live_one(rebuild.replacement):
            return
        self.send(exchange(rebuild))
        raise StatementError(
            "another table took the name while it was changed; the exchange was undone.", 0
        )

    def _copy(self) -> None:
        rebuild = self.checkpoint.rebuild
        if self.checkpoint.pending:
            self._move(rebuild.replacement)
        self._create_staging(rebuild.replacement)
        parts = self._unmixed_parts()
        for _ in range(self.pace.rounds):
            total = sum(part.rows for part in parts)
            rows = self.checkpoint.rows
            for batch in batches_of(parts, self.checkpoint.copied, self.pace.rows):
                self._copy_batch(rebuild.table, rebuild.replacement, batch)
                self.progress(rebuild.table, self.checkpoint.rows, max(total, self.checkpoint.rows))
            if self.checkpoint.rows - rows < self.pace.small:
                return
            parts = read_parts(self.clickhouse, rebuild.table)

    def _unmixed_parts(self) -> Sequence[DataPart]:
        """Return the parts of the live table once no merge can mix their blocks any more."""
        rebuild = self.checkpoint.rebuild
        self._stop_mixing()
        parts = read_parts(self.clickhouse, rebuild.table)
        if rebuild.copy_mode is not CopyMode.UNMERGED:
            self.send(start_merges(rebuild.table))
        return parts

    def _stop_mixing(self) -> None:
        """Stop merges, or let them write block numbers down, and wait for those that run."""
        rebuild = self.checkpoint.rebuild
        # SYSTEM STOP MERGES would cancel the mutation of a client, which gets error 341.
        self._wait(
            lambda: running_mutations(self.clickhouse, rebuild.table) == 0,
            "mutations of the table do not end",
        )
        for statement in separate_blocks(rebuild):
            self.send(statement)
        self._wait(
            lambda: running_merges(self.clickhouse, rebuild.table) == 0,
            "merges of the table do not stop",
        )

    def _copy_batch(self, source: TableId, into: TableId, batch: Sequence[Window]) -> None:
        rebuild = self.checkpoint.rebuild
        expected = None
        found = None
        for _ in range(_TRIES):
            self.send(fill(rebuild, source, self.checkpoint.staging, batch))
            expected = tuple(self.clickhouse.query(checksum(rebuild, source, batch))[0])
            found = tuple(
                self.clickhouse.query(checksum_of_staging(rebuild, self.checkpoint.staging))[0]
            )
            if expected == found:
                break
            self._create_staging(into)
        if expected != found or found is None:
            text = f"rows and hash of a copied batch are {found} and not {expected}"
            raise StatementError(f"{text}; the table was left as it is.", _FOUND_WRONG)
        counted = _with_rows(batch, int(found[0]))
        self._note(Event.FILLED, counted)
        self._move(into)

    def _move(self, into: TableId) -> None:
        staging = self.checkpoint.staging
        for partition in sorted(
            {part.partition for part in read_parts(self.clickhouse, staging) if part.rows}
        ):
            self.send(move(staging, partition, into))
        self._note(Event.MOVED)

    def _create_staging(self, model: TableId) -> None:
        """Make a staging table that no statement from before an interruption writes to."""
        former = self.checkpoint.staging if self.checkpoint.attempts else None
        self._note(Event.STAGED)
        staging = self.checkpoint.staging
        for statement in create_staging(staging, model):
            self.send(statement)
        if former is not None:
            self._drop(former)

    def _check_unchanged(self) -> None:
        """Raise StatementError where the copy is no longer one of what is live."""
        rebuild = self.checkpoint.rebuild
        if not self._is_live_one(rebuild.table):
            raise StatementError(
                "another table took the name while it was rebuilt; nothing was replaced.", 0
            )
        if rebuild.copy_mode is CopyMode.WHOLE:
            return
        changed = changed_since(self.clickhouse, self.checkpoint, rebuild.table)
        if changed:
            text = f"{changed} while the table was rebuilt; nothing was replaced. Run again."
            raise StatementError(text, _FOUND_WRONG)

    def _catch_up(self) -> str:
        """Copy what was written to the former table, until nobody writes to it any more."""
        rebuild = self.checkpoint.rebuild
        before = server_time(self.clickhouse)
        if self.checkpoint.pending:
            self._move(rebuild.table)
        if not self.checkpoint.attempts:
            self._create_staging(rebuild.table)
        quiet = False
        while not quiet:
            self._wait(
                lambda: running_inserts(self.clickhouse, before) == 0,
                f"inserts that began before {rebuild.table} was replaced have not ended; "
                f"their rows are safe in {rebuild.replacement}, and the next run continues",
                self.pace.wait_for_inserts,
            )
            parts = read_parts(self.clickhouse, rebuild.replacement)
            batches = tuple(batches_of(parts, self.checkpoint.copied, self.pace.rows))
            for batch in batches:
                self._copy_batch(rebuild.replacement, rebuild.table, batch)
            quiet = not batches
        changed = changed_since(self.clickhouse, self.checkpoint, rebuild.replacement)
        if not changed:
            return ""
        return (
            f"{changed} while the table was replaced: {rebuild.trash_name} keeps the table with "
            "this change, and the new table does not have it."
        )

    def _late_rows(self) -> str:
        rebuild = self.checkpoint.rebuild
        former_name = self.checkpoint.rebuild.trash_name
        rows = self._count(rebuild.replacement) - self.checkpoint.rows if rebuild.columns else 0
        late = f"kept in {former_name}: {counted(rows, 'row')} written while the table was rebuilt."
        return late if rows > 0 else ""

    def _note(self, event: Event, pending: tuple[Window, ...] = ()) -> None:
        self.verify()
        self.checkpoint = after(self.checkpoint, event, pending)
        self.ledger.write_event(self.checkpoint, event, pending)

    def _count(self, table: TableId) -> int:
        return int(self.clickhouse.query(f"SELECT count() FROM {quoted_table(table)}")[0][0])

    def _drop(self, table: TableId) -> None:
        self.send(drop(table))

    def _drop_stages(self) -> None:
        """Drop the staging table of every attempt: a killed run may have left earlier ones."""
        for attempt in range(1, self.checkpoint.attempts + 1):
            self._drop(self.checkpoint.rebuild.staging_of(attempt))

    def _wait(self, done: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise StatementError(f"{what}.", None)
            time.sleep(_POLL)


def _with_rows(batch: Sequence[Window], rows: int) -> tuple[Window, ...]:
    """Return *batch* with the counted *rows* in its first window and none in the others."""
    first, *others = batch
    return (
        Window(first.partition, first.low, first.high, rows),
        *(Window(window.partition, window.low, window.high, 0) for window in others),
    )
