"""Read back what the server prints of a table: the storage clauses and the parts of a column list."""

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
_PROPERTIES = (("DEFAULT",), ("MATERIALIZED",), ("ALIAS",), ("EPHEMERAL",), ("COMMENT",), ("CODEC",),
               ("STATISTICS",), ("TTL",), ("SETTINGS",), ("COLLATE",), ("PRIMARY", "KEY"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Storage:
    """The clauses of `engine_full`, each as printed; empty where absent."""

    engine: Engine
    order_by: str = ""
    primary_key: str | None = None
    partition_by: str = ""
    sample_by: str = ""
    ttl: str = ""
    settings: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ColumnList:
    """What a printed column list holds: the columns by name, and the parts."""

    columns: Mapping[str, Column]
    elements: tuple[TableElement, ...]
    others: tuple[str, ...]
    """Parts this library has no word for, such as `COLLATE of column c`."""


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


def parse_column_list(create_table_query: str) -> ColumnList:
    """Parse the column list of `system.tables.create_table_query`, which holds more than system.columns."""
    return parse_columns(bracketed(create_table_query)[1])


def parse_columns(inside: str) -> ColumnList:
    """Parse what stands *inside* the brackets of a printed column list."""
    columns, parts, others = dict[str, Column](), list[TableElement](), list[str]()
    for text in split_top_level(inside):
        first = next(tokens(text), "")
        if first in ELEMENT_WORDS:
            part = parse_element(text)
            if part is None:
                others.append(" ".join(text.split()[:2]))
            else:
                parts.append(part)
            continue
        name = unquoted(first)
        found = clauses(text[len(first) :].strip(), _PROPERTIES)
        columns[name] = _column(name, found)
        others.extend(f"{word} of column {name}" for word in ("COLLATE",) if word in found)
    return ColumnList(columns, tuple(parts), tuple(others))


def _column(name: str, found: Mapping[str, str]) -> Column:
    comment = found.get("COMMENT", "")
    return Column(
        name,
        found[""],
        default=next((Default(kind, found[kind]) for kind in _DEFAULTS if kind in found), None),
        codec=_inside(found.get("CODEC", "")),
        comment=text_in(comment) if comment else "",
        ttl=found.get("TTL", ""),
        statistics=_inside(found.get("STATISTICS", "")),
        settings=_settings(_inside(found.get("SETTINGS", ""))),
    )


def _inside(text: str) -> str:
    return bracketed(text)[1]


def _settings(text: str) -> dict[str, str]:
    pairs = (setting.partition("=") for setting in split_top_level(text))
    return {setting.strip(): value.strip() for setting, _, value in pairs}
