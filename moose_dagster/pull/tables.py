"""A live table as the Python that declares it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from moose_dagster.declare.parts import TableIndex, index_of
from moose_dagster.declare.statement_settings import needed_settings
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.pull.annotations import Annotation, annotation_of, exact_annotation
from moose_dagster.pull.engines import engine_node, other_engine
from moose_dagster.pull.layout import Group, Node, assignment, call, keyword, listed, literal, mapped
from moose_dagster.pull.models import Helpers, class_text, field_line
from moose_dagster.pull.names import ModuleNames, field_name, variable_name
from moose_dagster.sql.create import HIDDEN
from moose_dagster.sql.quoting import name_in_expression
from moose_dagster.state.tables import Column, Index, Table
from moose_dagster.state.tokens import bracketed, split_top_level
from moose_dagster.state.types import named_element

_DEFAULTS = {
    "DEFAULT": "clickhouse_default",
    "MATERIALIZED": "ClickHouseMaterialized",
    "ALIAS": "ClickHouseAlias",
    "EPHEMERAL": "ClickHouseEphemeral",
}
_SIMILAR = (("Int", "UInt", "Float", "BFloat16", "Decimal"), ("Date",))


@dataclass(frozen=True, slots=True)
class Writing:
    """How a table is written: the names of its class and its variable, the promise, and what is said exactly.

    `exact_columns` are those whose types are written in ClickHouse's words, `exact_engine` does so for the engine.
    """

    model: str
    variable: str
    life_cycle: LifeCycle
    exact_columns: Collection[str] = ()
    exact_engine: bool = False


def table_text(table: Table, writing: Writing, names: ModuleNames) -> str:
    """Return the classes and the declaration of *table*.

    Args:
        table: The table.
        writing: How to write it.
        names: What is taken in the module; takes the names of the classes that the model needs.
    """
    helpers = Helpers(names, writing.model)
    fields = names.fields()
    lines = [
        field_line(
            fields.unique(field_name(column.name)),
            column.name,
            _annotation(column, writing, helpers).node,
            column.comment,
        )
        for column in table.columns
    ]
    model = class_text(writing.model, "BaseModel", lines)
    config = call("OlapConfig", *(keyword(name, value) for name, value in _config(table, writing)))
    declared = call(f"OlapTable[{writing.model}]", literal(table.id.name), config)
    return "\n\n\n".join((*helpers.classes, model, assignment(writing.variable, declared)))


def _annotation(column: Column, writing: Writing, helpers: Helpers) -> Annotation:
    if column.name in writing.exact_columns:
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
        yield call("ClickHouseColumnSettings", *(keyword(name, value) for name, value in column.settings.items()))


def _config(table: Table, writing: Writing) -> Iterator[tuple[str, Node]]:
    secret = _secrets(table)
    yield "database", literal(table.id.database)
    yield from _keys(table)
    engine = other_engine(table.engine, secret) if writing.exact_engine else engine_node(table.engine, secret)
    if engine:
        yield "engine", engine
    settings = {**table.settings, **_statement_settings(table)}
    if settings:
        yield "settings", mapped((literal(name), _setting(value, secret)) for name, value in sorted(settings.items()))
    if table.ttl:
        yield "ttl", literal(table.ttl)
    yield from _parts(table)
    if table.comment:
        yield "comment", literal(table.comment)
    yield "life_cycle", f"LifeCycle.{writing.life_cycle.name}"


def _keys(table: Table) -> Iterator[tuple[str, Node]]:
    columns = {name_in_expression(column.name): column.name for column in table.columns}
    if table.order_by and all(element in columns for element in table.order_by):
        yield "order_by_fields", listed(literal(columns[element]) for element in table.order_by)
    elif table.order_by or table.engine.name.endswith("MergeTree"):
        yield "order_by_expression", literal(_key(table.order_by))
    if table.primary_key is not None:
        yield "primary_key_expression", literal(_key(table.primary_key))
    if table.partition_by:
        yield "partition_by", literal(_key(split_top_level(table.partition_by)))
    if table.sample_by:
        yield "sample_by_expression", literal(table.sample_by)


def _key(elements: Iterable[str]) -> str:
    # An element that is a tuple itself keeps its brackets.
    written = [f"({element})" if len(split_top_level(element)) > 1 else element for element in elements]
    if not written:
        return "tuple()"
    return written[0] if len(written) == 1 else f"({', '.join(written)})"


def _statement_settings(table: Table) -> Mapping[str, str]:
    # The server makes arrays of a Nested column unless it is told not to.
    nested = any(column.type.startswith("Nested(") for column in table.columns)
    similar = any(_has_similar_variants(column.type) for column in table.columns)
    return {
        **needed_settings(table.columns),
        **({"flatten_nested": "0"} if nested else {}),
        **({"allow_suspicious_variant_types": "1"} if similar else {}),
    }


def _has_similar_variants(type_: str) -> bool:
    """Tell whether *type_* holds a Variant of two numbers or two dates, which the server refuses by default."""
    name, inside, _ = bracketed(type_)
    parts = split_top_level(inside)
    if name == "Variant" and any(sum(part.startswith(kinds) for part in parts) > 1 for kinds in _SIMILAR):
        return True
    return any(_has_similar_variants(named_element(part)[1]) for part in parts)


def _setting(value: str, secret: Callable[[], Node]) -> Node:
    if HIDDEN in value:
        return secret()
    return value if value.isdigit() and str(int(value)) == value else literal(value)


def _secrets(table: Table) -> Callable[[], Node]:
    """Return a function whose calls name one environment variable after the other."""
    stem = "_".join(variable_name(part).upper() for part in (table.id.database, table.id.name))
    count = 0

    def secret() -> Node:
        nonlocal count
        count += 1
        return call("Secret", literal(f"{stem}_SECRET" + (f"_{count}" if count > 1 else "")))

    return secret


def _parts(table: Table) -> Iterator[tuple[str, Node]]:
    if table.indexes:
        yield "indexes", listed(map(_index, table.indexes))
    if table.projections:
        yield (
            "projections",
            listed(call("TableProjection", literal(part.name), literal(part.body)) for part in table.projections),
        )
    if table.constraints:
        yield (
            "constraints",
            listed(
                call(
                    "TableConstraint",
                    literal(part.name),
                    literal(part.expression),
                    *([keyword("kind", '"ASSUME"')] if part.kind == "ASSUME" else []),
                )
                for part in table.constraints
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
