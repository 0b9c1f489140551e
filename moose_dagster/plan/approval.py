"""A project may ask that what loses something waits until somebody has approved exactly that."""

from collections.abc import Collection, Iterator, Mapping

from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, fingerprint_of
from moose_dagster.risk.levels import Risk
from moose_dagster.state.names import ResourceId


def approvals_of(plan: Plan, live: Mapping[ResourceId, object]) -> dict[ResourceId, str]:
    """Return the approval that each resource needs which *plan* would take something from.

    It is a fingerprint over every step of the resource, which names what is lost, and over what is
    live.

    Args:
        plan: As it is without approvals.
        live: What is live of each resource: its schema, which table it is, whether it holds rows.
    """
    losing = {
        s.resource for s in plan.steps if s.verdict is Verdict.APPLY and s.risk is Risk.DESTRUCTIVE
    }
    return {
        one: fingerprint_of([one, live.get(one), *plan.of(one)]) for one in sorted(losing, key=str)
    }


def stale_approvals(given: Collection[str], needed: Mapping[ResourceId, str]) -> tuple[str, ...]:
    """Return those of *given* that approve nothing now."""
    return tuple(sorted(set(given) - set(needed.values())))


def approved_now(
    given: Collection[str], needed: Mapping[ResourceId, str]
) -> Iterator[tuple[ResourceId, str]]:
    """Yield each resource whose approval is given, with it."""
    return ((resource, approval) for resource, approval in needed.items() if approval in given)
