"""The check on every resource: does the live schema match the code?"""

import dagster as dg

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.keys import asset_key_for
from moose_dagster.orchestration.metadata import differences_table, facts_of
from moose_dagster.plan.steps import Plan
from moose_dagster.reconcile import Survey
from moose_dagster.report.rows import summary_of
from moose_dagster.state.resources import ResourceId

NAME = "schema_drift"
_IN_WORDS = 5


def check_spec_for(resource: ResourceId, *, blocking: bool) -> dg.AssetCheckSpec:
    """Return the spec of the check; *blocking* keeps consumers in the same run from starting after a failure."""
    return dg.AssetCheckSpec(
        NAME,
        asset=asset_key_for(resource),
        description="Whether the live schema is what the code declares.",
        blocking=blocking,
    )


def check_result(survey: Survey, resource: ResourceId) -> dg.AssetCheckResult:
    """Return what *survey* found: any difference fails it, as an error where the resource is external."""
    steps = survey.plan.of(resource)
    external = survey.promises[resource] is LifeCycle.EXTERNALLY_MANAGED
    notes = [note for note in survey.plan.notes if note.startswith(f"{resource}: ")]
    words = [step.reason for step in steps[:_IN_WORDS]]
    if len(steps) > _IN_WORDS:
        words.append(f"... and {len(steps) - _IN_WORDS} more.")
    metadata = {"drifted_columns": dg.MetadataValue.int(len(steps)), **facts_of(survey, resource)}
    if steps:
        metadata["differences"] = differences_table(steps)
    if notes:
        metadata["notes"] = dg.MetadataValue.text("\n".join(notes))
    return dg.AssetCheckResult(
        passed=not steps,
        asset_key=asset_key_for(resource),
        check_name=NAME,
        severity=dg.AssetCheckSeverity.ERROR if external else dg.AssetCheckSeverity.WARN,
        description="\n".join(words) if words else f"The live schema matches the code: {summary_of(Plan())}.",
        metadata=metadata,
    )
