"""A model with a field of every kind that plain Python offers."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from moose_dagster import (
    ClickHouseCodec,
    FixedString,
    Float32,
    Int8,
    Key,
    UInt64,
    clickhouse_datetime64,
    clickhouse_decimal,
    clickhouse_default,
)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 300


class Place(BaseModel):
    city: str
    zip_code: str | None


class EveryType(BaseModel):
    id: Key[int]
    text: str = Field(description="It's a text; TTL, ENGINE and ORDER BY are only words here.")
    small: Int8
    big: UInt64
    real: float
    short_real: Float32
    flag: bool
    price: clickhouse_decimal(18, 4)
    amount: Annotated[Decimal, Field(max_digits=10, decimal_places=2)]
    at: datetime
    exactly_at: clickhouse_datetime64(3)
    day: date
    uuid: UUID
    ipv4: IPv4Address
    ipv6: IPv6Address
    color: Color
    level: Level
    size: Literal["s", "m", "l"]
    maybe: str | None
    maybe_number: int | None
    tags: list[str]
    maybe_tags: list[str | None]
    counts: dict[str, int]
    place: Place
    places: list[Place]
    anything: dict[str, Any]
    digest: Annotated[str, FixedString(16)]
    packed: Annotated[str, ClickHouseCodec("ZSTD(3)")]
    stamped: Annotated[datetime, clickhouse_default("now()")]
    low: Annotated[str, "LowCardinality"]
    maybe_low: Annotated[str | None, "LowCardinality"]
