"""Create empty tables like another one, each with a path of its own in Keeper."""

import re
from dataclasses import replace

from moose_dagster.risk.context import TableContext
from moose_dagster.sql.create import on_cluster, storage
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.catalogs import REPLICATED
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Engine, Table

_UUID = "{uuid}"
# A brace begins a macro, and a slash another node.
_NOT_IN_A_NODE = re.compile(r"[^\w.{}-]|\{(?!\})|(?<!\{)\}")


def create_copy(model: Table, copy: TableId, context: TableContext) -> str:
    """Return the CREATE statement of an empty table with all that *model* has.

    Args:
        model: The table as it is live.
        copy: The name of the new table.
        context: Where *model* lies.
    """
    on_cluster_clause = on_cluster(context.statement_cluster)
    head = f"CREATE TABLE {quoted_table(copy)}{on_cluster_clause} AS {quoted_table(model.id)}"
    clause = copied_storage(model, copy, context)
    return f"{head} {clause}" if clause else head


def copied_storage(model: Table, copy: TableId, context: TableContext) -> str:
    """Return the clauses of *copy* that can't be those of *model*, or "" where all can."""
    engine = with_own_path(model.engine, copy, context)
    return "" if engine == model.engine else storage(replace(model, engine=engine))


def with_own_path(engine: Engine, copy: TableId, context: TableContext) -> Engine:
    """Return *engine* with the path in Keeper of *copy*: two tables of one path are replicas.

    On a cluster, the server itself makes another path where it holds the UUID of the table.
    """
    path = engine.keeper_path
    if not path or engine.name.startswith("Shared"):
        return engine
    if context.catalog == REPLICATED:
        # It names the path of every table itself, and refuses one that is written (36).
        return replace(engine, arguments=engine.own_arguments)
    if _UUID in path and context.statement_cluster:
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
