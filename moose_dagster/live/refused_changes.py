"""Ask the server which changes of tables it refuses, before any of them is sent.

A temporary table is checked as any other one is (26.9: `tests/live/test_refused_changes.py`), and
without a session it is gone as soon as it is made.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.evolve import evolve
from moose_dagster.diff.table_changes import TableChange, table_of
from moose_dagster.errors import ServerError
from moose_dagster.live.unfit_expressions import shown_message
from moose_dagster.risk.server_limits import RefusedChange, is_told_by_a_definition
from moose_dagster.sql.create import create_temporary_table
from moose_dagster.state.names import TableId
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Engine, Table

# What no server refuses that makes temporary MergeTree tables at all.
_PLAIN = "CREATE TEMPORARY TABLE plain (x UInt8) ENGINE = MergeTree ORDER BY x"
# The user may not make temporary tables.
_NO_RIGHT = frozenset({164, 497})
# These are about the moment, or about a table or database that may be made by the same plan.
_NOT_OF_THE_TABLE = frozenset({60, 81, 159, 160, 202, 210, 241, 242, 243, 252, 724, 999})
_OF_A_DICTIONARY = re.compile(r"Dictionary \(")


def refused_changes(
    clickhouse: ClickHouse,
    planned: Iterable[TableChange],
    live: State,
    settings: Mapping[TableId, Mapping[str, str]],
) -> dict[TableId, tuple[RefusedChange, ...]]:
    """Return which of the *planned* changes the server refuses, and what it says.

    Nothing is returned where the user may not make temporary tables, or where the live table can't
    be made again either.

    Args:
        clickhouse: The server.
        planned: The changes of MergeTree tables; those of other engines are passed over.
        live: The tables as they stand.
        settings: What the statements about a table are sent with.

    Raises:
        ServerUnreachable: The server went away.
    """
    grouped = defaultdict[TableId, list[TableChange]](list)
    for change in planned:
        grouped[table_of(change)].append(change)
    refused = dict[TableId, tuple[RefusedChange, ...]]()
    for table, of_table in grouped.items():
        if not any(map(is_told_by_a_definition, of_table)):
            continue
        asked = _AskedTable(clickhouse, table, live, settings.get(table, {}))
        try:
            refused[table] = tuple(asked.refused(of_table))
        except _NoRightError:
            return {}
    return {table: found for table, found in refused.items() if found}


class _NoRightError(Exception):
    """The user may not make temporary tables."""


@dataclass(frozen=True, slots=True)
class _AskedTable:
    clickhouse: ClickHouse
    table: TableId
    live: State
    settings: Mapping[str, str]

    def refused(self, planned: Sequence[TableChange]) -> Iterator[RefusedChange]:
        """Yield those of the *planned* changes that the server refuses, the first reason first."""
        base = [change for change in planned if _is_rename(change)]
        left = [change for change in planned if not _is_rename(change)]
        why = self._refusal([*base, *left])
        if not why:
            return
        self._check_plain()
        is_new = isinstance(left[0], changes.CreateTable)
        if not is_new and self._refusal(base):
            return
        while why:
            found = [change for change in left if self._refusal([*base, change]) == why]
            if not found:
                return
            yield from (RefusedChange(change, why) for change in found)
            left = [change for change in left if change not in found]
            why = self._refusal([*base, *left]) if left else ""

    def _check_plain(self) -> None:
        """Raise _NoRightError where it is not the table that is refused."""
        try:
            self.clickhouse.command(_PLAIN)
        except ServerError as error:
            raise _NoRightError from error

    def _refusal(self, planned: Sequence[TableChange]) -> str:
        """Return what the server says against the table after *planned*, or ""."""
        target = evolve(self.live, planned).tables.get(self.table)
        if target is None or not _can_be_temporary(target):
            return ""
        plain = replace(
            target, engine=Engine(target.engine.plain_name, target.engine.own_arguments)
        )
        try:
            self.clickhouse.command(create_temporary_table(plain), self.settings)
        except ServerError as error:
            if error.code in _NO_RIGHT:
                raise _NoRightError from error
            message = shown_message(error)
            is_of_table = error.code is not None and error.code not in _NOT_OF_THE_TABLE
            return message if is_of_table and not _OF_A_DICTIONARY.match(message) else ""
        return ""


def _is_rename(change: TableChange) -> bool:
    return isinstance(change, changes.RenameTable | changes.RenameColumn)


def _can_be_temporary(table: Table) -> bool:
    """Tell whether *table* can be made as a temporary table that stands for it."""
    if not table.engine.is_merge_tree:
        return False
    # A disk of its own would be made; a secret is not known here.
    return "(" not in table.settings.get("disk", "") and REDACTED not in repr(table)
