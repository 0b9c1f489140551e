"""Run the text written for a table and compare its declaration with the live table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moose_dagster.declare.desired import desired_table, table_faults
from moose_dagster.declare.faults import Fault
from moose_dagster.declare.misplaced_secrets import misplaced_in_table
from moose_dagster.declare.models import ModelColumns, columns_of
from moose_dagster.declare.nested import flattened
from moose_dagster.declare.statement_settings import flattens_nested
from moose_dagster.declare.tables import AnyTable
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.diff.tables import diff_tables
from moose_dagster.normalize.undeclared import fill_undeclared
from moose_dagster.plan.describe import describe
from moose_dagster.pull.imports import imports_of
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Table


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with a written table.

    Attributes:
        faults: Why it can't be declared.
        differences: Where it differs from the live table.
        columns: The columns that a fault or a difference is about.
    """

    faults: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.faults or self.differences)


def findings_in(text: str, variable: str, live: Table) -> Findings:
    """Return what is wrong with the declaration *variable* in *text* of the table *live*."""
    table: AnyTable = loaded(text)[variable]
    model = columns_of(table.model)
    if flattens_nested(table.config):
        model = flattened(model)
    faults = tuple(table_faults(live.id, table.config, model))
    if faults:
        return Findings(
            faults=tuple(map(sentence, faults)), columns=_columns_in(faults, model, live)
        )
    desired = desired_table(live.id, table.config, model)
    misplaced = tuple(misplaced_in_table(desired))
    if misplaced:
        return Findings(faults=tuple(map(sentence, misplaced)))
    labels_only = {live.id: model.labels_only}
    live_state = State({live.id: live})
    changes = diff_tables(
        live_state, fill_undeclared(State({live.id: desired}), live_state, labels_only)
    )
    return Findings(
        differences=tuple(map(_difference, changes)),
        columns=frozenset(
            column.name for column in live.columns if desired.column(column.name) != column
        ),
    )


def loaded(text: str, others: Mapping[str, object] | None = None) -> Mapping[str, Any]:
    """Run *text* with its imports and the names *others*, and return what it declares."""
    namespace: dict[str, Any] = {"__name__": "pulled", **(others or {})}
    # The text is our own: what a server returned is in it as a literal or a checked identifier.
    exec(compile(f"{imports_of(text)}\n{text}", "<pulled>", "exec"), namespace)  # noqa: S102 - as above
    return namespace


def sentence(fault: Fault) -> str:
    """Return *fault* with what it is about."""
    return ": ".join((".".join(fault.path), fault.message)) if fault.path else fault.message


def _columns_in(faults: Iterable[Fault], model: ModelColumns, live: Table) -> frozenset[str]:
    """Return the columns that *faults* name, and those that a faulty model lacks."""
    named = {fault.path[0] for fault in faults if fault.path}
    return frozenset(
        column.name
        for column in live.columns
        if column.name in named or column.name not in model.by_name
    )


def _difference(change: TableChange) -> str:
    text = describe(change)
    return f"{text.facet} {text.column}".strip() + f" (live {text.live}, declared {text.declared})"
