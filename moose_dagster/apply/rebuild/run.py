"""Rebuild a table while it is written, with every acknowledged row once in the new one.

What is live stays live until a complete copy takes its place in one atomic exchange. Each step that
must not happen twice is recorded before or after it, and an interrupted rebuild continues from
there. No two runs use the same names, so that a statement of a killed run that arrives late finds
nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from moose_dagster.apply.rebuild.copy import FOUND_WRONG, BatchCopy, with_rows
from moose_dagster.apply.rebuild.verify import changed_since, rows_copied_of, unfit_rows
from moose_dagster.apply.results import RowsLeftBehind, StatementError
from moose_dagster.apply.room import has_definition
from moose_dagster.ddl.batches import Window, batches_of, parts_of_rows, rows_by_partition
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.rebuild import (
    CopyMode,
    attach_all,
    drop,
    exchange,
    fill_whole,
    release_source,
    rename,
    set_aside,
    start_merges,
    trash_former,
)
from moose_dagster.ledger.checkpoints import Event, claimed
from moose_dagster.live.data_parts import (
    read_blocks,
    read_parts,
    read_uuid,
    running_inserts,
    server_time,
)
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.counting import counted


@dataclass(slots=True)
class RebuildRun(BatchCopy):
    """One rebuild while it runs."""

    @property
    def exchanged(self) -> bool:
        """Whether the new table has taken its place; then nothing of the rebuild may be dropped."""
        rebuild = self.checkpoint.rebuild
        return any(map(self.is_live_one, (rebuild.replacement, rebuild.former, rebuild.trash_name)))

    def start(self, create_replacement: str) -> None:
        """Make the empty table that becomes the new one."""
        self.note(Event.STARTED)
        self.send(create_replacement)
        uuid = read_uuid(self.clickhouse, self.checkpoint.rebuild.replacement)
        self.checkpoint = replace(self.checkpoint, replacement_uuid=uuid)
        self.note(Event.MADE)

    def claim(self, names: Names) -> None:
        """Go on with the rebuild of an earlier run under *names* that it did not know.

        Raises:
            StatementError: A statement failed.
        """
        earlier = self.checkpoint
        self.checkpoint = claimed(earlier, names)
        self.note(Event.CLAIMED)
        rebuild = self.checkpoint.rebuild
        for known in earlier.names:
            for table, name in zip(known, self.checkpoint.names[-1], strict=True):
                if read_uuid(self.clickhouse, table):
                    self.send(rename(table, name, rebuild.on_cluster_clause))

    def run(self) -> None:
        """Copy what is not copied yet, and let the new table take its place.

        Raises:
            StatementError: A statement failed, or the copy is not what it should be.
        """
        if self.checkpoint.rebuild.copy_mode is CopyMode.WHOLE:
            self._copy_whole()
        else:
            self.copy()
        self._replace()

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
        self._replace()

    def finish(self) -> None:
        """Copy what was written until the exchange, and put the former table into the trash.

        Raises:
            StatementError: A statement failed, or inserts from before the exchange have not ended.
            RowsLeftBehind: All was done, and the new table lacks what somebody did to the former
                one meanwhile.
        """
        rebuild = self.checkpoint.rebuild
        if not self.is_live_one(rebuild.trash_name):
            if self.is_live_one(rebuild.replacement):
                self.send(set_aside(rebuild))
            self._check_set_aside()
            changed = self._late_rows() if rebuild.copy_mode is CopyMode.WHOLE else self._catch_up()
            for statement in release_source(rebuild, rebuild.former):
                self.send(statement)
            self.drop_staging()
            # Before it is due: a run that is killed after the next statement says nothing.
            self._owe(changed)
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
        self._give_back()
        if self.is_live_one(rebuild.table):
            for statement in release_source(rebuild, rebuild.table):
                self.send(statement)
        self.drop_staging()
        self.send(drop(rebuild.replacement, rebuild.on_cluster_clause))
        self.note(Event.ENDED)

    def _end(self) -> None:
        table = self.checkpoint.rebuild.table
        self.ledger.renew(table, self.checkpoint.live_uuid, read_uuid(self.clickhouse, table))
        self.note(Event.ENDED)

    def _copy_whole(self) -> None:
        rebuild = self.checkpoint.rebuild
        if not rebuild.columns:
            return
        self.send(f"SYSTEM STOP MERGES {quoted_table(rebuild.replacement)}")
        self.send(fill_whole(rebuild))
        copied = self.count(rebuild.replacement)
        rows = self.count(rebuild.table)
        if copied != rows:
            difference = f"the copy holds {counted(copied, 'row')} and the table {rows:,}"
            text = f"{difference}; the table was left as it is. Try again."
            raise StatementError(text, FOUND_WRONG)
        self.send(start_merges(rebuild.replacement))
        self.note(Event.FILLED, (Window("", -1, 0, copied),))
        self.note(Event.MOVED)

    def _clone(self) -> None:
        """Attach the data parts of the table to the replacement, and note which they were."""
        rebuild = self.checkpoint.rebuild
        self.send(f"SYSTEM STOP MERGES {quoted_table(rebuild.replacement)}")
        self.keep_blocks_apart()
        self.send(attach_all(rebuild.table, rebuild.replacement))
        attached = rows_by_partition(read_parts(self.clickhouse, rebuild.replacement))
        copied = parts_of_rows(read_parts(self.clickhouse, rebuild.table), attached)
        self.allow_merges()
        if copied is None:
            text = "rows were written in an order that can't be told; nothing was changed"
            raise StatementError(f"{text}. Run again.", FOUND_WRONG)
        state = replace(self.checkpoint, copied=copied)
        rows = rows_copied_of(self.clickhouse, state, rebuild.table)
        windows = [Window(partition, -1, high, 0) for partition, high in copied.items()]
        if windows:
            self.note(Event.FILLED, with_rows(windows, rows))
            self.note(Event.MOVED)
        self.send(start_merges(rebuild.replacement))

    def _replace(self) -> None:
        """Exchange the two tables, unless the copy is no longer one of what is live."""
        rebuild = self.checkpoint.rebuild
        if not self.is_live_one(rebuild.table):
            text = "another table took the name while it was rebuilt; nothing was replaced."
            raise StatementError(text, FOUND_WRONG)
        if rebuild.copy_mode is not CopyMode.WHOLE:
            changed = changed_since(self.clickhouse, self.checkpoint, rebuild.table)
            if changed:
                text = f"{changed} while the table was rebuilt; nothing was replaced. Run again."
                raise StatementError(text, FOUND_WRONG)
        self._check_late_rows()
        if not has_definition(self.clickhouse, rebuild.replacement):
            text = "the definition of the copy is lost, as when the disk has no space left"
            raise StatementError(
                f"{text}; nothing was replaced. Make room and run again.", FOUND_WRONG
            )
        self.send(exchange(rebuild))
        if not self.is_live_one(rebuild.replacement):
            self._give_back()
            text = "another table took the name while it was rebuilt; the exchange was undone."
            raise StatementError(text, FOUND_WRONG)
        self.finish()

    def _check_late_rows(self) -> None:
        """Raise NoLongerProved where a row that is not copied yet does not fit the new table."""
        rebuild = self.checkpoint.rebuild
        if not rebuild.checks:
            return
        if rebuild.copy_mode is CopyMode.WHOLE:
            self.check(())
            return
        parts = read_parts(self.clickhouse, rebuild.table)
        for batch in batches_of(parts, self.checkpoint.copied, self.pace.rows):
            self.check(batch)

    def _give_back(self) -> None:
        """Exchange back where another table had taken the name right before the exchange."""
        rebuild = self.checkpoint.rebuild
        ours = self.checkpoint.replacement_uuid
        if not ours or read_uuid(self.clickhouse, rebuild.replacement) in {"", ours}:
            return
        if read_uuid(self.clickhouse, rebuild.table) == ours:
            self.send(exchange(rebuild))
        if read_uuid(self.clickhouse, rebuild.replacement) != ours:
            text = f"{rebuild.replacement} is a table that the rebuild has not made"
            raise StatementError(f"{text}; give it another name, and run again.", None)

    def _check_set_aside(self) -> None:
        """Raise StatementError where somebody exchanged the tables back right after us."""
        rebuild = self.checkpoint.rebuild
        if self.is_live_one(rebuild.former):
            return
        if self.is_live_one(rebuild.table):
            self.send(rename(rebuild.former, rebuild.replacement, rebuild.on_cluster_clause))
            text = "the exchange of the tables was taken back; nothing was replaced. Run again."
            raise StatementError(text, FOUND_WRONG)
        raise StatementError(
            f"the former table of {rebuild.table} is neither {rebuild.former} nor in its place; "
            f"look for the table with the uuid {self.checkpoint.live_uuid}.",
            None,
        )

    def _catch_up(self) -> str:
        """Copy what was written to the former table, until nobody writes to it any more."""
        rebuild = self.checkpoint.rebuild
        before = server_time(self.clickhouse)
        if self.checkpoint.pending:
            self.move(rebuild.table)
        if not self.has_staging:
            self.create_staging_table(rebuild.table)
        quiet = False
        while not quiet:
            self.wait(
                lambda: running_inserts(self.clickhouse, before) == 0,
                f"inserts that began before {rebuild.table} was replaced have not ended; "
                f"their rows are safe in {rebuild.former}, and the next run continues",
                self.pace.wait_for_inserts,
                code=None,
            )
            parts = read_parts(self.clickhouse, rebuild.former)
            batches = tuple(batches_of(parts, self.checkpoint.copied, self.pace.rows))
            for batch in batches:
                self._copy_late(batch)
            quiet = not batches
        changed = changed_since(self.clickhouse, self.checkpoint, rebuild.former)
        if not changed:
            return ""
        return (
            f"{changed} while the table was replaced: {rebuild.trash_name} keeps the table with "
            "this change, and the new table does not have it."
        )

    def _copy_late(self, batch: Sequence[Window]) -> None:
        """Copy the rows of *batch* from the former table, but for inserts that do not fit."""
        rebuild = self.checkpoint.rebuild
        unfit = unfit_rows(self.clickhouse, rebuild, rebuild.former, batch)
        if not unfit:
            self.copy_batch(rebuild.former, rebuild.table, batch)
            return
        blocks = read_blocks(self.clickhouse, rebuild.former, batch)
        if len(blocks) > 1:
            for block in blocks:
                self._copy_late((block,))
            return
        for block in blocks:
            self._owe(
                f"{counted(block.rows, 'row')} that came while the table was replaced (block "
                f"{block.high} of the partition {block.partition}): kept in {rebuild.trash_name} "
                f"alone, because of {unfit}. `moose-dagster restore` puts that table back, with "
                "its earlier definition."
            )
        self.note(Event.FILLED, tuple(blocks))
        self.note(Event.MOVED)

    def _owe(self, sentence: str) -> None:
        """Write down what the run that ends this rebuild has to say, whichever that is."""
        if sentence and sentence not in self.checkpoint.owed:
            owed = f"{self.checkpoint.owed} {sentence}".strip()
            self.checkpoint = replace(self.checkpoint, owed=owed)
            self.note(Event.OWED)

    def _late_rows(self) -> str:
        rebuild = self.checkpoint.rebuild
        rows = self.count(rebuild.former) - self.checkpoint.rows if rebuild.columns else 0
        written = f"{counted(rows, 'row')} written while the table was rebuilt."
        late = f"kept in {rebuild.trash_name}: {written}"
        return late if rows > 0 else ""
