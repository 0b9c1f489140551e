"""What to say about a whole plan: what was not looked at, and what has not ended."""

from collections.abc import Iterator

from moose_dagster.ddl.rebuild import allow_merges
from moose_dagster.declare.project import Project
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.ledger.entries import Entries
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import owned_by
from moose_dagster.reconciliation.removal import undeclared_of
from moose_dagster.reconciliation.results import Options
from moose_dagster.reconciliation.selection import select_resources
from moose_dagster.state.counting import counted
from moose_dagster.state.topics import TopicId

_NO_LEDGER = (
    "there is no ClickHouse server for the ledger: topics that leave the code are not noticed and "
    "never deleted."
)
_INTERRUPTED = "{}: a rebuild was interrupted; the next reconcile finishes or undoes it."


def notes_of(
    project: Project, entries: Entries, options: Options, *, has_ledger: bool, has_kafka: bool
) -> Iterator[str]:
    """Yield the notes of a plan that belong to no resource of it.

    Args:
        project: The declarations.
        entries: What the ledger says.
        options: What the run is about.
        has_ledger: Whether a ClickHouse is given, which keeps the ledger.
        has_kafka: Whether a Kafka is given.
    """
    if not has_ledger and project.streams:
        yield _NO_LEDGER
    if not has_kafka:
        yield from _topics_not_looked_at(project, entries, options)
    yield from map(_interrupted_note, entries.interrupted)
    yield from _ownership_notes(project, entries, options)


def _topics_not_looked_at(project: Project, entries: Entries, options: Options) -> Iterator[str]:
    undeclared = undeclared_of(project, TopicId, entries, options).names
    if undeclared:
        names = ", ".join(sorted(map(str, undeclared)))
        verb = "was" if len(undeclared) == 1 else "were"
        yield (
            f"{counted(len(undeclared), 'topic')} that left the code {verb} not looked at, because "
            f"no Kafka is given: {names}."
        )


def _ownership_notes(project: Project, entries: Entries, options: Options) -> Iterator[str]:
    """Yield a sentence for each resource of the run that another owner manages."""
    selected = select_resources(project, options)
    for resource in (*selected.tables, *selected.views, *selected.topics):
        owner = entries.owners.get(resource, "")
        external = project.desired.life_cycles[resource] is LifeCycle.EXTERNALLY_MANAGED
        if owner and not external:
            yield f"{resource}: {owned_by(resource, owner)}"


def _interrupted_note(checkpoint: Checkpoint) -> str:
    """Return what to know of a rebuild that has not ended, and of what it keeps from others."""
    table = checkpoint.rebuild.table
    note = _INTERRUPTED.format(table)
    statements = allow_merges(checkpoint.rebuild)
    if statements:
        note += (
            " Until then the table starts no new merges, and its number of parts grows. To let it "
            f"merge now, run: {'; '.join(statements)}."
        )
    return f"{note} What it leaves: {checkpoint.owed}" if checkpoint.owed else note
