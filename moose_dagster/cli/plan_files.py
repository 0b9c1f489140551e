"""The file that `plan --out` writes and `apply --plan-file` reads."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from moose_dagster import __version__
from moose_dagster.cli.selection import Permissions, Selection
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError
from moose_dagster.plan.bound import BoundPlan
from moose_dagster.reconciliation import Options

_FORMAT = 1


@dataclass(frozen=True)
class PlanFile:
    """A plan in a file.

    Attributes:
        project: The name of the project.
        environment: The name of the environment; "" for none.
        selection: What was selected.
        permissions: What the run may do.
        bound: The plan, bound to what was live.
    """

    project: str
    environment: str
    selection: Selection
    permissions: Permissions
    bound: BoundPlan

    def write(self, path: Path, plan: Mapping[str, object]) -> None:
        """Write it to *path*, with *plan* for people and programs that read it.

        Raises:
            MooseDagsterError: The file can't be written.
        """
        permissions = {one.name: getattr(self.permissions, one.name) for one in _PERMISSIONS}
        content = _Content(
            format=_FORMAT,
            version=__version__,
            project=self.project,
            environment=self.environment,
            select=self.selection.select,
            permissions=permissions,
            fingerprint=self.bound.fingerprint,
            steps={name: list(steps) for name, steps in self.bound.steps.items()},
            live=dict(self.bound.live),
            plan=dict(plan),
        )
        try:
            path.write_text(content.model_dump_json(indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise MooseDagsterError(f"{path} can't be written: {error.strerror}.") from error

    def options_for(self, project: Project, options: Options) -> Options:
        """Return *options* for the run that applies this plan to *project* and nothing else.

        Raises:
            MooseDagsterError: It is the plan of another project or environment.
        """
        owner = project.owner
        if (self.project, self.environment) != (owner.project, owner.environment or ""):
            planned = _named(self.project, self.environment)
            loaded = _named(owner.project, owner.environment or "")
            raise MooseDagsterError(f"the plan file is for {planned}, and this is {loaded}.")
        return replace(
            self.permissions.added_to(options),
            selection=self.selection.of(project),
            bound_plan=self.bound,
        )


def read_plan_file(path: Path) -> PlanFile:
    """Return the plan in the file *path*.

    Raises:
        MooseDagsterError: The file can't be read, or `plan --out` did not write it.
    """
    try:
        content = _Content.model_validate_json(path.read_bytes())
        permissions = Permissions(**content.permissions)
    except OSError as error:
        raise MooseDagsterError(f"{path} can't be read: {error.strerror}.") from error
    except (ValidationError, TypeError) as error:
        raise MooseDagsterError(f"{path} is not a file that plan --out writes.") from error
    if content.format != _FORMAT:
        raise MooseDagsterError(
            f"{path} was written by moose_dagster {content.version} in another format; plan again."
        )
    steps = {name: tuple(sentences) for name, sentences in content.steps.items()}
    return PlanFile(
        content.project,
        content.environment,
        Selection(content.select),
        permissions,
        BoundPlan(content.fingerprint, steps, content.live),
    )


_PERMISSIONS = fields(Permissions)


class _Content(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(extra="forbid")

    format: int
    version: str
    project: str
    environment: str
    select: list[str] | None
    permissions: dict[str, Any]
    fingerprint: str
    steps: dict[str, list[str]]
    live: dict[str, str]
    plan: dict[str, Any]


def _named(project: str, environment: str) -> str:
    return f"{project} in {environment}" if environment else project
