"""Prove changes again right before a statement that rests on a proof."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from moose_dagster.apply.results import NoLongerProved, as_statement_errors
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.evolve import evolve_table
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.data_parts import data_marks
from moose_dagster.live.proof import ProbeOptions, prove
from moose_dagster.plan.policy import Verdict, verdict_on
from moose_dagster.plan.reason import reason_for
from moose_dagster.plan.steps import Action
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.tables import risk_of
from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.quoting import quoted_name
from moose_dagster.state.names import ResourceId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Table


def check_proofs(
    clickhouse: ClickHouse,
    action: Action,
    statement: str,
    life_cycles: Mapping[ResourceId, LifeCycle],
    probe_options: ProbeOptions,
) -> None:
    """Prove *action* again if *statement* rests on a proof and rows were written since it was made.

    Raises:
        NoLongerProved: A change would lose something now; the statement must not be sent.
        StatementError: The server did not answer.
    """
    proofs = action.context.proofs
    live = action.context.live
    if not proofs or live is None or not _rests_on_proof(action, statement):
        return
    with as_statement_errors():
        mark = data_marks(clickhouse, [action.table]).get(action.table, "")
        if (
            mark
            and not action.context.cluster
            and all(proof.data == mark for proof in proofs.values())
        ):
            return
        clusters = {action.table: action.context.cluster}
        found = prove(clickhouse, *_under_new_names(action, live), probe_options, clusters)
    context = replace(action.context, proofs=found.get(action.table, {}))
    for step in action.steps:
        assessment = risk_of(step.change, context)
        allowed = verdict_on(life_cycles[action.table], assessment.risk) is Verdict.APPLY
        if not allowed or (
            assessment.risk is Risk.DESTRUCTIVE and step.risk is not Risk.DESTRUCTIVE
        ):
            reason = reason_for(step.change, assessment, life_cycles[action.table], Verdict.BLOCK)
            raise NoLongerProved(f"{reason} Rows were written after the check, so it was not sent.")


def _under_new_names(action: Action, live: Table) -> tuple[Sequence[TableChange], State]:
    """Return the changes besides renames, and the table as it is after those."""
    renames = [
        change for change in action.context.changes if isinstance(change, changes.RenameColumn)
    ]
    for change in renames:
        live = evolve_table(live, change)
    left = [
        change
        for change in action.context.changes
        if not isinstance(change, changes.RenameColumn | changes.RenameTable)
    ]
    return left, State({action.table: live})


def _rests_on_proof(action: Action, statement: str) -> bool:
    for step in action.steps:
        match step.change:
            case changes.ChangeType(live=live, desired=desired):
                words = f"MODIFY COLUMN {quoted_name(live.name)} {desired.type}"
            case changes.ChangeColumnTtl(desired=desired) if desired.ttl:
                words = f" TTL {desired.ttl}"
            case changes.ChangeTableTtl(desired=ttl) if ttl:
                words = f"MODIFY TTL {ttl}"
            case changes.AddElement(element=element) | changes.ChangeElement(desired=element):
                words = f"ADD {element_definition(element)}"
            case _:
                continue
        if words in statement:
            return True
    return False
