"""How the values of a column are stored: codec, statistics, settings and TTL."""

from collections.abc import Iterator

from moose_dagster.declare.codecs import codec_faults
from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.state.tables import Column
from moose_dagster.state.tokens import split_top_level
from moose_dagster.state.types import base_name

_STATISTICS = ("tdigest", "uniq", "countmin", "minmax", "basic", "uniq_v2")
_OF_NUMBERS = frozenset({"tdigest", "minmax"})
_NUMBERS = ("Int", "UInt", "Float", "BFloat16", "Decimal", "Date", "Bool", "Enum", "Time", "IPv4")
_WITHOUT_STATISTICS = (
    "Array",
    "Map",
    "Tuple",
    "Nested",
    "JSON",
    "Dynamic",
    "Variant",
    "AggregateFunction",
)
_SETTINGS = ("max_compress_block_size", "min_compress_block_size")


def storage_faults(column: Column) -> Iterator[Fault]:
    """Yield what is wrong with how *column* is to be stored."""
    if column.default and not column.is_stored:
        kind = column.default.kind
        if column.codec:
            yield Fault(
                f"an {kind} column stores nothing that a codec could compress; "
                "take ClickHouseCodec off."
            )
        if column.statistics:
            yield Fault(f"an {kind} column stores nothing to count; take ClickHouseStatistics off.")
    yield from codec_faults(column)
    yield from _statistics_faults(column)
    for name in column.settings:
        if name not in _SETTINGS:
            yield Fault(f"{name} is not a column setting{did_you_mean(name, _SETTINGS)}")


def _statistics_faults(column: Column) -> Iterator[Fault]:
    seen = set[str]()
    for kind in split_top_level(column.statistics):
        if kind in seen:
            yield Fault(f"the statistics {kind} are given twice; drop one.")
        seen.add(kind)
        if kind not in _STATISTICS:
            yield Fault(f"{kind!r} is not a kind of statistics{did_you_mean(kind, _STATISTICS)}")
        elif not _can_count(kind, base_name(column.type)):
            yield Fault(f"ClickHouse keeps no {kind} statistics of {column.type}; take them off.")


def _can_count(kind: str, type_name: str) -> bool:
    if kind in _OF_NUMBERS:
        return type_name.startswith(_NUMBERS)
    return not type_name.startswith(_WITHOUT_STATISTICS)
