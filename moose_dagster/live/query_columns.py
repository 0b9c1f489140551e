"""Ask the server which columns a query gives, also over tables that a plan changes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.sql.quoting import quoted_name, quoted_text
from moose_dagster.sql.select import Query
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column
from moose_dagster.state.types import canonical_type

_MOST_TOGETHER = 50
# Below the server's max_query_size of 256 KiB.
_LONGEST_QUERY = 200_000
_MARKER = "__moose_dagster_marker_"
_PREFIX = "__moose_dagster_query_"
_GENERATED = re.compile(r"_subquery_?\d+")
_LINE_BREAK = re.compile(r"(?<=(.))\n *")


@dataclass(frozen=True, slots=True)
class QueryColumns:
    """What the server says of the columns of a query.

    Attributes:
        columns: Name and type of each; none where the server could not tell.
        error: What the server said instead; "" where it gave the columns.
        code: The code of that error; None where it gave the columns.
    """

    columns: tuple[Column, ...] = ()
    error: str = ""
    code: int | None = None


Schema = Mapping[TableId, tuple[Column, ...]]
"""The columns of the tables and views that differ from the live ones."""


def columns_of_queries(clickhouse: ClickHouse, queries: Sequence[str]) -> tuple[QueryColumns, ...]:
    """Return the columns that each of *queries* gives, with one query for up to 50 of them.

    Raises:
        ServerUnreachable: The server went away.
    """
    found = list[QueryColumns]()
    for start in range(0, len(queries), _MOST_TOGETHER):
        found.extend(_described(clickhouse, queries[start : start + _MOST_TOGETHER]))
    return tuple(found)


def columns_of_query(
    clickhouse: ClickHouse, query: str, database: str, schema: Schema
) -> QueryColumns:
    """Return the columns that *query* gives once the tables of *schema* have its columns.

    Nothing is written: in place of each table of *schema*, the query reads an empty one.

    Args:
        clickhouse: The server.
        query: A SELECT.
        database: Where tables live that the query does not qualify.
        schema: The columns of tables and views that differ from the live ones.

    Raises:
        ServerUnreachable: The server went away.
    """
    structures = {table: structure_of(columns) for table, columns in schema.items()}
    text = Query(query, database).over(structures) if structures else query
    return _described(clickhouse, [text])[0]


def _described(clickhouse: ClickHouse, queries: Sequence[str]) -> list[QueryColumns]:
    if not queries:
        return []
    text = queries[0] if len(queries) == 1 else _together(queries)
    if len(text) > _LONGEST_QUERY and len(queries) > 1:
        return _halves(clickhouse, queries)
    try:
        rows = clickhouse.query(f"DESCRIBE TABLE ({text})")
    except ServerError as error:
        if len(queries) > 1:
            return _halves(clickhouse, queries)
        return [QueryColumns(error=str(error), code=error.code)]
    columns = [Column(str(row[0]), canonical_type(_on_one_line(str(row[1])))) for row in rows]
    if len(queries) == 1:
        return [QueryColumns(tuple(columns))]
    return _separated(columns)


def _halves(clickhouse: ClickHouse, queries: Sequence[str]) -> list[QueryColumns]:
    middle = len(queries) // 2
    return [*_described(clickhouse, queries[:middle]), *_described(clickhouse, queries[middle:])]


def _together(queries: Sequence[str]) -> str:
    """Return a query that gives the columns of all *queries*, a marker before those of each."""
    listed = ", ".join(f"0 AS {_MARKER}{n}, {_PREFIX}{n}.*" for n in range(len(queries)))
    sources = ", ".join(f"({query}) AS {_PREFIX}{n}" for n, query in enumerate(queries))
    return f"SELECT {listed} FROM {sources}"


def _separated(columns: Iterable[Column]) -> list[QueryColumns]:
    found = list[QueryColumns]()
    for column in columns:
        if column.name.startswith(_MARKER):
            found.append(QueryColumns())
            continue
        # The server qualifies a name that several of the queries give.
        name = column.name.removeprefix(f"{_PREFIX}{len(found) - 1}.")
        found[-1] = QueryColumns((*found[-1].columns, replace(column, name=name)))
    return found


def _on_one_line(type_name: str) -> str:
    # DESCRIBE prints each element of a Tuple on a line of its own.
    return _LINE_BREAK.sub(lambda match: " " if match[1] == "," else "", type_name)


def named_as_live(columns: Sequence[Column], live: Sequence[Column]) -> tuple[Column, ...]:
    """Return *columns* under their *live* names where only a generated number differs.

    The server numbers the subqueries that have no name, and each time in another way.
    """
    if len(columns) != len(live):
        return tuple(columns)
    return tuple(
        replace(column, name=other.name)
        if _GENERATED.sub("_", column.name) == _GENERATED.sub("_", other.name)
        else column
        for column, other in zip(columns, live, strict=True)
    )


def structure_of(columns: Iterable[Column]) -> str:
    """Return a column list in which `*` stands for the same columns as in a table of *columns*.

    No expression of the table is in it, since it may need what is not there yet.
    """
    return ", ".join(f"{quoted_name(column.name)} {_type_and_kind(column)}" for column in columns)


def _type_and_kind(column: Column) -> str:
    kind = column.default.kind if column.default else ""
    if kind in {"MATERIALIZED", "ALIAS"}:
        return f"{column.type} {kind} defaultValueOfTypeName({quoted_text(column.type)})"
    return f"{column.type} EPHEMERAL" if kind == "EPHEMERAL" else column.type
