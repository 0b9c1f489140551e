"""Parse what the server prints of a table: its storage clauses and its column list."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from moose_dagster.sql.elements import ELEMENT_WORDS, parse_element, unquoted
from moose_dagster.sql.quoting import text_in
from moose_dagster.state.tables import Column, Default, DefaultKind, Engine, TableElement
from moose_dagster.state.tokens import bracketed, clauses, split_top_level, tokens

_STORAGE = (
    ("PARTITION", "BY"),
    ("PRIMARY", "KEY"),
    ("ORDER", "BY"),
    ("SAMPLE", "BY"),
    ("TTL",),
    ("SETTINGS",),
)
_DEFAULTS: tuple[DefaultKind, ...] = ("DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL")
_PROPERTIES = (
    ("DEFAULT",),
    ("MATERIALIZED",),
    ("ALIAS",),
    ("EPHEMERAL",),
    ("COMMENT",),
    ("CODEC",),
    ("STATISTICS",),
    ("TTL",),
    ("SETTINGS",),
    ("COLLATE",),
    ("PRIMARY", "KEY"),
)


@dataclass(frozen=True, slots=True)
class Storage:
    """The clauses of `engine_full`, each as printed; empty where absent.

    Attributes:
        engine: The engine with its arguments.
        order_by: The sorting key; "" for none.
        primary_key: The primary key; None where none is printed.
        partition_by: The partition key; "" for none.
        sample_by: The sampling key; "" for none.
        ttl: The TTL; "" for none.
        settings: The settings with their values as printed; None for none.
    """

    engine: Engine
    order_by: str = ""
    primary_key: str | None = None
    partition_by: str = ""
    sample_by: str = ""
    ttl: str = ""
    settings: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ColumnList:
    """What a printed column list holds.

    Attributes:
        columns: The columns, by name.
        elements: The indexes, projections and constraints.
        others: What this library does not know, such as `COLLATE of column c`.
    """

    columns: Mapping[str, Column]
    elements: tuple[TableElement, ...]
    others: tuple[str, ...]


@lru_cache(maxsize=4_096)
def parse_storage(engine_full: str) -> Storage:
    """Parse `system.tables.engine_full`, such as `MergeTree ORDER BY id SETTINGS a = 1`."""
    found = clauses(engine_full, _STORAGE)
    name, inside, _ = bracketed(found[""])
    return Storage(
        engine=Engine(unquoted(name), split_top_level(inside)),
        order_by=found.get("ORDER BY", ""),
        primary_key=found.get("PRIMARY KEY"),
        partition_by=found.get("PARTITION BY", ""),
        sample_by=found.get("SAMPLE BY", ""),
        ttl=found.get("TTL", ""),
        settings=_settings(found.get("SETTINGS", "")),
    )


def has_deprecated_keys(engine: Engine, order_by: object) -> bool:
    """Tell whether an engine has its keys as arguments: `MergeTree(date, key, 8192)`.

    ClickHouse 26.9 prints ORDER BY for every other table of the MergeTree family.
    """
    return engine.is_merge_tree and bool(engine.arguments) and not order_by


def parse_column_list(create_table_query: str) -> ColumnList:
    """Parse the column list of `system.tables.create_table_query`.

    It holds more than `system.columns`.
    """
    return parse_columns(bracketed(create_table_query)[1])


def parse_columns(inside: str) -> ColumnList:
    """Parse the text *inside* the brackets of a printed column list."""
    columns = dict[str, Column]()
    elements = list[TableElement]()
    others = list[str]()
    for text in split_top_level(inside):
        first = next(tokens(text), "")
        if first in ELEMENT_WORDS:
            element = parse_element(text)
            if element is None:
                others.append(" ".join(text.split()[:2]))
            else:
                elements.append(element)
            continue
        name = unquoted(first)
        properties = clauses(text[len(first) :].strip(), _PROPERTIES)
        columns[name] = _column(name, properties)
        if "COLLATE" in properties:
            others.append(f"COLLATE of column {name}")
    return ColumnList(columns, tuple(elements), tuple(others))


def _column(name: str, properties: Mapping[str, str]) -> Column:
    comment = properties.get("COMMENT", "")
    defaults = (Default(kind, properties[kind]) for kind in _DEFAULTS if kind in properties)
    return Column(
        name,
        properties[""],
        default=next(defaults, None),
        codec=_inside(properties.get("CODEC", "")),
        comment=text_in(comment) if comment else "",
        ttl=properties.get("TTL", ""),
        statistics=_inside(properties.get("STATISTICS", "")),
        settings=_settings(_inside(properties.get("SETTINGS", ""))),
    )


def _inside(text: str) -> str:
    return bracketed(text)[1]


def _settings(text: str) -> dict[str, str]:
    pairs = (setting.partition("=") for setting in split_top_level(text))
    return {setting.strip(): value.strip() for setting, _, value in pairs}
