"""Decide how a rebuild begins: from the start, or where an interrupted one stopped."""

from collections.abc import Iterator
from dataclasses import replace

from moose_dagster.apply.rebuild.verify import changed_since
from moose_dagster.apply.results import StatementError
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.alter import alter_statements
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.rebuild import BLOCK_NUMBERS, CopyMode, rebuild_of
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.live.data_parts import (
    free_bytes,
    hidden_rows,
    read_marker,
    read_parts,
    read_uuid,
    running_mutations,
)
from moose_dagster.live.tables import read_tables
from moose_dagster.plan.steps import Action, fingerprint_of
from moose_dagster.sql.create import create_table
from moose_dagster.state.counting import counted
from moose_dagster.state.names import NIL_UUID
from moose_dagster.state.tables import Table

_NOT_IMPLEMENTED = 48
_NOT_ENOUGH_SPACE = 243


def start_checkpoint(clickhouse: ClickHouse, action: Action, names: Names) -> Checkpoint:
    """Return the checkpoint of a rebuild that begins now.

    Raises:
        StatementError: The table can't be replaced in one exchange, mutations are running, or the
            disk is too small.
    """
    live, target = _both(action)
    uuid = read_uuid(clickhouse, live.id)
    if uuid in {"", NIL_UUID}:
        text = f"the database {live.id.database} can't exchange tables"
        raise StatementError(f"{text}; move the table into one of engine Atomic.", _NOT_IMPLEMENTED)
    # Before they are counted: a mutation that begins in between is noticed before the exchange.
    marker = read_marker(clickhouse, live.id)
    mutations = running_mutations(clickhouse, live.id)
    if mutations:
        raise StatementError(
            f"the table still has {counted(mutations, 'running mutation')}; wait and run again.", 0
        )
    if hidden := hidden_rows(clickhouse, live.id):
        raise StatementError(
            f"{hidden}, and would not be copied; run it as a user who sees every row.", 0
        )
    rebuild = rebuild_of(action, live, target, names)
    if rebuild.copy_mode is not CopyMode.WHOLE:
        needed = sum(part.bytes for part in read_parts(clickhouse, live.id))
        free = free_bytes(clickhouse, live.id)
        if needed > free:
            text = f"a second copy needs {counted(needed, 'byte')}"
            raise StatementError(
                f"{text} and the disks of the table have {free:,} free.", _NOT_ENOUGH_SPACE
            )
    return Checkpoint(rebuild, names.stamp, _fingerprint(action), uuid, marker)


def start_clone(clickhouse: ClickHouse, action: Action, names: Names) -> Checkpoint | None:
    """Return the checkpoint of a change that is made on a clone, or None where that can't be.

    Raises:
        StatementError: Mutations are running.
    """
    live, target = _both(action)
    uuid = read_uuid(clickhouse, live.id)
    if uuid in {"", NIL_UUID}:
        return None
    marker = read_marker(clickhouse, live.id)
    # A copy of what came meanwhile would lack what a policy hides, or a patch part changes.
    if not marker.endswith("/0") or hidden_rows(clickhouse, live.id):
        return None
    if running_mutations(clickhouse, live.id):
        raise StatementError(
            "mutations of the table are still running; wait for them and run again.", 0
        )
    return Checkpoint(
        rebuild_of(action, live, target, names), names.stamp, _fingerprint(action), uuid, marker
    )


def alters_of_clone(action: Action, checkpoint: Checkpoint) -> Iterator[str]:
    """Yield the statements of *action* for the clone that it is made on."""
    live, target = _both(action)
    yield from alter_statements(action, replace(live, id=checkpoint.rebuild.replacement), target)


def can_resume(clickhouse: ClickHouse, checkpoint: Checkpoint, action: Action) -> bool:
    """Tell whether the rebuild at *checkpoint* fits *action* and the table that is live now."""
    rebuild = checkpoint.rebuild
    live, _ = _both(action)
    if rebuild.copy_mode is CopyMode.WHOLE or checkpoint.fingerprint != _fingerprint(action):
        return False
    if read_uuid(clickhouse, live.id) != checkpoint.live_uuid or not read_uuid(
        clickhouse, rebuild.replacement
    ):
        return False
    if rebuild.copy_mode is CopyMode.NUMBERED and checkpoint.copied:
        # A plan does not show what the rebuild itself has set.
        found = read_tables(clickhouse, [live.id]).state.tables.get(live.id)
        if found is None or found.settings.get(BLOCK_NUMBERS) != "1":
            return False
    return not changed_since(clickhouse, checkpoint, live.id)


def _fingerprint(action: Action) -> str:
    """Return what is the same for two rebuilds that build and copy the same."""
    live, target = _both(action)
    rebuild = rebuild_of(action, live, target, Names())
    return fingerprint_of([create_table(target), rebuild.columns, rebuild.values, rebuild.hashes])


def _both(action: Action) -> tuple[Table, Table]:
    live = action.context.live
    target = action.target
    if live is None or target is None:
        raise ValueError(f"{action.table}: a rebuild without the tables it needs")
    return live, target
