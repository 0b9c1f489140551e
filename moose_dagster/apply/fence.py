"""The last look at the data before a statement that rests on a proof: rows may have come since."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from moose_dagster.apply.results import NoLongerProved, as_statement_errors
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff.evolve import evolve_table
from moose_dagster.diff.table_changes import (
    AddPart,
    ChangeColumnTtl,
    ChangePart,
    ChangeTableTtl,
    ChangeType,
    RenameColumn,
    RenameTable,
    TableChange,
)
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.parts import data_marks
from moose_dagster.live.proof import Asking, prove
from moose_dagster.plan.policy import Risk, Verdict, verdict_on
from moose_dagster.plan.reason import reason_for
from moose_dagster.plan.steps import Action
from moose_dagster.plan.table_risk import risk_of
from moose_dagster.sql.parts import part_definition
from moose_dagster.sql.quoting import quoted_name
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import State, Table


def check_proofs(
    clickhouse: ClickHouse, action: Action, statement: str, promises: Mapping[ResourceId, LifeCycle], asking: Asking
) -> None:
    """Prove *action* again if *statement* rests on a proof and rows were written since it was made.

    Raises:
        NoLongerProved: A change would lose something now; the statement must not be sent.
        StatementError: The server did not answer.
    """
    proofs, live = action.around.proofs, action.around.live
    if not proofs or live is None or not _rests_on_proof(action, statement):
        return
    with as_statement_errors():
        mark = data_marks(clickhouse, [action.table]).get(action.table, "")
        if mark and all(proof.data == mark for proof in proofs.values()):
            return
        found = prove(clickhouse, *_under_new_names(action, live), asking)
    around = replace(action.around, proofs=found.get(action.table, {}))
    for step in action.steps:
        assessment = risk_of(step.change, around)
        allowed = verdict_on(promises[action.table], assessment.risk) is Verdict.APPLY
        if not allowed or (assessment.risk is Risk.DESTRUCTIVE and not action.snapshot):
            reason = reason_for(step.change, assessment, promises[action.table], Verdict.BLOCK)
            raise NoLongerProved(f"{reason} Rows were written after it was proved; it was not sent.")


def _under_new_names(action: Action, live: Table) -> tuple[Sequence[TableChange], State]:
    """Return what is still to be changed, and the table, once everything has the name that the code gives it."""
    renames = [change for change in action.around.changes if isinstance(change, RenameColumn)]
    for change in renames:
        live = evolve_table(live, change)
    left = [change for change in action.around.changes if not isinstance(change, RenameColumn | RenameTable)]
    return left, State({action.table: live})


def _rests_on_proof(action: Action, statement: str) -> bool:
    for step in action.steps:
        match step.change:
            case ChangeType(live=live, desired=desired):
                words = f"MODIFY COLUMN {quoted_name(live.name)} {desired.type}"
            case ChangeColumnTtl(desired=desired) if desired.ttl:
                words = f" TTL {desired.ttl}"
            case ChangeTableTtl(desired=ttl) if ttl:
                words = f"MODIFY TTL {ttl}"
            case AddPart(part=part) | ChangePart(desired=part):
                words = f"ADD {part_definition(part)}"
            case _:
                continue
        if words in statement:
            return True
    return False
