"""What the ledger does not say yet of what is declared and there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from moose_dagster.declare.project import Project
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import Entry, Record
from moose_dagster.state.names import ViewId
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import TableId
from moose_dagster.state.topics import TopicId

R = TypeVar("R", TableId, TopicId, ViewId)


def new_records(
    project: Project,
    wanted: Iterable[R],
    there: Mapping[R, str],
    ledger: Mapping[R, Entry],
    strange: Collection[ResourceId],
) -> Iterator[Record]:
    """Yield what to write down of each resource whose entry is another than that in *ledger*.

    Args:
        project: The declarations.
        wanted: What is declared of the resources that the run is about.
        there: The uuid of each live resource, "" for a topic.
        ledger: What is written down so far.
        strange: What waits for its adoption.
    """
    for resource in wanted:
        life_cycle = project.desired.life_cycles[resource]
        external = life_cycle is LifeCycle.EXTERNALLY_MANAGED
        if resource in strange or resource not in there or (external and resource not in ledger):
            continue
        cluster = project.desired.clusters.get(resource, "")
        entry = Entry(life_cycle, project.desired.fingerprint(resource), there[resource], cluster)
        if ledger.get(resource) != entry:
            yield Record(resource, entry)
