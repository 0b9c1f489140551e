"""Asset keys: where a resource lives, in the characters that Dagster takes."""

import re

import dagster as dg

from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import TableId

# `_x2` in front of a space would read as an escape together with the escape of the space.
_TAKEN = re.compile(r"_x(?=[0-9a-f]+(?:_|[^A-Za-z0-9_.-]))|[^A-Za-z0-9_.-]")


def asset_key_for(resource: ResourceId) -> dg.AssetKey:
    """Return `clickhouse/<database>/<table or view>` or `kafka/<topic>`.

    A character that Dagster can't name an output by becomes its code point, such as `_x20_` for a space.
    """
    if isinstance(resource, TableId):
        return dg.AssetKey(["clickhouse", _escaped(resource.database), _escaped(resource.name)])
    return dg.AssetKey(["kafka", _escaped(resource.name)])


def group_for(name: str) -> str:
    """Return a group name from the project's, in the characters that Dagster takes."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _escaped(part: str) -> str:
    return _TAKEN.sub(lambda match: "".join(f"_x{ord(character):x}_" for character in match[0]), part)
