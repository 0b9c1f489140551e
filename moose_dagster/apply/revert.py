"""Revert type changes that got stuck: the metadata has the new type, the rows can't be read."""

from collections.abc import Callable, Mapping, Sequence

from moose_dagster.apply.results import StatementError
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff.table_changes import ChangeType
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.plan.steps import Action
from moose_dagster.sql.create import on_cluster
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column
from moose_dagster.state.types import canonical_type


def revert_type_change(clickhouse: ClickHouse, action: Action, send: Callable[[str], None]) -> str:
    """Give the columns that *action* left stuck their live type again, and return what happened.

    Args:
        clickhouse: The server, whose error ended the action.
        action: What was sent.
        send: Sends one statement, and raises StatementError where it ends badly.
    """
    retyped = [step.change for step in action.steps if isinstance(step.change, ChangeType)]
    if not retyped:
        return ""
    table = action.table
    on_cluster_clause = on_cluster(action.context.statement_cluster)
    commands = list[str]()
    try:
        live_types = _live_types(clickhouse, table)
        turned = [change for change in retyped if _has_turned(change, live_types)]
        reasons = _unfinished(clickhouse, table) if turned else ()
        if not reasons:
            return ""
        names = ", ".join(f"{change.live.name} {change.desired.type}" for change in turned)
        if "" in reasons:
            return f" The server still changes {names}, see system.mutations; nothing was reverted."
        commands = list(
            _commands(table, on_cluster_clause, [change.live for change in turned], live_types)
        )
        for command in commands:
            send(command)
        rows = _read_through(clickhouse, table, [change.live.name for change in turned])
        left = _unfinished(clickhouse, table)
    except (ServerError, ServerUnreachable, StatementError) as trouble:
        if not commands:
            return (
                f" Whether the type change is stuck is not known ({trouble}); "
                "look at system.mutations."
            )
        by_hand = "; ".join(commands)
        return (
            f" The type change is stuck and {table} can't be read. Reverting it failed "
            f"({trouble}). By hand: {by_hand}; then SELECT from it, and look at system.mutations "
            "WHERE NOT is_done."
        )
    was = ", ".join(f"{change.live.name} {change.live.type}" for change in turned)
    read = f"reading gave {counted(rows, 'row')}"
    rest = (
        "no mutation is left"
        if not left
        else "a mutation of the table is still open, see system.mutations"
    )
    return f" The type change got stuck at {names}; it was reverted to {was}, {read}, and {rest}."


def revert_stored_type(
    clickhouse: ClickHouse,
    table: TableId,
    stored: Mapping[str, str],
    on_cluster_clause: str,
    send: Callable[[str], None],
) -> str:
    """Give the columns that an interrupted run left stuck the type that their rows hold.

    Args:
        clickhouse: The server.
        table: Whose columns.
        stored: The type that the rows hold, by column.
        on_cluster_clause: The `ON CLUSTER` of the table, or "".
        send: Sends one statement.

    Raises:
        StatementError: The server refuses; nothing else was changed.
        ServerError: It can't be read afterwards either.
        ServerUnreachable: The server went away.
    """
    types = (f"MODIFY COLUMN {quoted_name(name)} {type_}" for name, type_ in stored.items())
    send(f"ALTER TABLE {quoted_table(table)}{on_cluster_clause} {', '.join(types)}")
    rows = _read_through(clickhouse, table, list(stored))
    was = ", ".join(f"{name} {type_}" for name, type_ in stored.items())
    return (
        f"{table}: a stuck type change was reverted to {was}; reading gave {counted(rows, 'row')}."
    )


def _has_turned(change: ChangeType, live_types: dict[str, tuple[str, str]]) -> bool:
    name = change.live.name
    return name in live_types and canonical_type(live_types[name][0]) != change.live.type


def _live_types(clickhouse: ClickHouse, table: TableId) -> dict[str, tuple[str, str]]:
    """Return type and kind of default of every column."""
    rows = clickhouse.query(
        f"SELECT name, type, default_kind FROM system.columns WHERE {_of(table)}",
    )
    return {str(name): (str(type_), str(kind)) for name, type_, kind in rows}


def _unfinished(clickhouse: ClickHouse, table: TableId) -> Sequence[str]:
    """Return for each mutation that is not done why it failed, "" where it did not."""
    rows = clickhouse.query(
        f"SELECT latest_fail_reason FROM system.mutations WHERE NOT is_done AND {_of(table)}"
    )
    return [str(reason) for (reason,) in rows]


def _commands(
    table: TableId,
    on_cluster_clause: str,
    columns: Sequence[Column],
    live_types: dict[str, tuple[str, str]],
) -> list[str]:
    head = f"ALTER TABLE {quoted_table(table)}{on_cluster_clause} "
    # The stuck mutation ends by itself once the type is the stored one; KILL MUTATION would undo
    # nothing.
    types = list[str]()
    for column in columns:
        default = f" {column.default}" if column.default else ""
        types.append(f"MODIFY COLUMN {quoted_name(column.name)} {column.type}{default}")
    extra = [column.name for column in columns if not column.default and live_types[column.name][1]]
    removed = [
        f"{head}MODIFY COLUMN {quoted_name(name)} REMOVE {live_types[name][1]}" for name in extra
    ]
    return [head + ", ".join(types), *removed]


def _read_through(clickhouse: ClickHouse, table: TableId, columns: Sequence[str]) -> int:
    names = ", ".join(map(quoted_name, columns))
    return int(
        clickhouse.query(f"SELECT count(), sum(ignore({names})) FROM {quoted_table(table)}")[0][0]
    )


def _of(table: TableId) -> str:
    return f"database = {quoted_text(table.database)} AND table = {quoted_text(table.name)}"
