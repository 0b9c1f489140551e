"""What a reconcile may do to a project, in words, for the pages of jobs and schedules."""

from collections import Counter
from collections.abc import Mapping

from moose_dagster.declare.project import Project
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.counting import counted

_WORDS: Mapping[LifeCycle, str] = {
    LifeCycle.FULLY_MANAGED: (
        "is changed to what the code declares, losses included; what a table loses is kept in the "
        "trash"
    ),
    LifeCycle.DELETION_PROTECTED: "gets what loses nothing, and everything else is blocked",
    LifeCycle.EXTERNALLY_MANAGED: "is compared and never written to",
}
_PRUNES = (
    "What left the code is dropped: tables go to the trash, topics and views are gone for good."
)
_NO_PRUNES = "What left the code is reported and not dropped."


def effects_of(project: Project, *, dry_run: bool, prune: bool) -> str:
    """Return what a run of `moose_reconcile` with this config does, as Markdown.

    Args:
        project: The declarations.
        dry_run: Whether it only shows the plan.
        prune: Whether it drops what left the code.
    """
    if dry_run:
        return "Shows the plan and changes nothing."
    counts = Counter(project.desired.life_cycles.values())
    lines = [
        f"- {life_cycle.value} ({counted(counts[life_cycle], 'resource')}): each {words}."
        for life_cycle, words in _WORDS.items()
        if counts[life_cycle]
    ]
    return "\n".join(["Applies the plan.", "", *lines, f"- {_PRUNES if prune else _NO_PRUNES}"])
