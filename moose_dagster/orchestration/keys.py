"""Asset keys and groups, in the characters that Dagster allows."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import dagster as dg
from pydantic import Field, TypeAdapter, ValidationError

from moose_dagster.declare.collect import Declared
from moose_dagster.declare.project import Project
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.topics import TopicId

KeyPrefix: TypeAlias = str | Sequence[str]
_ELSEWHERE = "asset_key"
_PART = re.compile(r"[A-Za-z0-9_.-]+\Z")
_PATH = TypeAdapter(Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)])
# Text such as `_x2` before an escaped space would itself read as an escape.
_TAKEN = re.compile(r"_x(?=[0-9a-f]+(?:_|[^A-Za-z0-9_.-]))|[^A-Za-z0-9_.-]")


def asset_key_for(
    project: Project, resource: ResourceId | Declared, key_prefix: KeyPrefix | None = None
) -> dg.AssetKey:
    """Return the key of a declaration: `clickhouse/<database>/<name>` or `kafka/<topic>`.

    Use it in code that names the asset of a table, such as `deps=[asset_key_for(project, orders)]`.
    A character that Dagster does not allow becomes its code point, such as `_x20_` for a space.
    A declaration with `metadata["asset_key"]` has that key.

    Args:
        project: The project in its environment.
        resource: A table, stream, view or dictionary of *project*.
        key_prefix: The prefix that `build_definitions` has.

    Raises:
        ValueError: *project* does not declare it, or its `metadata["asset_key"]` is not a key.
    """
    id_ = resource if isinstance(resource, (TableId, TopicId)) else _resource_of(project, resource)
    given = project.desired.metadata.get(id_, {}).get(_ELSEWHERE)
    if given is not None:
        return _given(id_, given)
    prefix = prefix_of(key_prefix)
    if isinstance(id_, TableId):
        return dg.AssetKey([*prefix, "clickhouse", _escaped(id_.database), _escaped(id_.name)])
    return dg.AssetKey([*prefix, "kafka", _escaped(id_.name)])


def prefix_of(key_prefix: KeyPrefix | None) -> tuple[str, ...]:
    """Return the parts of a prefix, of which a text is one.

    Raises:
        ValueError: A part is empty, or has a character that Dagster does not allow.
    """
    parts = (key_prefix,) if isinstance(key_prefix, str) else tuple(key_prefix or ())
    for part in parts:
        if not _PART.match(part):
            raise ValueError(
                f"key_prefix has {part!r}; write a part, or several as a list, of letters, "
                "digits, _, - and dots."
            )
    return parts


def _resource_of(project: Project, declared: Declared) -> ResourceId:
    every: tuple[tuple[ResourceId, Declared], ...] = (
        *project.tables.items(),
        *project.streams.items(),
        *project.views.items(),
    )
    for resource, declaration in every:
        if declaration is declared:
            return resource
    raise ValueError(f"{project.name} does not declare {declared!r}; add it to the project.")


def is_elsewhere(project: Project, resource: ResourceId) -> bool:
    """Whether another integration declares the asset of *resource*, and only its check is ours."""
    return _ELSEWHERE in project.desired.metadata[resource]


def group_for(name: str, file: str = "") -> str:
    """Return the group of a project, or of a project and the module in *file*."""
    path = Path(file)
    module = path.parent.name if path.stem == "__init__" else path.stem
    return re.sub(r"[^A-Za-z0-9_]", "_", f"{name}_{module}" if module else name)


def _given(resource: ResourceId, given: object) -> dg.AssetKey:
    try:
        path = _PATH.validate_python(given.split("/") if isinstance(given, str) else given)
    except ValidationError as error:
        raise ValueError(
            f'{resource}: metadata["asset_key"] is {given!r}; write the key of the asset that is '
            'declared elsewhere, as "analytics/orders" or ["analytics", "orders"].'
        ) from error
    return dg.AssetKey(path)


def _escaped(part: str) -> str:
    return _TAKEN.sub(
        lambda match: "".join(f"_x{ord(character):x}_" for character in match[0]), part
    )
