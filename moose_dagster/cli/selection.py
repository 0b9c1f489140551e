"""Which resources a command reads, and what it may do."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Annotated

import typer

from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.declare.faults import did_you_mean
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconciliation import Options
from moose_dagster.state.names import ResourceId


def complete_resources(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the resources of the project whose names begin with *incomplete*."""
    try:
        project = ProjectOptions(
            project=ctx.params.get("project"),
            environment=ctx.params.get("environment"),
            definitions=ctx.params.get("definitions"),
        ).load_project()
    except MooseDagsterError:
        return []
    return sorted(
        name for name in map(str, project.desired.life_cycles) if name.startswith(incomplete)
    )


@dataclass(frozen=True)
class Selection:
    """The tables, views and topics that a command reads.

    Attributes:
        select: Names or patterns with * and ?; None means the whole project.
    """

    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only these: database.name, name or topic, with * and ?; repeatable. Removes "
            "nothing.",
            autocompletion=complete_resources,
        ),
    ] = None

    def of(self, project: Project) -> tuple[ResourceId, ...] | None:
        """Return the selected resources, or None for the whole project.

        Raises:
            MooseDagsterError: A name matches nothing.
        """
        if not self.select:
            return None
        declared = tuple(project.desired.life_cycles)
        for pattern in self.select:
            if not any(_matches(resource, pattern) for resource in declared):
                known = {name for resource in declared for name in (str(resource), resource.name)}
                raise MooseDagsterError(
                    f"--select {pattern} matches nothing in {project.name}"
                    f"{did_you_mean(pattern, known)} Declared: {_some(declared)}."
                )
        return tuple(resource for resource in declared if self._selects(resource))

    def _selects(self, resource: ResourceId) -> bool:
        return any(_matches(resource, pattern) for pattern in self.select or ())


@dataclass(frozen=True)
class Permissions:
    """What a run may do in addition to what the life cycles allow.

    Attributes:
        adopt: Whether live resources that the ledger does not know are adopted, losses included.
        approve: The approvals of steps.
        prune: Whether what left the code may be dropped.
        allow_mass_removal: Whether more than half of the project may be dropped at once.
        recreate_topics: Whether topics with messages may be deleted to get fewer partitions.
    """

    adopt: Annotated[
        bool,
        typer.Option(
            "--adopt",
            help="Adopt the live resources that the ledger does not know yet, losses included.",
        ),
    ] = False
    approve: Annotated[
        list[str] | None,
        typer.Option(
            metavar="APPROVAL",
            help="Give the approval that a blocked step names; repeatable.",
        ),
    ] = None
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Drop what left the code: tables into the trash, topics and views for good.",
        ),
    ] = False
    allow_mass_removal: Annotated[
        bool,
        typer.Option(
            "--allow-mass-removal", help="Allow dropping more than half of the project at once."
        ),
    ] = False
    recreate_topics: Annotated[
        bool,
        typer.Option(
            "--recreate-topics", help="Allow deleting topics with messages to get fewer partitions."
        ),
    ] = False

    def added_to(self, options: Options) -> Options:
        """Return *options* with what this run may do."""
        return replace(
            options,
            adopt=self.adopt,
            approve=self.approve or (),
            prune=self.prune,
            allow_mass_removal=self.allow_mass_removal,
            recreate_topics=self.recreate_topics,
        )


def _matches(resource: ResourceId, pattern: str) -> bool:
    return fnmatchcase(str(resource), pattern) or fnmatchcase(resource.name, pattern)


def _some(resources: Iterable[ResourceId], most: int = 20) -> str:
    names = sorted(map(str, resources))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
