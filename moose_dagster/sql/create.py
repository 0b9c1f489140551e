"""Print a table as its CREATE statement and as the clauses an ALTER uses."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.tokens import split_top_level, tokens


def create_table(table: Table, name: TableId | None = None, cluster: str = "") -> str:
    """Return the CREATE TABLE statement of *table*.

    Args:
        table: What to create.
        name: The name to create it under; None for its own.
        cluster: The cluster on whose hosts it is created; "" for this server alone.
    """
    place = f"{quoted_table(name or table.id)}{on_cluster(cluster)}"
    return f"CREATE TABLE {place} {_definition(table)}"


def create_temporary_table(table: Table) -> str:
    """Return a statement that makes *table* for as long as the session lasts."""
    return f"CREATE TEMPORARY TABLE {quoted_name(table.id.name)} {_definition(table)}"


def with_secrets(statement: str, secrets: Sequence[str]) -> str:
    """Return a CREATE statement with the next of *secrets* for each `[HIDDEN]` after ENGINE.

    It is only sent: plans, logs and history show a statement without its secrets.

    Raises:
        ValueError: There are more secrets than places for them.
    """
    pieces = list[str]()
    remaining = list(secrets)
    depth = 0
    is_engine = False
    for token in tokens(statement):
        depth += (token == "(") - (token == ")")
        is_engine = is_engine or (token == "ENGINE" and depth == 0)
        shown = token.split(REDACTED) if is_engine and token.startswith("'") else [token]
        pieces.append(shown[0])
        for part in shown[1:]:
            secret = quoted_text(remaining.pop(0))[1:-1] if remaining else REDACTED
            pieces.append(secret + part)
    if remaining:
        raise ValueError(f"{counted(len(remaining), 'secret')} too many for the statement")
    return "".join(pieces)


def _definition(table: Table) -> str:
    # An Alias has the columns of the table that it stands for, and takes no others.
    inside = "" if table.engine.name == "Alias" else f"({', '.join(column_list(table))}) "
    return f"{inside}{storage(table)}"


def column_list(table: Table) -> list[str]:
    """Return what a CREATE TABLE lists in its brackets, in the order the server prints it."""
    return [*map(column_definition, table.columns), *map(element_definition, table.elements)]


def on_cluster(cluster: str) -> str:
    """Return ` ON CLUSTER ...` as DDL has it after a name; "" for no cluster."""
    return f" ON CLUSTER {quoted_name(cluster)}" if cluster else ""


def storage(table: Table) -> str:
    """Return everything after the column list: engine, keys, TTL, settings, comment."""
    parts = [f"ENGINE = {table.engine}"]
    if table.partition_by:
        parts.append(f"PARTITION BY {key((*split_top_level(table.partition_by),))}")
    if table.primary_key is not None:
        parts.append(f"PRIMARY KEY {key(table.primary_key)}")
    if table.order_by or table.engine.is_merge_tree:
        parts.append(f"ORDER BY {key(table.order_by)}")
    if table.sample_by:
        parts.append(f"SAMPLE BY {table.sample_by}")
    if table.ttl:
        parts.append(f"TTL {table.ttl}")
    settings = {**table.settings, **_nesting(table)}
    if settings:
        parts.append("SETTINGS " + settings_list(settings))
    if table.comment:
        parts.append(f"COMMENT {quoted_text(table.comment)}")
    return " ".join(parts)


def _nesting(table: Table) -> Mapping[str, str]:
    # By default the server makes arrays of a Nested column; one in a state was created without.
    is_nested = any(column.type.startswith("Nested(") for column in table.columns)
    return {"flatten_nested": "0"} if is_nested else {}


def settings_list(settings: Mapping[str, str]) -> str:
    """Return `name = value, ...` with every value as text or number."""
    return ", ".join(f"{name} = {setting_value(value)}" for name, value in settings.items())


def setting_value(value: str) -> str:
    """Return a setting's value as SQL: numbers bare, all else as text."""
    return value if value.lstrip("-").isdigit() else quoted_text(value)


def key(elements: tuple[str, ...]) -> str:
    """Return a key as SQL: `tuple()`, one element, or a bracketed list."""
    if not elements:
        return "tuple()"
    bare = len(elements) == 1 and (" " not in elements[0] or elements[0].startswith("tuple("))
    return elements[0] if bare else f"({', '.join(elements)})"


@lru_cache(maxsize=65_536)
def column_definition(column: Column) -> str:
    """Return a column as CREATE and ADD COLUMN write it."""
    return f"{quoted_name(column.name)} {column.type}" + column_properties(column)


def column_properties(column: Column) -> str:
    """Return the clauses after a column's type, with a space before each."""
    text = f" {column.default}" if column.default else ""
    if column.comment:
        text += f" COMMENT {quoted_text(column.comment)}"
    if column.codec:
        text += f" CODEC({column.codec})"
    if column.statistics:
        text += f" STATISTICS({column.statistics})"
    if column.ttl:
        text += f" TTL {column.ttl}"
    if column.settings:
        text += f" SETTINGS ({settings_list(column.settings)})"
    return text
