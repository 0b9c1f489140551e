"""What a pulled module imports: no more than its body uses, in the order that isort wants."""

import ast
import builtins
import re
from collections.abc import Iterable, Mapping

from moose_dagster.declare.type_names import INTERVALS
from moose_dagster.pull.layout import WIDTH

_STANDARD: Mapping[str, tuple[str, ...]] = {
    "decimal": ("Decimal",),
    "enum": ("Enum",),
    "ipaddress": ("IPv4Address", "IPv6Address"),
    "typing": ("Annotated", "Any", "Literal"),
    "uuid": ("UUID",),
}
_OURS = (
    "BFloat16",
    "ClickHouseAlias",
    "ClickHouseCodec",
    "ClickHouseColumnSettings",
    "ClickHouseEphemeral",
    "ClickHouseMaterialized",
    "ClickhousePrecision",
    "ClickhouseSize",
    "ClickHouseStatistics",
    "ClickHouseTTL",
    "ClickHouseType",
    "FixedString",
    "Float32",
    "Int8",
    "Int16",
    "Int32",
    "Int128",
    "Int256",
    "LifeCycle",
    "LineString",
    "MultiLineString",
    "MultiPolygon",
    "OlapConfig",
    "OlapTable",
    "Point",
    "Polygon",
    "Project",
    "Ring",
    "Secret",
    "SimpleAggregateFunction",
    "Stream",
    "StreamConfig",
    "TableConstraint",
    "TableIndex",
    "TableProjection",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "UInt128",
    "UInt256",
    "clickhouse_default",
    "AggregatingMergeTreeEngine",
    "BufferEngine",
    "CoalescingMergeTreeEngine",
    "CollapsingMergeTreeEngine",
    "DistributedEngine",
    "EmbeddedRocksDBEngine",
    "FileEngine",
    "GraphiteMergeTreeEngine",
    "JoinEngine",
    "KafkaEngine",
    "LogEngine",
    "MemoryEngine",
    "MergeEngine",
    "NullEngine",
    "OtherEngine",
    "SetEngine",
    "ReplacingMergeTreeEngine",
    "StripeLogEngine",
    "SummingMergeTreeEngine",
    "TinyLogEngine",
    "URLEngine",
    "VersionedCollapsingMergeTreeEngine",
    "MergeTreeEngine",
    *("Time", *INTERVALS),
    "Dictionary",
    "MaterializedView",
    "MaterializedViewOptions",
    "View",
    "ViewConfig",
)
_THIRD: Mapping[str, tuple[str, ...]] = {"moose_dagster": _OURS, "pydantic": ("BaseModel", "Field")}
TYPES = frozenset(
    {"str", "int", "float", "bool", "list", "dict", "tuple", "dt"}.union(
        *_STANDARD.values(), *_THIRD.values()
    )
)
"""The names that annotations and configs use."""
BUILTINS = frozenset(dir(builtins))


def imports_of(body: str) -> str:
    """Return the import lines that *body* needs."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    standard = [*(["import datetime as dt"] if "dt" in used else []), *_from(_STANDARD, used)]
    return "\n\n".join("\n".join(block) for block in (standard, list(_from(_THIRD, used))) if block)


def import_line(module: str, names: Iterable[str]) -> str:
    """Return `from module import ...`, over several lines where one is too short."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join((f"from {module} import (", *(f"    {name}," for name in names), ")"))


def _from(modules: Mapping[str, tuple[str, ...]], used: Iterable[str]) -> Iterable[str]:
    for module, known in modules.items():
        names = sorted(set(known).intersection(used), key=_sort_key)
        if names:
            yield import_line(module, names)


def _sort_key(name: str) -> tuple[int, list[str | int]]:
    """Return the sort key of isort: constants, classes, functions, and numbers by value."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    pieces = re.split(r"(\d+)", name.lower())
    return kind, [int(piece) if piece.isdigit() else piece for piece in pieces]
