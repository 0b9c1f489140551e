"""Read back what the server prints of a table: the storage clauses and the parts of a column list."""

from collections.abc import Mapping
from dataclasses import dataclass

from moose_dagster.state.tables import Engine
from moose_dagster.state.tokens import bracketed, clauses, split_top_level, tokens

_STORAGE = (
    ("PARTITION", "BY"),
    ("PRIMARY", "KEY"),
    ("ORDER", "BY"),
    ("SAMPLE", "BY"),
    ("TTL",),
    ("SETTINGS",),
)
_PROPERTIES = (("DEFAULT",), ("MATERIALIZED",), ("ALIAS",), ("EPHEMERAL",), ("COMMENT",), ("CODEC",),
               ("STATISTICS",), ("TTL",), ("SETTINGS",), ("COLLATE",), ("PRIMARY", "KEY"))  # fmt: skip
_PARTS = frozenset({"INDEX", "PROJECTION", "CONSTRAINT"})


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
    """What a printed column list holds beyond system.columns."""

    ttls: Mapping[str, str]
    others: tuple[str, ...]
    """Parts this library has no word for, such as `INDEX i` or `STATISTICS of column c`."""


def parse_storage(engine_full: str) -> Storage:
    """Parse `system.tables.engine_full`, such as `MergeTree ORDER BY id SETTINGS a = 1`."""
    found = clauses(engine_full, _STORAGE)
    name, inside, _ = bracketed(found[""])
    pairs = (setting.partition("=") for setting in split_top_level(found.get("SETTINGS", "")))
    return Storage(
        engine=Engine(name, split_top_level(inside)),
        order_by=found.get("ORDER BY", ""),
        primary_key=found.get("PRIMARY KEY"),
        partition_by=found.get("PARTITION BY", ""),
        sample_by=found.get("SAMPLE BY", ""),
        ttl=found.get("TTL", ""),
        settings={setting.strip(): value.strip() for setting, _, value in pairs},
    )


def parse_column_list(create_table_query: str) -> ColumnList:
    """Parse the column list of `system.tables.create_table_query` for what system.columns does not hold."""
    _, inside, _ = bracketed(create_table_query)
    ttls, others = dict[str, str](), list[str]()
    for part in split_top_level(inside):
        first = next(tokens(part), "")
        if first in _PARTS:
            others.append(" ".join(part.split()[:2]))
            continue
        name = first[1:-1].replace("\\`", "`").replace("\\\\", "\\")
        found = clauses(part[len(first) :].strip(), _PROPERTIES)
        if "TTL" in found:
            ttls[name] = found["TTL"]
        others.extend(f"{word} of column {name}" for word in ("STATISTICS", "SETTINGS", "COLLATE") if word in found)
    return ColumnList(ttls, tuple(others))
