"""Print a table as its CREATE statement and as the clauses an ALTER uses."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.names import TableId
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.tokens import split_top_level, tokens


def create_table(table: Table, name: TableId | None = None, cluster: str = "") -> str:
    """Return the CREATE TABLE statement of *table*, under *name* and on every host of *cluster* if given."""
    # An Alias has the columns of the table behind it, and takes no others.
    inside = "" if table.engine.name == "Alias" else f" ({', '.join(column_list(table))})"
    return f"CREATE TABLE {quoted_table(name or table.id)}{on_cluster(cluster)}{inside} {storage(table)}"


def with_secrets(statement: str, secrets: Sequence[str]) -> str:
    """Return a CREATE statement as it is sent: each `[HIDDEN]` behind ENGINE replaced by the next of *secrets*.

    Everything else that is done with a statement (plans, logs, history) uses it without its
    secrets.
    """
    pieces, left, depth, behind = list[str](), list(secrets), 0, False
    for token in tokens(statement):
        depth += (token == "(") - (token == ")")
        behind = behind or (token == "ENGINE" and depth == 0)
        shown = token.split(REDACTED) if behind and token.startswith("'") else [token]
        pieces.append(shown[0])
        for part in shown[1:]:
            pieces.append((quoted_text(left.pop(0))[1:-1] if left else REDACTED) + part)
    if left:
        raise ValueError(f"{len(left)} secrets have no place in the statement")
    return "".join(pieces)


def column_list(table: Table) -> list[str]:
    """Return what stands in the brackets of a CREATE TABLE, in the order in which the server prints it."""
    return [*map(column_definition, table.columns), *map(element_definition, table.elements)]


def on_cluster(cluster: str) -> str:
    """Return what stands behind a name in DDL for every host of *cluster*; nothing without one."""
    return f" ON CLUSTER {quoted_name(cluster)}" if cluster else ""


def storage(table: Table) -> str:
    """Return everything behind the column list: engine, keys, TTL, settings, comment."""
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
    # By default the server makes arrays of a Nested column, so that one in a state was kept whole.
    return (
        {"flatten_nested": "0"}
        if any(column.type.startswith("Nested(") for column in table.columns)
        else {}
    )


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
    """Return what stands behind a column's type, with a space in front of each part."""
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
