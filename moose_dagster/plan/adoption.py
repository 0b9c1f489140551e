"""What a project meets for the first time loses nothing before somebody says that it is the project's own."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol, TypeVar

from moose_dagster.diff.changes import Change, resource_of
from moose_dagster.diff.table_changes import DropTable
from moose_dagster.diff.topic_changes import DropTopic
from moose_dagster.diff.view_changes import DropView
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.describe import subject_of
from moose_dagster.plan.policy import Verdict, verdict_on
from moose_dagster.plan.reason import reason_for
from moose_dagster.plan.removal import Entry
from moose_dagster.plan.steps import Step
from moose_dagster.risk.levels import Assessment
from moose_dagster.state.names import NIL_UUID, ResourceId

R = TypeVar("R", bound=ResourceId)
C = TypeVar("C", bound=Change)
_NO_UUIDS = frozenset({"", NIL_UUID})


def unmanaged(live: Mapping[R, str], ledger: Mapping[R, Entry]) -> frozenset[R]:
    """Return the live resources that the project has never managed.

    Args:
        live: The uuid of each, "" for a topic: a table under a new name is known by it, and one
            that somebody else made under a known name is not.
        ledger: What the project manages, and what it leaves to others.
    """
    managed = {
        one: entry.uuid
        for one, entry in ledger.items()
        if entry.life_cycle is not LifeCycle.EXTERNALLY_MANAGED
    }
    known = set(managed.values()) - _NO_UUIDS
    return frozenset(
        one for one, uuid in live.items() if uuid not in known and managed.get(one) != uuid
    )


def effective_life_cycles(
    life_cycles: Mapping[ResourceId, LifeCycle], unadopted: Collection[ResourceId]
) -> dict[ResourceId, LifeCycle]:
    """Return how far changes of each resource may go in this run."""
    return {
        resource: _effective_life_cycle(life_cycle, resource in unadopted)
        for resource, life_cycle in life_cycles.items()
    }


class PlanInputs(Protocol):
    """What a verdict rests on besides the change, whatever its kind of resource."""

    @property
    def life_cycles(self) -> Mapping[ResourceId, LifeCycle]:
        """The promise made to each declared resource."""
        ...

    @property
    def removed(self) -> Mapping[ResourceId, LifeCycle]:
        """The promise that counts for each one that left the code."""
        ...

    @property
    def removal_block(self) -> str:
        """Why nothing that left the code may be dropped now, or ""."""
        ...

    @property
    def said(self) -> Mapping[ResourceId, str]:
        """What to say besides of what left the code."""
        ...

    @property
    def unadopted(self) -> frozenset[ResourceId]:
        """The resources that this run may only change without loss."""
        ...

    @property
    def unapproved(self) -> Mapping[ResourceId, str]:
        """The same of those that wait for an approval, which is named."""
        ...


def step_for(change: C, assessment: Assessment, known: PlanInputs) -> Step[C]:
    """Return the step of *change*, which could be as bad as *assessment* says, with the verdict on it."""
    resource = resource_of(change)
    approval = known.unapproved.get(resource, "")
    protected, held, said = bool(approval) or resource in known.unadopted, "", ""
    if isinstance(change, DropTable | DropTopic | DropView):
        life_cycle, held, said = (
            known.removed[resource],
            known.removal_block,
            known.said.get(resource, ""),
        )
    else:
        life_cycle = known.life_cycles[resource]
    verdict = verdict_on(_effective_life_cycle(life_cycle, protected), assessment.risk)
    reason = reason_for(change, assessment, life_cycle, verdict)
    if verdict is Verdict.BLOCK and verdict_on(life_cycle, assessment.risk) is Verdict.APPLY:
        why = f"{subject_of(change)}: {assessment.why}"
        met = f", and the project meets {resource} for the first time ({life_cycle.value}). "
        reason = f"{why}{met}Run once with adopt to say that it is the project's own."
        if approval:
            reason = f"{why}; it waits for the approval {approval} ({life_cycle.value})."
    if said:
        reason = f"{reason} {said}" if verdict is Verdict.APPLY else f"{subject_of(change)}: {said}"
    if verdict is Verdict.APPLY and held:
        verdict, reason = Verdict.BLOCK, f"{resource}: {held}"
    return Step(change, life_cycle, assessment.risk, verdict, reason)


def waiting_for_adoption(
    steps: Iterable[Step[Change]], unadopted: Collection[ResourceId]
) -> frozenset[ResourceId]:
    """Return those of *unadopted* that have a step which is only blocked because of that."""
    return frozenset(
        step.resource
        for step in steps
        if step.resource in unadopted
        and step.verdict is Verdict.BLOCK
        and verdict_on(step.life_cycle, step.risk) is Verdict.APPLY
    )


def _effective_life_cycle(life_cycle: LifeCycle, unadopted: bool) -> LifeCycle:  # noqa: FBT001 - private
    fully = life_cycle is LifeCycle.FULLY_MANAGED
    return LifeCycle.DELETION_PROTECTED if unadopted and fully else life_cycle
