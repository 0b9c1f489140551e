"""Copy the rows of a table in batches, each exactly once, with a checkpoint after each step."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from moose_dagster.apply.rebuild.pace import Pace
from moose_dagster.apply.rebuild.verify import unfit_rows
from moose_dagster.apply.results import NoLongerProved, StatementError
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.batches import Window, batches_of
from moose_dagster.ddl.rebuild import (
    allow_merges,
    checksum,
    checksum_of_staging,
    create_staging,
    drop,
    fill,
    move,
    separate_blocks,
)
from moose_dagster.ledger.checkpoints import Checkpoint, Event, after
from moose_dagster.ledger.writer import Ledger
from moose_dagster.live.data_parts import (
    read_parts,
    read_uuid,
    running_merges,
    running_mutations,
)
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId

FOUND_WRONG = 0
_TRIES = 3
_POLL = 0.05


@dataclass(slots=True)
class BatchCopy:
    """The copy that a rebuild makes.

    Attributes:
        clickhouse: The server, for reading.
        ledger: Where checkpoints are written.
        send: Sends one statement about the table, or raises StatementError.
        progress: Called with the table, the rows copied so far and those to copy.
        checkpoint: How far it has come.
        pace: How it copies.
        verify: Makes sure that this run may still record what it has done, or raises
            StatementError.
        has_staging: Whether this run has made a staging table; one of an interrupted run may lack a
            statement that prepares it, or not be there at all.
    """

    clickhouse: ClickHouse
    ledger: Ledger
    send: Callable[[str], None]
    progress: Callable[[TableId, int, int], None]
    checkpoint: Checkpoint
    pace: Pace = field(default_factory=Pace)
    verify: Callable[[], None] = lambda: None
    has_staging: bool = False

    def copy(self) -> None:
        """Copy the rows of the live table into the replacement, but for few that came late."""
        rebuild = self.checkpoint.rebuild
        if self.checkpoint.pending:
            self.move(rebuild.replacement)
        self.create_staging_table(rebuild.replacement)
        self.keep_blocks_apart()
        parts = read_parts(self.clickhouse, rebuild.table)
        self.allow_merges()
        for _ in range(self.pace.rounds):
            total = sum(part.rows for part in parts)
            rows = self.checkpoint.rows
            for batch in batches_of(parts, self.checkpoint.copied, self.pace.rows):
                self.check(batch)
                self.copy_batch(rebuild.table, rebuild.replacement, batch)
                self.progress(rebuild.table, self.checkpoint.rows, max(total, self.checkpoint.rows))
            if self.checkpoint.rows - rows < self.pace.small:
                return
            parts = read_parts(self.clickhouse, rebuild.table)

    def check(self, batch: Sequence[Window]) -> None:
        """Make sure that the rows of *batch*, none for all, fit what the table becomes.

        Raises:
            NoLongerProved: They do not; the table is still as it was.
        """
        rebuild = self.checkpoint.rebuild
        unfit = unfit_rows(self.clickhouse, rebuild, rebuild.table, batch)
        if unfit:
            text = f"{unfit} came after the check"
            raise NoLongerProved(f"{text}; the table was left as it is.")

    def keep_blocks_apart(self) -> None:
        """Let no merge begin, or write block numbers down, and wait for those that run."""
        table = self.checkpoint.rebuild.table
        self.wait(
            lambda: running_mutations(self.clickhouse, table) == 0,
            "mutations of the table do not end; nothing was changed",
            self.pace.wait_for_merges,
        )
        for statement in separate_blocks(self.checkpoint.rebuild):
            self.send(statement)
        self.wait(
            lambda: running_merges(self.clickhouse, table) == 0,
            "merges of the table do not end; nothing was changed",
            self.pace.wait_for_merges,
        )

    def allow_merges(self) -> None:
        """Let merges begin again where they write block numbers down."""
        if self.checkpoint.rebuild.stays_unmerged:
            return
        for statement in allow_merges(self.checkpoint.rebuild):
            self.send(statement)

    def copy_batch(self, source: TableId, into: TableId, batch: Sequence[Window]) -> None:
        """Copy the rows of *batch* from *source* by way of the staging table, and compare them."""
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
            self.create_staging_table(into)
        if expected != found or found is None:
            text = f"rows and hash of a copied batch are {found} and not {expected}"
            raise StatementError(f"{text}; the table was left as it is.", FOUND_WRONG)
        counted = with_rows(batch, int(found[0]))
        self.note(Event.FILLED, counted)
        self.move(into)

    def move(self, into: TableId) -> None:
        """Move what is in the staging table *into* another one."""
        staging = self.checkpoint.staging
        for partition in sorted(
            {part.partition for part in read_parts(self.clickhouse, staging) if part.rows}
        ):
            self.send(move(staging, partition, into))
        self.note(Event.MOVED)

    def create_staging_table(self, model: TableId) -> None:
        """Make a staging table that no statement from before an interruption writes to."""
        earlier = self.checkpoint.staging if self.checkpoint.attempts else None
        self.note(Event.STAGED)
        attempt = self.checkpoint.attempts
        for statement in create_staging(self.checkpoint.rebuild, attempt, model):
            self.send(statement)
        if earlier is not None:
            self.send(drop(earlier))
        self.has_staging = True

    def drop_staging(self) -> None:
        """Drop the staging table of every attempt: a killed run may have left earlier ones."""
        for attempt in range(1, self.checkpoint.attempts + 1):
            self.send(drop(self.checkpoint.rebuild.staging_of(attempt)))

    def note(self, event: Event, pending: tuple[Window, ...] = ()) -> None:
        """Write down *event*, and go on from the checkpoint that it leads to."""
        self.verify()
        self.checkpoint = after(self.checkpoint, event, pending)
        self.ledger.write_event(self.checkpoint, event, pending)

    def is_live_one(self, table: TableId) -> bool:
        """Tell whether *table* is the one that was live when the rebuild began."""
        return read_uuid(self.clickhouse, table) == self.checkpoint.live_uuid

    def count(self, table: TableId) -> int:
        """Return the number of rows of *table*."""
        return int(self.clickhouse.query(f"SELECT count() FROM {quoted_table(table)}")[0][0])

    def wait(
        self,
        done: Callable[[], bool],
        what: str,
        seconds: float,
        *,
        code: int | None = FOUND_WRONG,
    ) -> None:
        """Wait until something is *done*.

        Args:
            done: Tells whether it is.
            what: What is said otherwise, without its period.
            seconds: The most to wait.
            code: The code of the error; None where the next run continues.

        Raises:
            StatementError: It was not done in time.
        """
        deadline = time.monotonic() + seconds
        while not done():
            self.verify()
            if time.monotonic() > deadline:
                raise StatementError(f"{what}.", code)
            time.sleep(_POLL)


def with_rows(batch: Sequence[Window], rows: int) -> tuple[Window, ...]:
    """Return *batch* with the counted *rows* in its first window and none in the others."""
    first, *others = batch
    return (
        Window(first.partition, first.low, first.high, rows),
        *(Window(window.partition, window.low, window.high, 0) for window in others),
    )
