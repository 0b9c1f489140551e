"""Give equal tables equal texts; doing it twice changes nothing more."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from moose_dagster.state.resources import State
from moose_dagster.state.tables import (
    Column,
    Constraint,
    Default,
    Engine,
    Index,
    Projection,
    Table,
    TableElement,
    without_direction,
)
from moose_dagster.state.tokens import (
    bracketed,
    split_top_level,
    unwrapped,
    unwrapped_expression,
    without_lone_brackets,
)
from moose_dagster.state.types import byte_width, canonical_type

# ClickHouse 26.9 takes `k` and `ki` in both cases and nothing else in small letters (27).
_SIZE = re.compile(r"(\d+)([KkMGT])(i?)\Z")
_WHOLE = re.compile(r"\d+\.\Z")
_EXPONENTS = {"K": 1, "M": 2, "G": 3, "T": 4}
_WIDE_CODECS = frozenset({"Delta", "DoubleDelta", "Gorilla"})
_LEVELS = {"LZ4HC": "0", "ZSTD": "1"}


def canonical_state(tables: Iterable[Table], server_settings: Mapping[str, str]) -> State:
    """Return the state of *tables*, each in its canonical form."""
    return State({table.id: canonical(table, server_settings) for table in tables})


def without_server_settings(state: State, server_settings: Mapping[str, str]) -> State:
    """Return canonical *state* without the settings that only repeat the server's own."""
    tables = dict(state.tables)
    for table_id, table in state.tables.items():
        if table.settings:
            settings = _canonical_settings(table.settings, server_settings)
            tables[table_id] = replace(table, settings=settings)
    return State(tables)


def canonical(table: Table, server_settings: Mapping[str, str] | None = None) -> Table:
    """Return *table* in the form that equal tables share.

    Args:
        table: Live or desired.
        server_settings: The server's own MergeTree settings; a setting of the table with the same
            value is left out.
    """
    order_by = key_elements(table.order_by)
    primary_key = None if table.primary_key is None else key_elements(table.primary_key)
    implied = tuple(map(without_direction, order_by))
    is_implied = table.engine.is_merge_tree and primary_key == implied
    return replace(
        table,
        columns=tuple(map(_canonical_column, table.columns)),
        engine=Engine(table.engine.name, tuple(map(str.strip, table.engine.arguments))),
        order_by=order_by,
        primary_key=None if is_implied else primary_key,
        partition_by=_canonical_key(table.partition_by),
        sample_by=unwrapped(table.sample_by),
        ttl=", ".join(split_top_level(table.ttl)),
        settings=_canonical_settings(table.settings, server_settings or {}),
        indexes=tuple(sorted(map(_canonical_index, table.indexes), key=_by_name)),
        projections=tuple(sorted(map(_canonical_projection, table.projections), key=_by_name)),
        constraints=tuple(sorted(map(_canonical_constraint, table.constraints), key=_by_name)),
    )


def key_elements(elements: Iterable[str]) -> tuple[str, ...]:
    """Return the elements of a key, whether written as one text, in brackets or as `tuple(...)`."""
    return _elements(", ".join(elements))


# Many tables share a key, and cutting a text into tokens is most of what a canonical table costs.
@lru_cache(maxsize=4_096)
def _elements(text: str) -> tuple[str, ...]:
    joined = unwrapped(text)
    name, inside, after = bracketed(joined)
    if name != "tuple" or after or not joined.endswith(")"):  # a column may be called tuple
        return tuple(map(_key_element, split_top_level(joined)))
    elements = split_top_level(inside)
    if len(elements) == 1 and _is_tuple(elements[0]):
        # Without the word, its brackets would be taken for those of the key.
        return (f"tuple({elements[0]})",)
    return tuple(map(_key_element, elements))


def _is_tuple(element: str) -> bool:
    name, inside, after = bracketed(element)
    if after:
        return False
    if name == "tuple":
        return bool(inside)
    return not name and len(split_top_level(inside)) > 1


def _key_element(text: str) -> str:
    # `((a, b), c)` sorts by two elements, and its first one is a tuple.
    inside = unwrapped(text)
    return f"({inside})" if "," in inside and len(split_top_level(inside)) > 1 else inside


def canonical_setting(value: str) -> str:
    """Return a setting's value as the server reads it: `'10M'` -> `10000000`, `true` -> `1`."""
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1].replace("\\'", "'").replace("\\\\", "\\")
    if text.lower() in {"true", "false"}:
        return str(int(text.lower() == "true"))
    if size := _SIZE.match(text):
        # Only Ki, Mi, Gi and Ti are powers of 1,024: `getSetting` and the marks of parts say so.
        base = 1_024 if size[3] else 1_000
        return str(int(size[1]) * base ** _EXPONENTS[size[2].upper()])
    # The server prints `1e3` as `1000.`, which it does not read where it wants a whole number (27).
    return text.removesuffix(".") if _WHOLE.match(text) else text


def canonical_codec(codec: str, column_type: str) -> str:
    """Return codecs with the arguments the server fills in: `Delta` on Int32 -> `Delta(4)`."""
    return ", ".join(
        _canonical_codec(*bracketed(part)[:2], column_type) for part in split_top_level(codec)
    )


def _canonical_codec(name: str, inside: str, column_type: str) -> str:
    arguments = split_top_level(inside)
    if not arguments and name in _WIDE_CODECS:
        width = byte_width(column_type)
        # Where the parts of a type differ in width, the server fills in none.
        arguments = () if width is None else (str(width if width in {1, 2, 4, 8} else 1),)
    if name == "FPC":
        # ClickHouse 26.9 stores the level alone, whatever width is given.
        arguments = arguments[:1] or ("12",)
    if name == "T64" and arguments == ("'byte'",):
        arguments = ()
    inside = ", ".join(arguments) or _LEVELS.get(name, "")
    return f"{name}({inside})" if inside else name


def _canonical_key(text: str) -> str:
    elements = key_elements((text,))
    return ", ".join(elements)


def _canonical_column(column: Column) -> Column:
    column_type = canonical_type(column.type)
    plain = not (
        column.default or column.codec or column.ttl or column.statistics or column.settings
    )
    if plain and column_type == column.type:
        return column  # most columns of most tables
    return Column(
        name=column.name,
        type=column_type,
        default=_canonical_default(column.default),
        codec=canonical_codec(column.codec, column_type),
        comment=column.comment,
        ttl=column.ttl.strip(),
        statistics=", ".join(sorted(split_top_level(column.statistics.lower()))),
        settings=_canonical_settings(column.settings, {}),
    )


def _canonical_index(index: Index) -> Index:
    expression = ", ".join(key_elements((without_lone_brackets(index.expression),)))
    written, inside, _ = bracketed(index.type)
    name = written.lower()  # the server takes it in any case
    arguments = ", ".join(split_top_level(inside))
    index_type = f"{name}({arguments})" if arguments else name
    return Index(index.name, expression, index_type, index.granularity)


def _canonical_projection(projection: Projection) -> Projection:
    return Projection(projection.name, without_lone_brackets(unwrapped(projection.body)))


def _canonical_constraint(constraint: Constraint) -> Constraint:
    return Constraint(constraint.name, constraint.kind, unwrapped_expression(constraint.expression))


def _by_name(element: TableElement) -> str:
    return element.name


def _canonical_default(default: Default | None) -> Default | None:
    if default is None:
        return None
    expression = default.expression.strip()
    if default.kind == "EPHEMERAL" and expression.startswith("defaultValueOfTypeName("):
        expression = ""  # what system.columns shows for a bare EPHEMERAL
    return Default(default.kind, expression)


def _canonical_settings(settings: Mapping[str, str], server: Mapping[str, str]) -> dict[str, str]:
    canonical_values = {name: canonical_setting(value) for name, value in sorted(settings.items())}
    return {
        name: value
        for name, value in canonical_values.items()
        if name not in server or canonical_setting(server[name]) != value
    }
