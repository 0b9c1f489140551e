"""What Dagster shows of a run: facts, differences and statements, capped for the UI."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import dagster as dg

from moose_dagster.diff.changes import Change
from moose_dagster.plan.names import Names
from moose_dagster.plan.sent import sent_by
from moose_dagster.plan.steps import AnyAction, Plan, Step
from moose_dagster.reconcile import Survey
from moose_dagster.report.rows import row_of, summary_of
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import TableId

_MOST_ROWS = 200
_MOST_CHARACTERS = 16_000


def facts_of(survey: Survey, resource: ResourceId) -> dict[str, dg.MetadataValue]:
    """Return rows and bytes of a live table or of what a live view fills, or partitions and messages of a live topic."""
    numbers: dict[str, int | None] = {}
    if isinstance(resource, TableId):
        if facts := survey.held_by(resource):
            numbers = {"dagster/row_count": facts.rows, "moose_dagster/bytes": facts.bytes}
    elif topic := survey.live.topics.get(resource):
        numbers = {
            "moose_dagster/partitions": topic.partitions,
            "moose_dagster/retention_ms": int(topic.configs["retention.ms"]),
            "moose_dagster/messages": survey.topic_facts[resource].messages,
        }
    return {name: dg.MetadataValue.int(value) for name, value in numbers.items() if value is not None}


def differences_table(steps: Sequence[Step[Change]]) -> dg.MetadataValue:
    """Return facet, column, declared, live and decision of the steps of one resource as a table."""
    return _table(steps, ("facet", "column", "declared", "live", "decision"))


def steps_table(steps: Sequence[Step[Change]]) -> dg.MetadataValue:
    """Return the steps of a whole plan as a table, with resource, risk and reason."""
    return _table(steps, ("resource", "facet", "column", "declared", "live", "risk", "decision", "reason"))


def _table(steps: Sequence[Step[Change]], names: Sequence[str]) -> dg.MetadataValue:
    rows = [asdict(row_of(step)) for step in steps[:_MOST_ROWS]]
    return dg.MetadataValue.table(
        [dg.TableRecord({name: row[name] for name in names}) for row in rows],
        schema=dg.TableSchema([dg.TableColumn(name) for name in names]),
    )


def statements_text(actions: Iterable[AnyAction], names: Names) -> dg.MetadataValue:
    """Return what is sent, one statement a line."""
    lines = [line for action in actions for line in sent_by(action, names)]
    text = "\n".join(lines)
    if len(text) > _MOST_CHARACTERS:
        text = text[:_MOST_CHARACTERS] + f"\n... {len(lines)} statements in all"
    return dg.MetadataValue.md(f"```sql\n{text}\n```" if text else "nothing is sent")


def plan_metadata(plan: Plan, names: Names) -> Mapping[str, dg.MetadataValue]:
    """Return a plan as a table of steps, its statements, its summary and its fingerprint; nothing for no plan."""
    if not plan.steps and not plan.notes:
        return {}
    metadata = {
        "summary": dg.MetadataValue.text(summary_of(plan)),
        "plan": dg.MetadataValue.text(plan.fingerprint),
        "steps": steps_table(plan.steps),
        "statements": statements_text(plan.every_action, names),
    }
    if plan.notes:
        metadata["notes"] = dg.MetadataValue.text("\n".join(plan.notes[:_MOST_ROWS]))
    return metadata
