"""Field annotations: what Python's types can't say about a ClickHouse column."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, TypeAlias, TypeVar

from pydantic import Field

from moose_dagster.state.tables import DefaultKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyMark:
    """Marks a field of the primary key; written as `Key[T]`."""


Key = Annotated[T, KeyMark()]
"""A field of the primary key: `id: Key[str]`."""

Int8: TypeAlias = Annotated[int, "int8"]
Int16: TypeAlias = Annotated[int, "int16"]
Int32: TypeAlias = Annotated[int, "int32"]
Int64: TypeAlias = Annotated[int, "int64"]
Int128: TypeAlias = Annotated[int, "int128"]
Int256: TypeAlias = Annotated[int, "int256"]
UInt8: TypeAlias = Annotated[int, "uint8"]
UInt16: TypeAlias = Annotated[int, "uint16"]
UInt32: TypeAlias = Annotated[int, "uint32"]
UInt64: TypeAlias = Annotated[int, "uint64"]
UInt128: TypeAlias = Annotated[int, "uint128"]
UInt256: TypeAlias = Annotated[int, "uint256"]
BFloat16: TypeAlias = Annotated[float, "bfloat16"]
Float32: TypeAlias = Annotated[float, "float32"]
Float64: TypeAlias = Annotated[float, "float64"]

Time: TypeAlias = Annotated[timedelta, "Time"]
IntervalNanosecond: TypeAlias = Annotated[int, "IntervalNanosecond"]
IntervalMicrosecond: TypeAlias = Annotated[int, "IntervalMicrosecond"]
IntervalMillisecond: TypeAlias = Annotated[int, "IntervalMillisecond"]
IntervalSecond: TypeAlias = Annotated[int, "IntervalSecond"]
IntervalMinute: TypeAlias = Annotated[int, "IntervalMinute"]
IntervalHour: TypeAlias = Annotated[int, "IntervalHour"]
IntervalDay: TypeAlias = Annotated[int, "IntervalDay"]
IntervalWeek: TypeAlias = Annotated[int, "IntervalWeek"]
IntervalMonth: TypeAlias = Annotated[int, "IntervalMonth"]
IntervalQuarter: TypeAlias = Annotated[int, "IntervalQuarter"]
IntervalYear: TypeAlias = Annotated[int, "IntervalYear"]

Point: TypeAlias = Annotated[tuple[float, float], "Point"]
Ring: TypeAlias = Annotated[list[tuple[float, float]], "Ring"]
LineString: TypeAlias = Annotated[list[tuple[float, float]], "LineString"]
MultiLineString: TypeAlias = Annotated[list[list[tuple[float, float]]], "MultiLineString"]
Polygon: TypeAlias = Annotated[list[list[tuple[float, float]]], "Polygon"]
MultiPolygon: TypeAlias = Annotated[list[list[list[tuple[float, float]]]], "MultiPolygon"]


@dataclass(frozen=True, slots=True)
class ClickhousePrecision:
    """Stores a `datetime` as DateTime64 and a `timedelta` as Time64.

    Attributes:
        precision: Digits of a second's fraction, 0 to 9; another number is a fault.
    """

    precision: int


@dataclass(frozen=True, slots=True)
class ClickhouseSize:
    """Chooses the width of a `float` or a `date`.

    Attributes:
        size: Bytes of a value: 4 or 8 for a `float`, 2 (Date) or 4 (Date32) for a `date`.
    """

    size: int


@dataclass(frozen=True, slots=True)
class ClickhouseFixedStringSize:
    """Stores a `str` or `bytes` as FixedString; written as `FixedString(n)`.

    Attributes:
        size: Bytes of a value, 1 or more.
    """

    size: int


@dataclass(frozen=True, slots=True)
class ClickHouseType:
    """A ClickHouse type as text, in place of the one derived from the Python type.

    Attributes:
        text: The type, such as `Variant(String, UInt64)`; an unknown one is a fault.
    """

    text: str


@dataclass(frozen=True, slots=True)
class ColumnMark:
    """Something a whole column has beside its type."""


@dataclass(frozen=True, slots=True)
class ColumnProperty(ColumnMark):
    """Something a whole column has beside its type, as a ClickHouse expression.

    Attributes:
        expression: One ClickHouse expression; an empty one is a fault.
    """

    expression: str


class ClickhouseDefault(ColumnProperty):
    """The DEFAULT expression; written as `clickhouse_default("now()")`."""


class ClickHouseMaterialized(ColumnProperty):
    """The MATERIALIZED expression: computed on insert and stored, never inserted."""


class ClickHouseAlias(ColumnProperty):
    """The ALIAS expression: computed on read, never stored."""


@dataclass(frozen=True, slots=True)
class ClickHouseEphemeral(ColumnProperty):
    """An EPHEMERAL column: can be inserted for other columns' defaults to use, is never stored.

    Attributes:
        expression: Its default; "" for the default of its type.
    """

    expression: str = ""


class ClickHouseTTL(ColumnProperty):
    """The column's TTL, without the word TTL: `ts + INTERVAL 1 MONTH`."""


class ClickHouseCodec(ColumnProperty):
    """The column's codecs, as inside `CODEC(...)`: `Delta, ZSTD(3)`."""


class ClickHouseStatistics(ColumnProperty):
    """The statistics of the column, as inside `STATISTICS(...)`: `tdigest, uniq`."""


@dataclass(frozen=True, slots=True, init=False)
class ClickHouseColumnSettings(ColumnMark):
    """Settings of one column: `ClickHouseColumnSettings(min_compress_block_size=65536)`.

    Attributes:
        settings: Name and value of each, sorted by name.
    """

    settings: tuple[tuple[str, int], ...]

    def __init__(self, **settings: int) -> None:
        object.__setattr__(self, "settings", tuple(sorted(settings.items())))


@dataclass(frozen=True, slots=True)
class RenamedFrom(ColumnMark):
    """The name the column had before: what is stored moves to the new name, nothing is dropped.

    Attributes:
        name: The earlier name; one that is still declared is a fault.
    """

    name: str


DEFAULT_KINDS: dict[type[ColumnProperty], DefaultKind] = {
    ClickhouseDefault: "DEFAULT",
    ClickHouseMaterialized: "MATERIALIZED",
    ClickHouseAlias: "ALIAS",
    ClickHouseEphemeral: "EPHEMERAL",
}


def clickhouse_default(expression: str) -> ClickhouseDefault:
    """Return the annotation for a DEFAULT expression.

    A plain Python default (`count: int = 0`) stays in Python: it fills the object, not the column.

    Args:
        expression: One ClickHouse expression, such as `now()` or `'new'`; an empty one is a fault.
    """
    return ClickhouseDefault(expression)


def clickhouse_decimal(precision: int, scale: int) -> type[Decimal]:
    """Return a Decimal type with a fixed number of digits.

    Write `price: clickhouse_decimal(10, 2)`.

    Args:
        precision: All digits of a value, 1 to 76; another number is a fault.
        scale: Digits after the point, 0 to *precision*; another number is a fault.
    """
    return Annotated[Decimal, Field(max_digits=precision, decimal_places=scale)]  # pyright: ignore[reportReturnType] - an annotation is used as a type


def clickhouse_datetime64(precision: int) -> type[datetime]:
    """Return a datetime type stored as DateTime64; Python itself has microseconds.

    Args:
        precision: Digits of a second's fraction, 0 to 9; another number is a fault.
    """
    return Annotated[datetime, ClickhousePrecision(precision)]  # pyright: ignore[reportReturnType] - as above


def clickhouse_time64(precision: int) -> type[timedelta]:
    """Return a timedelta type stored as Time64; Python itself has microseconds.

    Args:
        precision: Digits of a second's fraction, 0 to 9; another number is a fault.
    """
    return Annotated[timedelta, ClickhousePrecision(precision)]  # pyright: ignore[reportReturnType] - as above


def FixedString(size: int) -> ClickhouseFixedStringSize:  # noqa: N802 - ClickHouse's name, and Moose's
    """Return the annotation for text or bytes of a fixed length.

    Write `country: Annotated[str, FixedString(2)]`.

    Args:
        size: Bytes of a value, 1 or more; ClickHouse fills a shorter value up with zero bytes.
    """
    return ClickhouseFixedStringSize(size)
