"""The approvals that a project may want for steps that lose something."""

from collections.abc import Collection, Iterator, Mapping

from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, fingerprint_of
from moose_dagster.risk.levels import Risk
from moose_dagster.state.names import ResourceId


def approvals_of(plan: Plan, live: Mapping[ResourceId, object]) -> dict[ResourceId, str]:
    """Return the approval of each resource that *plan* would take something from.

    It is a fingerprint over every step of the resource, which names what is lost, and over what is
    live.

    Args:
        plan: As it is without approvals.
        live: What is live of each resource: its schema, which table it is, whether it holds rows.
    """
    losing = {
        step.resource for step in plan.with_verdict(Verdict.APPLY) if step.risk is Risk.DESTRUCTIVE
    }
    return {
        resource: fingerprint_of([resource, live.get(resource), *plan.of(resource)])
        for resource in sorted(losing, key=str)
    }


def stale_approvals(given: Collection[str], needed: Mapping[ResourceId, str]) -> tuple[str, ...]:
    """Return those of *given* that approve nothing now."""
    return tuple(sorted(set(given) - set(needed.values())))


def approved_now(
    given: Collection[str], needed: Mapping[ResourceId, str]
) -> Iterator[tuple[ResourceId, str]]:
    """Yield each resource whose approval is given, with it."""
    return ((resource, approval) for resource, approval in needed.items() if approval in given)
