"""Plan again where what loses something waits for its approval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Generic, TypeVar

from moose_dagster.declare.project import Project
from moose_dagster.errors import ReconcileError
from moose_dagster.ledger.writer import Sent
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import effective_life_cycles
from moose_dagster.plan.approval import approvals_of, approved_now, stale_approvals
from moose_dagster.plan.steps import Plan
from moose_dagster.plan.tables import TablePlanInputs
from moose_dagster.plan.topics import TopicPlanInputs
from moose_dagster.plan.views import ViewPlanInputs
from moose_dagster.reconciliation.results import Options, PlanResult
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId

_MOST_CHANGES = 20
K = TypeVar("K", TablePlanInputs, TopicPlanInputs, ViewPlanInputs)


@dataclass(frozen=True, slots=True)
class Approved(Generic[K]):
    """A plan that takes nothing without approval.

    Attributes:
        plan: What is planned.
        inputs: What it rests on.
        needed: The approval that each resource needs or has.
    """

    plan: Plan
    inputs: K
    needed: Mapping[ResourceId, str]

    @property
    def life_cycles(self) -> dict[ResourceId, LifeCycle]:
        """How far changes of each resource may go in this run."""
        protected = {*self.inputs.unadopted, *self.inputs.unapproved}
        return {
            **effective_life_cycles(self.inputs.removed, self.inputs.unapproved),
            **effective_life_cycles(self.inputs.life_cycles, protected),
        }


def plan_with_approvals(
    build: Callable[[K], Plan],
    inputs: K,
    live: Mapping[ResourceId, object],
    project: Project,
    options: Options,
) -> Approved[K]:
    """Return the plan of *build* without what *project* wants approved and *options* do not.

    Args:
        build: Makes a plan.
        inputs: What it rests on.
        live: What an approval is bound to besides the steps, by resource.
        project: The declarations.
        options: The approvals given.
    """
    plan = build(inputs)
    needed = approvals_of(plan, live) if project.approval else {}
    missing = {
        resource: approval
        for resource, approval in needed.items()
        if approval not in options.approve
    }
    if missing:
        inputs = replace(inputs, unapproved=missing)
        plan = build(inputs)
    return Approved(plan, inputs, needed)


def check_plan(plan_result: PlanResult, options: Options) -> None:
    """Make sure that the plan is the one that *options* allow.

    Raises:
        ReconcileError: It is another one; nothing of it must be sent.
    """
    found = plan_result.plan.fingerprint
    if options.only_plan and found != options.only_plan:
        raise ReconcileError(
            f"the plan is now {found} and no longer {options.only_plan}; nothing of it was sent. "
            "Look at it again."
        )
    if options.bound_plan is None:
        return
    changed = options.bound_plan.changed_in(plan_result.bound())
    if changed:
        lines = "\n  ".join(changed[:_MOST_CHANGES])
        more = len(changed) - _MOST_CHANGES
        left_out = f"\n  and {counted(more, 'more difference')}" if more > 0 else ""
        raise ReconcileError(
            "the plan that may be applied is not the plan any more, and nothing of it was sent. "
            f"Since it was made, this has changed:\n  {lines}{left_out}\nMake a new plan."
        )


def check_approvals(plan_result: PlanResult, options: Options) -> None:
    """Make sure that every approval given fits something.

    Raises:
        ReconcileError: One does not; nothing must be sent.
    """
    stale = stale_approvals(options.approve, plan_result.approvals)
    if stale:
        needed = [
            f"{approval} for {resource}" for resource, approval in plan_result.approvals.items()
        ]
        raise ReconcileError(
            f"no step waits for the approval {' and '.join(stale)}: the steps or the live state "
            "have changed since it was given, or the steps are applied already. Nothing was sent. "
            f"Look at the plan again. It asks for {', '.join(needed) or 'no approval'}."
        )


def given_approvals(plan_result: PlanResult, options: Options) -> list[Sent]:
    """Return what the history is to say of the approvals given."""
    now = datetime.now(timezone.utc)
    return [
        Sent(resource, f"approved: {approval}", now, 0, "")
        for resource, approval in approved_now(options.approve, plan_result.approvals)
    ]
