"""What `dg scaffold defs` writes: a file for the servers, and a first table beside it."""

import dagster as dg

_PROJECT = '''"""The declarations of the project: each table, stream and view is listed here."""

from pydantic import BaseModel

from moose_dagster import Key, LifeCycle, OlapConfig, OlapTable, Project


class Event(BaseModel):
    id: Key[int]
    name: str


events = OlapTable[Event]("events", OlapConfig(life_cycle=LifeCycle.DELETION_PROTECTED))
project = Project("{name}", [events], database="default")
'''


class ProjectScaffolder(dg.Scaffolder):
    """Write `defs.yaml` (or `component.py`) and a `project.py` with one table."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write both files; an existing `project.py` stays as it is."""
        attributes = {
            "project": ".project",
            "clickhouse": {
                "host": "{{ env.CLICKHOUSE_HOST }}",
                "username": "{{ env.CLICKHOUSE_USER }}",
                "password": "{{ env.CLICKHOUSE_PASSWORD }}",
            },
        }
        dg.scaffold_component(request, attributes)
        declarations = request.target_path / "project.py"
        if not request.append and not declarations.exists():
            declarations.write_text(_PROJECT.format(name=request.target_path.name))
