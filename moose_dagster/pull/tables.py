"""A live table as the Python that declares it."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from moose_dagster.declare.elements import TableIndex, index_of
from moose_dagster.declare.statement_settings import needed_settings
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.pull.annotations import Annotation, annotation_of, exact_annotation
from moose_dagster.pull.engines import engine_node, other_engine
from moose_dagster.pull.layout import (
    Group,
    Node,
    assignment,
    call,
    keyword,
    listed,
    literal,
    mapped,
)
from moose_dagster.pull.models import Helpers, class_text, field_line
from moose_dagster.pull.names import ModuleNames, field_name, variable_name
from moose_dagster.sql.elements import unquoted
from moose_dagster.sql.quoting import name_in_expression
from moose_dagster.state.names import TableId
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.rename import uses
from moose_dagster.state.tables import Column, Index, Table
from moose_dagster.state.tokens import bracketed, split_top_level
from moose_dagster.state.types import named_element

_DEFAULTS = {
    "DEFAULT": "clickhouse_default",
    "MATERIALIZED": "ClickHouseMaterialized",
    "ALIAS": "ClickHouseAlias",
    "EPHEMERAL": "ClickHouseEphemeral",
}
_NO_LETTER = re.compile(r"[^A-Za-z0-9_]")
_SIMILAR = (("Int", "UInt", "Float", "BFloat16", "Decimal"), ("Date",))


@dataclass(frozen=True, slots=True)
class TableWriting:
    """How a table is written.

    Attributes:
        model: The name of its class.
        variable: The name of its variable.
        life_cycle: Its life cycle.
        exact_columns: The columns whose types are written as ClickHouse text.
        exact_engine: Whether the engine is written as ClickHouse text.
    """

    model: str
    variable: str
    life_cycle: LifeCycle
    exact_columns: Collection[str] = ()
    exact_engine: bool = False


def table_text(table: Table, writing: TableWriting, names: ModuleNames) -> str:
    """Return the classes and the declaration of *table*.

    Args:
        table: The table.
        writing: How to write it.
        names: What is taken in the module; takes the names of the classes that the model needs.
    """
    model = model_text(writing.model, table.columns, names, writing.exact_columns)
    config = call("OlapConfig", *(keyword(name, value) for name, value in _config(table, writing)))
    declared = call(f"OlapTable[{writing.model}]", literal(table.id.name), config)
    return "\n\n\n".join((model, assignment(writing.variable, declared)))


def model_text(
    name: str, columns: Iterable[Column], names: ModuleNames, exact: Collection[str] = ()
) -> str:
    """Return the model *name* with a field for each of *columns*, after the classes that it needs.

    Args:
        name: The name of the class.
        columns: The columns.
        names: What is taken in the module; takes the names of further classes.
        exact: The columns whose types are written as ClickHouse text.
    """
    helpers = Helpers(names, name)
    fields = names.fields()
    lines = list[str]()
    for column in columns:
        annotation = _annotation(column, exact, helpers)
        field = fields.unique(field_name(column.name))
        lines.append(field_line(field, column.name, annotation.node, column.comment))
    return "\n\n\n".join((*helpers.classes, class_text(name, "BaseModel", lines)))


def _annotation(column: Column, exact: Collection[str], helpers: Helpers) -> Annotation:
    if column.name in exact:
        annotation = exact_annotation(column.type)
    else:
        annotation = annotation_of(column.type, column.name, helpers)
    return annotation.marked(*_marks(column))


def _marks(column: Column) -> Iterator[Node]:
    if column.default:
        expression = [literal(column.default.expression)] if column.default.expression else []
        yield call(_DEFAULTS[column.default.kind], *expression)
    for name, text in (
        ("ClickHouseCodec", column.codec),
        ("ClickHouseStatistics", column.statistics),
        ("ClickHouseTTL", column.ttl),
    ):
        if text:
            yield call(name, literal(text))
    if column.settings:
        yield call(
            "ClickHouseColumnSettings",
            *(keyword(name, value) for name, value in column.settings.items()),
        )


def _config(table: Table, writing: TableWriting) -> Iterator[tuple[str, Node]]:
    secret = _secrets(table)
    yield "database", literal(table.id.database)
    yield from key_options(table)
    engine = (
        other_engine(table.engine, secret)
        if writing.exact_engine
        else engine_node(table.engine, secret)
    )
    if engine:
        yield "engine", engine
    settings = {**table.settings, **_statement_settings(table)}
    if settings:
        yield (
            "settings",
            mapped(
                (literal(name), _setting(value, secret)) for name, value in sorted(settings.items())
            ),
        )
    if table.ttl:
        yield "ttl", literal(table.ttl)
    yield from element_options(table)
    if table.comment:
        yield "comment", literal(table.comment)
    yield "life_cycle", f"LifeCycle.{writing.life_cycle.name}"


def key_options(table: Table) -> Iterator[tuple[str, Node]]:
    """Yield the options for the keys of *table*."""
    columns = names_of_columns(table.columns)
    if table.order_by and all(element in columns for element in table.order_by):
        yield "order_by_fields", listed(literal(columns[element]) for element in table.order_by)
    elif table.order_by or table.engine.is_merge_tree:
        yield "order_by_expression", literal(key_text(table.order_by))
    if table.primary_key is not None:
        yield "primary_key_expression", literal(key_text(table.primary_key))
    if table.partition_by:
        yield "partition_by", literal(key_text(split_top_level(table.partition_by)))
    if table.sample_by:
        yield "sample_by_expression", literal(table.sample_by)


def names_of_columns(columns: Iterable[Column]) -> Mapping[str, str]:
    """Return the name of each column by the way it is written in a key."""
    return {name_in_expression(column.name): column.name for column in columns}


def key_text(elements: Iterable[str]) -> str:
    """Return a key as an expression."""
    # An element that is a tuple itself keeps its brackets.
    written = [
        f"({element})" if len(split_top_level(element)) > 1 else element for element in elements
    ]
    if not written:
        return "tuple()"
    return written[0] if len(written) == 1 else f"({', '.join(written)})"


def _statement_settings(table: Table) -> Mapping[str, str]:
    # Without flatten_nested=0 the server stores a Nested column as arrays.
    nested = any(column.type.startswith("Nested(") for column in table.columns)
    similar = any(_has_similar_variants(column.type) for column in table.columns)
    states = {
        column.name
        for column in table.columns
        if column.type.startswith("SimpleAggregateFunction(")
    }
    return {
        **needed_settings(table.columns),
        **({"flatten_nested": "0"} if nested else {}),
        **({"allow_suspicious_variant_types": "1"} if similar else {}),
        **(
            {"allow_suspicious_primary_key": "1"}
            if states & {*map(unquoted, table.order_by)}
            else {}
        ),
        **({"allow_suspicious_ttl_expressions": "1"} if _has_ttl_of_no_column(table) else {}),
    }


def _has_ttl_of_no_column(table: Table) -> bool:
    """Tell whether a TTL uses no column, which the server refuses by default (36)."""
    ttls = [*split_top_level(table.ttl), *(column.ttl for column in table.columns)]
    for ttl in filter(None, ttls):
        if not any(uses(ttl, column.name) for column in table.columns):
            return True
    return False


def _has_similar_variants(type_: str) -> bool:
    """Tell whether *type_* holds a Variant of two numbers or dates, refused by default."""
    name, inside, _ = bracketed(type_)
    parts = split_top_level(inside)
    if name == "Variant":
        for kinds in _SIMILAR:
            similar = [part for part in parts if part.startswith(kinds)]
            if len(similar) > 1:
                return True
    return any(_has_similar_variants(named_element(part)[1]) for part in parts)


def _setting(value: str, secret: Callable[[], Node]) -> Node:
    if REDACTED in value:
        return secret()
    return value if value.isdigit() and str(int(value)) == value else literal(value)


def _secrets(table: Table) -> Callable[[], Node]:
    """Return a function whose calls name one environment variable after the other."""
    count = 0

    def secret() -> Node:
        nonlocal count
        count += 1
        return call("Secret", literal(secret_name(table.id, count)))

    return secret


def secret_name(id_: TableId, number: int = 1) -> str:
    """Return the environment variable for the secret *number* of a table or view."""
    stem = "_".join(
        _NO_LETTER.sub("_", variable_name(part)).upper() for part in (id_.database, id_.name)
    )
    return f"{stem}_SECRET" + (f"_{number}" if number > 1 else "")


def element_options(table: Table) -> Iterator[tuple[str, Node]]:
    """Yield the options for the indexes, projections and constraints of *table*."""
    if table.indexes:
        yield "indexes", listed(map(_index, table.indexes))
    if table.projections:
        yield (
            "projections",
            listed(
                call("TableProjection", literal(projection.name), literal(projection.body))
                for projection in table.projections
            ),
        )
    if table.constraints:
        yield (
            "constraints",
            listed(
                call(
                    "TableConstraint",
                    literal(constraint.name),
                    literal(constraint.expression),
                    *([keyword("kind", '"ASSUME"')] if constraint.kind == "ASSUME" else []),
                )
                for constraint in table.constraints
            ),
        )


def _index(index: Index) -> Group:
    kind, inside, _ = bracketed(index.type)
    arguments = split_top_level(inside)
    more = list[Node]()
    if arguments:
        more.append(keyword("arguments", listed(map(literal, arguments))))
    if index_of(TableIndex(index.name, index.expression, kind, arguments)) != index:
        more.append(keyword("granularity", str(index.granularity)))
    return call("TableIndex", literal(index.name), literal(index.expression), literal(kind), *more)
