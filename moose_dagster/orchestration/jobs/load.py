"""The job that loads messages of topics into tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import dagster as dg
from pydantic import Field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.errors import LoadError
from moose_dagster.load import LoadOptions, LoadResult, PartitionLoad, load_messages
from moose_dagster.orchestration.checks import evaluation_of
from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.load_checks import load_check_results
from moose_dagster.orchestration.metadata import table_of
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.orchestration.staleness import recorded_tags
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId

LOAD = "load"


class LoadConfig(dg.Config):
    """The config of `moose_load`: what is loaded, and when the load stops."""

    selection: list[str] = Field(
        default=[],
        description="Only these tables (database.name) and topics; empty for all.",
    )
    messages: int = Field(
        default=0, ge=0, description="The most messages that are read; 0 for no limit."
    )
    bytes: int = Field(default=0, ge=0, description="The most bytes that are read; 0 for no limit.")
    seconds: float = Field(
        default=0.0, ge=0, description="Begin no batch after so many seconds; 0 for no limit."
    )
    interrupted: Literal["ask", "again", "loaded"] = Field(
        default="ask",
        description="What becomes of the batch of a killed run whose table was made again since.",
    )


def load_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_load`. It materializes the tables that get rows."""

    def load_op(context: dg.OpExecutionContext, config: LoadConfig) -> Iterator[Any]:
        with project_context.session(context) as servers:
            clickhouse, kafka = both_of(servers, "a load")
            run = replace(
                servers.options,
                selection=selection_of(project_context, config.selection),
                run_id=context.run.run_id,
            )
            options = LoadOptions(
                config.messages, config.bytes, config.seconds, config.interrupted, run
            )
            result = load_messages(project_context.project, clickhouse, kafka, options)
            try:
                health = load_check_results(project_context, servers, run.selection)
            except LoadError:
                health = []  # what does not exist is among the problems of the load
        for note in result.notes:
            context.log.warning(note)
        for table in dict.fromkeys(part.table for part in result.partitions):
            key = project_context.key_of(table)
            yield dg.AssetMaterialization(
                key,
                metadata=load_metadata(result.of_table(table)),
                tags=recorded_tags(context.instance, key),
            )
        yield from map(evaluation_of, health)
        if result.problems:
            raise dg.Failure(
                "\n".join(result.problems), metadata=load_metadata(result), allow_retries=False
            )
        context.log.info(f"{counted(result.loaded, 'message')} loaded")
        yield dg.Output(None, metadata=load_metadata(result))

    return job_of(
        project_context,
        LOAD,
        load_op,
        "Load the messages of topics into their tables, each exactly once.",
    )


def load_metadata(result: LoadResult) -> Mapping[str, dg.MetadataValue]:
    """Return what a load came to, with numbers that Dagster plots."""
    numbers = {
        "moose_dagster/loaded": result.loaded,
        "moose_dagster/loaded_bytes": result.bytes,
        "moose_dagster/rejected": result.rejected,
        "moose_dagster/lost": result.lost,
        "moose_dagster/lag": result.lag,
    }
    metadata: dict[str, dg.MetadataValue] = {
        name: dg.MetadataValue.int(number) for name, number in numbers.items()
    }
    if rows := [_row(part) for part in result.partitions]:
        metadata["partitions"] = table_of(rows, tuple(rows[0]))
    if result.notes:
        metadata["notes"] = dg.MetadataValue.text("\n".join(result.notes))
    return metadata


def _row(part: PartitionLoad) -> dict[str, str]:
    return {
        "partition": f"{part.topic}/{part.partition}",
        "offsets": f"{part.first_offset} to {part.next_offset}",
        "loaded": str(part.loaded),
        "rejected": str(part.rejected),
        "lost": str(part.lost),
        "lag": str(part.lag),
    }


def both_of(servers: Servers, what: str) -> tuple[ClickHouse, Kafka]:
    """Return both connections, or fail the run of *what* that lacks one."""
    if servers.clickhouse is None or servers.kafka is None:
        raise dg.Failure(
            f"{what} needs ClickHouse and Kafka; give build_definitions both.",
            allow_retries=False,
        )
    return servers.clickhouse, servers.kafka


def selection_of(
    project_context: ProjectContext, selection: Sequence[str]
) -> list[ResourceId] | None:
    """Return the selected tables and topics, or None for all."""
    if not selection:
        return None
    names: dict[str, ResourceId] = {}
    for load in project_context.project.loads.values():
        names |= {str(load.table): load.table, str(load.topic): load.topic}
    unknown = sorted(set(selection) - names.keys())
    if unknown:
        raise dg.Failure(
            f"selection: no load of the project has {', '.join(unknown)}; there are "
            f"{', '.join(sorted(names))}.",
            allow_retries=False,
        )
    return [names[name] for name in selection]
