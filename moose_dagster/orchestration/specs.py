"""The asset spec of a resource: what Dagster shows of a declaration before anything ran."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import get_origin

import dagster as dg
from pydantic import BaseModel

from moose_dagster.declare.collect import Declared
from moose_dagster.declare.desired_views import model_of, named_tables
from moose_dagster.declare.fields import column_name
from moose_dagster.declare.models import columns_of
from moose_dagster.declare.project import Project
from moose_dagster.declare.source import Source
from moose_dagster.declare.streams import Stream
from moose_dagster.declare.views import VIEWS
from moose_dagster.orchestration.beta import beta
from moose_dagster.orchestration.keys import asset_key_for, group_for
from moose_dagster.orchestration.settings import GroupBy
from moose_dagster.orchestration.user_metadata import UserMetadata, user_metadata_of
from moose_dagster.sql.create import storage
from moose_dagster.sql.reads import readers_in
from moose_dagster.state.graph import Side, side_of
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.topics import Topic
from moose_dagster.state.types import is_nullable
from moose_dagster.state.views import View

LIFE_CYCLE = "moose_dagster/life_cycle"
_SHOWN = 10_000


def asset_spec_of(
    project: Project,
    resource: ResourceId,
    group_by: GroupBy,
    key_prefix: tuple[str, ...] = (),
    uri: str = "",
) -> dg.AssetSpec:
    """Return the asset of a declared table, view or topic.

    Args:
        project: The declarations.
        resource: What the asset is.
        group_by: How assets are put into groups.
        key_prefix: What the key begins with.
        uri: The address of the resource; "" for none.
    """
    declared = declared_as(project, resource)
    desired = project.desired.state[resource]
    user_metadata = user_metadata_of(resource, project.desired.metadata[resource])
    source = project.desired.sources[resource]
    sources = dict.fromkeys(_sources_of(project, declared, desired))
    module = source.file if group_by == "module" else ""
    tags = {name: str(value) for name, value in user_metadata.tags.items()}
    life_cycle = project.desired.life_cycles[resource].value
    return dg.AssetSpec(
        asset_key_for(project, resource, key_prefix),
        deps=[asset_key_for(project, upstream, key_prefix) for upstream in sources],
        description=_description(declared, user_metadata),
        metadata={
            **(user_metadata.model_extra or {}),
            **_facets(desired),
            **_storage(project, resource, key_prefix),
            **({"dagster/uri": uri} if uri else {}),
            **_schema(desired, declared),
            **_message_schema(declared),
            "dagster/code_references": _code_reference(source),
            LIFE_CYCLE: life_cycle,
        },
        skippable=True,
        group_name=user_metadata.group or group_for(project.name, module),
        code_version=project.desired.fingerprint(resource),
        owners=user_metadata.owners,
        # The page of an asset shows its tags first, and a selection can use them.
        tags={**tags, LIFE_CYCLE: life_cycle},
        kinds=_kinds(desired),
    )


def _storage(project: Project, resource: ResourceId, key_prefix: tuple[str, ...]) -> dict[str, str]:
    """Return where a resource is stored, in Dagster's words."""
    if not isinstance(resource, TableId):
        # Dagster links assets by their table name alone: the topic `shop.orders` is not the table.
        return {"moose_dagster/topic": str(resource), "dagster/storage_kind": "kafka"}
    # It compares them in small letters: `shop.a` is not `shop.A`.
    is_alike = str(resource).lower() in _names_alike(project)
    name = "moose_dagster/table" if is_alike else "dagster/table_name"
    # With the same two in the metadata of dbt or dlt, Dagster shows both assets as one table. What
    # tells two servers apart in keys tells them apart here.
    full_name = ".".join([*key_prefix, str(resource)])
    return {name: full_name, "dagster/storage_kind": "clickhouse"}


@lru_cache(maxsize=8)
def _names_alike(project: Project) -> frozenset[str]:
    """Return the names, in small letters, that several tables and views of *project* have."""
    counts = Counter(str(place).lower() for place in (*project.tables, *project.views))
    return frozenset(name for name, count in counts.items() if count > 1)


def declared_as(project: Project, resource: ResourceId) -> Declared:
    """Return what the user wrote for *resource*."""
    match resource:
        case ViewId():
            return project.views[resource]
        case TableId():
            return project.tables[resource]
        case _:
            return project.streams[resource]


def _sources_of(
    project: Project, declared: Declared, desired: Table | Topic | View
) -> Iterator[ResourceId]:
    """Yield what flows into a table or view: what it reads, and what fills it."""
    if isinstance(desired, Topic):
        return
    for topic, stream in project.streams.items():
        if stream.config.destination is declared:
            yield topic
    named = set[TableId]()
    if isinstance(declared, VIEWS):
        named_so_far = named_tables(declared, project.declared_database)
        named = {project.moves.place(table) for table in named_so_far}
    own = TableId(desired.id.database, desired.id.name)
    read = desired.reads if isinstance(desired, View) else ()
    side = _desired_side(project)
    for place in side.sources_of(own):
        source = _declared_at(project, place) or (place if place in named else None)
        # What reads the resource itself would be a cycle, which Dagster refuses.
        is_own = place != own and (place in read or own not in side.upstream(place))
        if source is not None and is_own:
            yield source


@lru_cache(maxsize=8)
def _desired_side(project: Project) -> Side:
    return side_of(readers_in(project.desired.state))


def _declared_at(project: Project, place: TableId) -> ResourceId | None:
    """Return the table, view or dictionary that *project* declares at *place*, or None."""
    view = ViewId(place.database, place.name)
    if view in project.views:
        return view
    return place if place in project.tables else None


def _kinds(desired: Table | Topic | View) -> set[str]:
    match desired:
        case Table():
            return {"clickhouse", "table"}
        case Topic():
            return {"kafka", "topic"}
        case View():
            return {"clickhouse", desired.kind.value.lower().replace(" ", "_")}


def _message_schema(declared: Declared) -> dict[str, dg.MetadataValue]:
    if not isinstance(declared, Stream):
        return {}
    model: type[BaseModel] = declared.message_model
    return {"moose_dagster/message_schema": dg.MetadataValue.json(model.model_json_schema())}


def _code_reference(source: Source) -> dg.CodeReferencesMetadataValue:
    with beta():
        reference = dg.LocalFileCodeReference(file_path=source.file, line_number=source.line)
        return dg.CodeReferencesMetadataValue(code_references=[reference])


def _description(declared: Declared, user_metadata: UserMetadata) -> str | None:
    comment = None if isinstance(declared, Stream) else declared.config.comment
    model = _model(declared)
    return user_metadata.description or comment or (model.__doc__ if model else None)


def _model(declared: Declared) -> type[BaseModel] | None:
    return model_of(declared) if isinstance(declared, VIEWS) else declared.model


def _facets(desired: Table | Topic | View) -> dict[str, str | int | dg.MetadataValue]:
    facets: dict[str, str | int | dg.MetadataValue | None]
    if isinstance(desired, Topic):
        facets = {
            "partitions": desired.partitions,
            "replication_factor": desired.replication_factor,
            **desired.configs,
        }
    elif isinstance(desired, View):
        facets = {
            "query": dg.MetadataValue.md(f"```sql\n{desired.query[:_SHOWN]}\n```"),
            "target": str(desired.target or ""),
            "storage": storage(desired.inner) if desired.inner else "",
            "refresh": desired.refresh,
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
    shown = {name: value for name, value in facets.items() if value is not None and value != ""}
    return {f"moose_dagster/{name}": value for name, value in shown.items()}


def _schema(desired: Table | Topic | View, declared: Declared) -> dict[str, dg.TableSchema]:
    if isinstance(desired, Table):
        return {"dagster/column_schema": table_schema_of(desired.columns)}
    model = declared.message_model if isinstance(declared, Stream) else _model(declared)
    if model is None:
        return {}  # a view has the columns of its query, which only the server knows
    return {"dagster/column_schema": table_schema_of(_columns(model))}


def _columns(model: type[BaseModel]) -> tuple[Column, ...]:
    """Return the columns of a model; a field of a message may have no ClickHouse type."""
    by_name = columns_of(model).by_name
    columns = list[Column]()
    for field_name, info in model.model_fields.items():
        name = column_name(field_name, info)
        columns.append(by_name.get(name) or Column(name, _python_type(info.annotation)))
    return tuple(columns)


def _python_type(annotation: object) -> str:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation.__name__
    return str(annotation)


# Tables that share a model share its columns, which are over half of a table's cost to load.
@lru_cache(maxsize=1_024)
def table_schema_of(columns: tuple[Column, ...]) -> dg.TableSchema:
    """Return the columns of a table as Dagster shows them."""
    return dg.TableSchema([_table_column(column) for column in columns])


def _table_column(column: Column) -> dg.TableColumn:
    constraints = dg.TableColumnConstraints(nullable=is_nullable(column.type))
    return dg.TableColumn(column.name, column.type, column.comment or None, constraints)
