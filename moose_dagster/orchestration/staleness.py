"""What Dagster compares to call an asset out of sync: the versions of its schema and its code."""

from moose_dagster.plan.steps import fingerprint_of
from moose_dagster.reconcile import PlanResult
from moose_dagster.state.names import ResourceId


def live_version(plan_result: PlanResult, resource: ResourceId) -> str:
    """Return the data version of a resource: the fingerprint of its live schema."""
    return fingerprint_of([plan_result.live.get(resource)])
