"""The verdict on each change; what a project does not manage yet loses nothing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
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

    The uuid decides: it follows a table to another name, and tells a table that somebody else made
    under a known name.

    Args:
        live: The uuid of each, "" for a topic.
        ledger: What the project manages, and what it leaves to others.
    """
    managed = {
        resource: entry.uuid
        for resource, entry in ledger.items()
        if entry.life_cycle is not LifeCycle.EXTERNALLY_MANAGED
    }
    managed_uuids = set(managed.values()) - _NO_UUIDS
    return frozenset(
        resource
        for resource, uuid in live.items()
        if uuid not in managed_uuids and managed.get(resource) != uuid
    )


def effective_life_cycles(
    life_cycles: Mapping[ResourceId, LifeCycle], unadopted: Collection[ResourceId]
) -> dict[ResourceId, LifeCycle]:
    """Return how far changes of each resource may go in this run."""
    return {
        resource: _effective_life_cycle(life_cycle, unadopted=resource in unadopted)
        for resource, life_cycle in life_cycles.items()
    }


class PlanInputs(Protocol):
    """What a verdict rests on besides the change, whatever its kind of resource."""

    @property
    def life_cycles(self) -> Mapping[ResourceId, LifeCycle]:
        """The life cycle of each declared resource."""
        ...

    @property
    def removed(self) -> Mapping[ResourceId, LifeCycle]:
        """The life cycle that counts for each resource that left the code."""
        ...

    @property
    def removal_block(self) -> str:
        """Why nothing that left the code may be dropped now, or ""."""
        ...

    @property
    def removal_remarks(self) -> Mapping[ResourceId, str]:
        """What to say besides of each resource that left the code, "" for nothing."""
        ...

    @property
    def unadopted(self) -> frozenset[ResourceId]:
        """The resources that this run may only change without loss."""
        ...

    @property
    def owners(self) -> Mapping[ResourceId, str]:
        """The other project that manages each resource, where there is one."""
        ...

    @property
    def unapproved(self) -> Mapping[ResourceId, str]:
        """The approval that each resource waits for; until then nothing of it is lost."""
        ...


def step_for(change: C, assessment: Assessment, inputs: PlanInputs) -> Step[C]:
    """Return the step of *change* with the verdict on it."""
    if isinstance(change, DropTable | DropTopic | DropView):
        return _removal_step(change, assessment, inputs)
    resource = resource_of(change)
    life_cycle = inputs.life_cycles[resource]
    owner = inputs.owners.get(resource, "")
    if owner and life_cycle is not LifeCycle.EXTERNALLY_MANAGED:
        reason = f"{subject_of(change)}: {owned_by(resource, owner)}"
        return Step(change, life_cycle, assessment.risk, Verdict.BLOCK, reason)
    return _decide(change, assessment, life_cycle, inputs)


def owned_by(resource: ResourceId, owner: str) -> str:
    """Return why a project changes nothing of a *resource* that the project *owner* manages."""
    return (
        f"the project {owner} manages {resource}, and a resource has one owner. Declare it "
        f"EXTERNALLY_MANAGED here, or let go of it there first: Removed(..., reason=...) in "
        f"{owner}, and a reconcile."
    )


def _removal_step(change: C, assessment: Assessment, inputs: PlanInputs) -> Step[C]:
    """Return the step of a drop, which needs the consent of the code and of the run."""
    resource = resource_of(change)
    step = _decide(change, assessment, inputs.removed[resource], inputs)
    remark = inputs.removal_remarks.get(resource, "")
    if remark and step.verdict is Verdict.APPLY:
        step = replace(step, reason=f"{step.reason} {remark}")
    elif remark:
        step = replace(step, reason=f"{subject_of(change)}: {remark}")
    if inputs.removal_block and step.verdict is Verdict.APPLY:
        reason = f"{resource}: {inputs.removal_block}"
        return replace(step, verdict=Verdict.BLOCK, reason=reason)
    return step


def _decide(
    change: C, assessment: Assessment, life_cycle: LifeCycle, inputs: PlanInputs
) -> Step[C]:
    resource = resource_of(change)
    is_protected = resource in inputs.unapproved or resource in inputs.unadopted
    verdict = verdict_on(_effective_life_cycle(life_cycle, unadopted=is_protected), assessment.risk)
    reason = reason_for(change, assessment, life_cycle, verdict)
    would_apply = verdict_on(life_cycle, assessment.risk) is Verdict.APPLY
    if verdict is Verdict.BLOCK and would_apply:
        approval = inputs.unapproved.get(resource, "")
        reason = _waiting_reason(change, assessment, life_cycle, approval)
    return Step(change, life_cycle, assessment.risk, verdict, reason)


def _waiting_reason(
    change: Change, assessment: Assessment, life_cycle: LifeCycle, approval: str
) -> str:
    """Return why a change waits that the life cycle alone would allow."""
    why = f"{subject_of(change)}: {assessment.why}"
    if approval:
        return f"{why}; it waits for the approval {approval} ({life_cycle.value})."
    return (
        f"{why}, and the project does not manage {resource_of(change)} yet "
        f"({life_cycle.value}). Run once with adopt to say that it belongs to the project."
    )


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


def _effective_life_cycle(life_cycle: LifeCycle, *, unadopted: bool) -> LifeCycle:
    fully = life_cycle is LifeCycle.FULLY_MANAGED
    return LifeCycle.DELETION_PROTECTED if unadopted and fully else life_cycle
