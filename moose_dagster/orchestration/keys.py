"""Asset keys and groups, in the characters that Dagster allows."""

import re
from pathlib import Path
from typing import Annotated

import dagster as dg
from pydantic import Field, TypeAdapter, ValidationError

from moose_dagster.declare.project import Project
from moose_dagster.state.names import ResourceId, TableId

_ELSEWHERE = "asset_key"
_PATH = TypeAdapter(Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)])
# Text such as `_x2` before an escaped space would itself read as an escape.
_TAKEN = re.compile(r"_x(?=[0-9a-f]+(?:_|[^A-Za-z0-9_.-]))|[^A-Za-z0-9_.-]")


def asset_key_for(project: Project, resource: ResourceId) -> dg.AssetKey:
    """Return `clickhouse/<database>/<name>`, `kafka/<topic>` or the declaration's `asset_key`.

    A character that Dagster does not allow becomes its code point, such as `_x20_` for a space.

    Raises:
        ValueError: `metadata["asset_key"]` of the declaration is not an asset key.
    """
    given = project.desired.metadata.get(resource, {}).get(_ELSEWHERE)
    if given is not None:
        return _given(resource, given)
    if isinstance(resource, TableId):
        return dg.AssetKey(["clickhouse", _escaped(resource.database), _escaped(resource.name)])
    return dg.AssetKey(["kafka", _escaped(resource.name)])


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
