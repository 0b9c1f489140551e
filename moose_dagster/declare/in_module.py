"""Find the project in a module."""

from types import ModuleType

from moose_dagster.declare.pipelines import IngestPipeline
from moose_dagster.declare.project import Project
from moose_dagster.declare.streams import Stream
from moose_dagster.declare.tables import OlapTable
from moose_dagster.errors import MooseDagsterError

_DECLARED: tuple[type[object], ...] = (OlapTable, Stream, IngestPipeline)
# By name: where Dagster is not needed, it is not imported.
_DEFINITIONS = frozenset({"Definitions", "LazyDefinitions"})


def project_in_module(module: ModuleType, path: str, attribute: str = "") -> Project:
    """Return the project called *attribute* in *module*, or the only one there.

    Args:
        module: Where to look.
        path: What the user calls the module.
        attribute: The name of the project; "" where the module holds exactly one.

    Raises:
        MooseDagsterError: There is no such project; the message names what was found.
    """
    if attribute:
        return _attribute(path, module, attribute)
    projects = {id(value): value for value in vars(module).values() if isinstance(value, Project)}
    if len(projects) != 1:
        raise MooseDagsterError(_not_one(path, module))
    return next(iter(projects.values()))


def _attribute(path: str, module: ModuleType, attribute: str) -> Project:
    if not hasattr(module, attribute):
        raise MooseDagsterError(
            f"{path}:{attribute}: the module has no such attribute{_projects_of(module)}."
        )
    value = getattr(module, attribute)
    if not isinstance(value, Project):
        raise MooseDagsterError(
            f"{path}:{attribute} has the type {type(value).__name__}, not Project"
            f"{_projects_of(module)}."
        )
    return value


def _projects_of(module: ModuleType) -> str:
    names = sorted(name for name, value in vars(module).items() if isinstance(value, Project))
    return f"; its projects are {', '.join(names)}" if names else "; it holds no Project"


def _not_one(path: str, module: ModuleType) -> str:
    names = sorted(
        {
            id(value): name for name, value in vars(module).items() if isinstance(value, Project)
        }.values()
    )
    if names:
        listed = ", ".join(names)
        return f"{path} holds {len(names)} projects, {listed}: name one, such as {path}:{names[0]}."
    if any(type(value).__name__ in _DEFINITIONS for value in vars(module).values()):
        advice = "write project = Project(...) and hand that to build_definitions"
        return f"{path} holds Dagster definitions and no Project under a name of its own; {advice}."
    others = sorted(
        {type(value).__name__ for value in vars(module).values() if isinstance(value, _DECLARED)}
    )
    found = f", only {' and '.join(others)}" if others else ""
    advice = 'Give it one under a name: project = Project("name", [...]).'
    return f"{path} holds no Project{found}. {advice}"
