"""Create empty tables like another one, each with a path of its own in Keeper."""

import re
from dataclasses import replace

from moose_dagster.sql.create import on_cluster, storage
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Engine, Table

_UUID = "{uuid}"
# A brace begins a macro, and a slash another node.
_NOT_IN_A_NODE = re.compile(r"[^\w.{}-]|\{(?!\})|(?<!\{)\}")


def create_copy(model: Table, copy: TableId, cluster: str = "") -> str:
    """Return the CREATE statement of an empty table with all that *model* has.

    Args:
        model: The table as it is live.
        copy: The name of the new table.
        cluster: The cluster on whose hosts it is created; "" for this server alone.
    """
    head = f"CREATE TABLE {quoted_table(copy)}{on_cluster(cluster)} AS {quoted_table(model.id)}"
    clause = copied_storage(model, copy, cluster)
    return f"{head} {clause}" if clause else head


def copied_storage(model: Table, copy: TableId, cluster: str = "") -> str:
    """Return the clauses of *copy* that can't be those of *model*, or "" where all can."""
    engine = with_own_path(model.engine, copy, cluster)
    return "" if engine == model.engine else storage(replace(model, engine=engine))


def with_own_path(engine: Engine, copy: TableId, cluster: str = "") -> Engine:
    """Return *engine* with the path in Keeper of *copy*: two tables of one path are replicas.

    On a cluster, the server itself makes another path where it holds the UUID of the table.
    """
    path = engine.keeper_path
    if not path or engine.name.startswith("Shared") or (_UUID in path and cluster):
        return engine
    name = _NOT_IN_A_NODE.sub("_", copy.name)
    own = path.replace(_UUID, name) if _UUID in path else f"{path}__{name}"
    return replace(engine, arguments=(f"'{own}'", *engine.arguments[1:]))


def with_declared_path(engine: Engine, table: TableId) -> Engine:
    """Return *engine* with its path for *table*, under whatever name that is created."""
    path = engine.keeper_path
    if not path:
        return engine
    own = path.replace("{database}", table.database).replace("{table}", table.name)
    return replace(engine, arguments=(f"'{own}'", *engine.arguments[1:]))
