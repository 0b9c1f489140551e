"""What Dagster shows of a resource before anything ran: the declaration."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import dagster as dg
from pydantic import BaseModel

from moose_dagster.declare.collect import Declared
from moose_dagster.declare.project import Project
from moose_dagster.declare.source import Source
from moose_dagster.declare.streams import AnyStream, Stream
from moose_dagster.declare.tables import AnyTable
from moose_dagster.orchestration.beta import beta
from moose_dagster.orchestration.keys import asset_key_for, group_for
from moose_dagster.plan.steps import fingerprint_of
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import Column, Table, TableId
from moose_dagster.state.topics import Topic

_SHOWN = 10_000


def asset_spec_of(project: Project, resource: ResourceId) -> dg.AssetSpec:
    """Return the asset of a declared table or topic."""
    declared = declared_as(project, resource)
    state = project.desired.state
    desired = state.tables[resource] if isinstance(resource, TableId) else state.topics[resource]
    extra = project.desired.metadata[resource]
    return dg.AssetSpec(
        asset_key_for(resource),
        deps=[asset_key_for(stream) for stream in _streams_into(project, declared)],
        description=_description(declared),
        metadata={
            **_facets(desired),
            "dagster/table_name": str(resource),
            "dagster/column_schema": _schema(desired, declared),
            **_message_schema(declared),
            "dagster/code_references": _code_reference(project.desired.sources[resource]),
            "moose_dagster/life_cycle": project.desired.life_cycles[resource].value,
        },
        skippable=True,
        group_name=str(extra.get("group") or group_for(project.name)),
        code_version=fingerprint_of([desired]),
        owners=_texts(extra.get("owners")),
        tags={str(name): str(value) for name, value in _mapping(extra.get("tags")).items()},
        kinds={"clickhouse", "table"} if isinstance(resource, TableId) else {"kafka", "topic"},
    )


def declared_as(project: Project, resource: ResourceId) -> Declared:
    """Return what the user wrote for *resource*."""
    return project.tables[resource] if isinstance(resource, TableId) else project.streams[resource]


def _streams_into(project: Project, declared: Declared) -> Iterable[ResourceId]:
    return [topic for topic, stream in project.streams.items() if stream.config.destination is declared]


def _message_schema(declared: Declared) -> dict[str, dg.MetadataValue]:
    if not isinstance(declared, Stream):
        return {}
    model: type[BaseModel] = declared.message_model
    return {"moose_dagster/message_schema": dg.MetadataValue.json(model.model_json_schema())}


def _code_reference(source: Source) -> dg.CodeReferencesMetadataValue:
    with beta():
        reference = dg.LocalFileCodeReference(file_path=source.file, line_number=source.line)
        return dg.CodeReferencesMetadataValue(code_references=[reference])


def _description(declared: AnyTable | AnyStream) -> str | None:
    comment = None if isinstance(declared, Stream) else declared.config.comment
    return comment or declared.model.__doc__


def _facets(desired: Table | Topic) -> dict[str, str | int]:
    if isinstance(desired, Topic):
        facets: dict[str, str | int | None] = {
            "partitions": desired.partitions,
            "replication_factor": desired.replication_factor,
            **desired.configs,
        }
    else:
        facets = {
            "engine": str(desired.engine),
            "order_by": ", ".join(desired.order_by) or "tuple()",
            "primary_key": ", ".join(desired.primary_key) if desired.primary_key else None,
            "partition_by": desired.partition_by,
            "ttl": desired.ttl,
            "settings": ", ".join(f"{name} = {value}" for name, value in desired.settings.items()),
        }
    return {f"moose_dagster/{name}": value for name, value in facets.items() if value is not None and value != ""}


def _schema(desired: Table | Topic, declared: Declared) -> dg.TableSchema:
    if isinstance(desired, Table):
        return _table_schema(desired.columns)
    model = declared.message_model if isinstance(declared, Stream) else declared.model
    return dg.TableSchema(
        [
            dg.TableColumn(field.alias or name, str(getattr(field.annotation, "__name__", field.annotation)))
            for name, field in model.model_fields.items()
        ]
    )


# Tables that share a model share its columns, which are over half of a table's cost to load.
@lru_cache(maxsize=1_024)
def _table_schema(columns: tuple[Column, ...]) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(column.name, column.type, column.comment or None) for column in columns])


def _texts(value: Any) -> list[str] | None:  # noqa: ANN401 - the user's own metadata
    return [value] if isinstance(value, str) else [str(one) for one in value] if value else None


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the user's own metadata
    return value or {}
