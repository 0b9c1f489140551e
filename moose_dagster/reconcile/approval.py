"""Plan, and plan once more where what loses something waits for its approval; what becomes of those given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Generic, TypeVar

from moose_dagster.apply.results import Sent
from moose_dagster.declare.project import Project
from moose_dagster.errors import ReconcileError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import promised
from moose_dagster.plan.approval import approvals_of, approved_now, stale_approvals
from moose_dagster.plan.steps import Plan
from moose_dagster.plan.tables import Known
from moose_dagster.plan.topics import KnownTopics
from moose_dagster.plan.views import KnownViews
from moose_dagster.reconcile.survey import Options, Survey
from moose_dagster.state.resources import ResourceId

K = TypeVar("K", Known, KnownTopics, KnownViews)


@dataclass(frozen=True, slots=True)
class Approved(Generic[K]):
    """A plan that takes nothing without approval, what it rests on, and the approvals that it needs or has."""

    plan: Plan
    known: K
    needed: Mapping[ResourceId, str]

    @property
    def promises(self) -> dict[ResourceId, LifeCycle]:
        """How far changes of each resource may go in this run."""
        held = {*self.known.unadopted, *self.known.unapproved}
        return {**promised(self.known.removed, self.known.unapproved), **promised(self.known.life_cycles, held)}


def approved(
    build: Callable[[K], Plan], known: K, live: Mapping[ResourceId, object], project: Project, options: Options
) -> Approved[K]:
    """Return the plan that *build* makes of *known*, without what *options* do not approve where *project* asks.

    Args:
        build: Makes a plan.
        known: What it rests on.
        live: What an approval is bound to besides the steps, by resource.
        project: The declarations.
        options: The approvals given.
    """
    plan = build(known)
    needed = approvals_of(plan, live) if project.approval else {}
    missing = {one: approval for one, approval in needed.items() if approval not in options.approve}
    if missing:
        known = replace(known, unapproved=missing)
        plan = build(known)
    return Approved(plan, known, needed)


def check_approvals(survey: Survey, options: Options) -> None:
    """Make sure that every approval given fits something.

    Raises:
        ReconcileError: One does not; nothing must be sent.
    """
    stale = stale_approvals(options.approve, survey.approvals)
    if stale:
        waiting = ", ".join(f"{approval} for {one}" for one, approval in survey.approvals.items()) or "none"
        raise ReconcileError(
            f"the approval {' and '.join(stale)} fits nothing: the steps or what is live have changed since, "
            f"or it is done. Nothing was sent. Look at the plan again; it asks for {waiting}."
        )


def given_approvals(survey: Survey, options: Options) -> list[Sent]:
    """Return what the history is to say of the approvals given."""
    now = datetime.now(timezone.utc)
    return [
        Sent(resource, f"approved: {approval}", now, 0, "")
        for resource, approval in approved_now(options.approve, survey.approvals)
    ]
