"""The job that clones the project's environment for a branch, and drops such clones again."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.reconciliation.clone import clone, drop_clone, expired_environments
from moose_dagster.state.counting import counted

CLONE = "clone"


class CloneConfig(dg.Config):
    """The config of `moose_clone`: the environment to make or to drop."""

    environment: str = Field(
        default="", description="The environment to make or to drop; / and the like become -."
    )
    rows: bool = Field(
        default=False,
        description="With the rows, which share the data parts of the original.",
    )
    drop: bool = Field(default=False, description="Drop the databases that the clone made.")
    older_than_days: float | None = Field(
        default=None,
        description="Drop every clone of the project that is older than this many days.",
    )


def clone_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_clone`. Its schedule drops the clones that are older than `clone_days`."""

    def clone_op(context: dg.OpExecutionContext, config: CloneConfig) -> Iterator[Any]:
        with project_context.session(context) as servers:
            if servers.clickhouse is None:
                raise dg.Failure(
                    "clone needs a ClickHouse server; give build_definitions or the component one "
                    "as clickhouse.",
                    allow_retries=False,
                )
            if config.drop or config.older_than_days is not None:
                dropped = _drop(project_context, servers, config)
                context.log.info(f"{counted(len(dropped), 'database')} dropped: {dropped}")
                yield dg.Output(None, metadata={"dropped": ", ".join(dropped) or "nothing"})
                return
            yield dg.Output(None, metadata=_clone(context, project_context, servers, config))

    return job_of(
        project_context,
        CLONE,
        clone_op,
        "Make the databases of a branch from those of this environment, or drop them.",
    )


def _clone(
    context: dg.OpExecutionContext,
    project_context: ProjectContext,
    servers: Servers,
    config: CloneConfig,
) -> dict[str, dg.MetadataValue]:
    source = project_context.project
    target = source.in_environment(_name(config))
    if servers.clickhouse is None:
        return {}
    made = clone(
        source, target, servers.clickhouse, servers.options, kafka=servers.kafka, rows=config.rows
    )
    for resource, why in {**made.without_rows, **made.left_out}.items():
        context.log.warning(f"{resource}: {why}")
    failures = [failure.error for failure in made.result.failures]
    if failures or made.result.unfinished:
        raise dg.Failure("\n".join((*failures, *made.result.unfinished)), allow_retries=False)
    return {
        "databases": dg.MetadataValue.text(", ".join(sorted(target.moves.databases.values()))),
        "with_rows": dg.MetadataValue.int(len(made.cloned)),
    }


def _drop(project_context: ProjectContext, servers: Servers, config: CloneConfig) -> Sequence[str]:
    dropped = list[str]()
    project = project_context.project
    if servers.clickhouse is None:
        return dropped
    if config.older_than_days is None:
        names: tuple[str, ...] = (_name(config),)
    else:
        age = timedelta(days=config.older_than_days)
        names = expired_environments(project, servers.clickhouse, age)
    for name in names:
        target = project.in_environment(name)
        dropped += drop_clone(target, servers.clickhouse, servers.options, kafka=servers.kafka)
    return dropped


def _name(config: CloneConfig) -> str:
    if not config.environment:
        raise dg.Failure("environment: name the one to make or to drop.", allow_retries=False)
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", config.environment)[:64]
