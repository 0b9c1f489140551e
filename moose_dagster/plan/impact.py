"""What the steps of one resource touch besides its schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from moose_dagster.diff.table_changes import DropColumn, DropTable
from moose_dagster.diff.topic_changes import DropTopic
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, ViewAction
from moose_dagster.state.names import ResourceId, TableId


@dataclass(frozen=True, slots=True)
class Impact:
    """What is touched with one resource.

    Attributes:
        resource: The table, view or topic.
        rows: Those of the live table, or of what the live view keeps; None where that is unknown.
        bytes: Their size on disk, likewise.
        messages: Those of the live topic.
        partitions: Those of the live topic.
        lost: How many rows or messages are removed, or lose or change a value, by what changes;
            only what is known.
        views: The live views, dictionaries and tables that read it; None where they could not be
            read.
        filled_by: The live materialized views that write to it.
    """

    resource: ResourceId
    rows: int | None = None
    bytes: int | None = None
    messages: int | None = None
    partitions: int | None = None
    lost: Mapping[str, int] = field(default_factory=dict[str, int])
    views: tuple[TableId, ...] | None = ()
    filled_by: tuple[TableId, ...] = ()


def lost_by(plan: Plan, total: int | None) -> dict[str, int]:
    """Return how many rows or messages the steps of one resource take or alter.

    Args:
        plan: What is planned of that resource.
        total: How many there are; None where that is unknown.
    """
    found = dict(_proved(plan))
    if total is None:
        return found
    for step in plan.steps:
        if step.verdict is Verdict.DRIFT:
            continue
        change = step.change
        if isinstance(change, DropTable | DropTopic):
            found["all"] = total
        elif isinstance(change, DropColumn) and change.column.is_stored:
            found[change.column.name] = total
    return found


def _proved(plan: Plan) -> Iterator[tuple[str, int]]:
    for action in (*plan.every_action, *plan.blocked_actions):
        if isinstance(action, ViewAction):
            if action.target is None and action.context.facts.storage:
                yield "all", action.context.facts.rows
            continue
        for name, proof in action.context.proofs.items():
            if not proof.error and not proof.skip_reason:
                yield name or "TTL", proof.rows
