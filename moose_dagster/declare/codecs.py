"""Which codecs ClickHouse has, and which of them it refuses by default."""

from collections.abc import Iterator

from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.state.tables import Column
from moose_dagster.state.tokens import bracketed, split_top_level
from moose_dagster.state.types import byte_width, named_element

# Measured on ClickHouse 26.9: each is refused unless its setting is on.
_NEEDS_A_SETTING = {
    "ALP": "enable_alp_codec",
    "ZXC": "enable_zxc_codec",
    "Quantized": "enable_quantized_codec",
    "SZ3": "enable_sz3_codec",
}
_COMPRESSING = frozenset({"LZ4", "LZ4HC", "ZSTD", "ZSTD_QAT", "DEFLATE_QPL", "ZXC", "Default"})
_PREPARING = frozenset({"Delta", "GCD"})
_ENCRYPTING = frozenset({"AES_128_GCM_SIV", "AES_256_GCM_SIV"})
# Measured on ClickHouse 26.9: values of these types each codec refuses, whatever is set.
_UNSIZED = frozenset({"String", "UUID", "IPv6", "LowCardinality", "AggregateFunction"})
_WIDE = frozenset({"Int128", "Int256", "UInt128", "UInt256", "Decimal128", "Decimal256"})
_FLOATS = frozenset({"Float32", "Float64", "BFloat16"})
_WHOLE = frozenset(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))
_OF_WHOLE = frozenset(
    {
        "Bool",
        "Date",
        "Date32",
        "DateTime",
        "DateTime64",
        "IPv4",
        "Enum8",
        "Enum16",
        "Decimal32",
        "Decimal64",
    }
)
_UNFIT = {
    "Delta": _UNSIZED | _WIDE,
    "DoubleDelta": _UNSIZED | _WIDE | {"FixedString"},
    "Gorilla": _UNSIZED | _WIDE,
    "T64": _UNSIZED | _WIDE | _FLOATS | {"FixedString"},
    "GCD": _UNSIZED | _FLOATS | {"FixedString", "Enum8", "Enum16", "IPv4"},
    "FPC": _UNSIZED | _WIDE | _WHOLE | _OF_WHOLE | {"BFloat16", "FixedString"},
    "ALP": _UNSIZED | _WIDE | _WHOLE | _OF_WHOLE | {"BFloat16", "FixedString"},
}
_OF_POINTS = frozenset(
    {"Point", "Ring", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)
_HOLDS_ANYTHING = frozenset({"JSON", "Dynamic", "Variant"})
_NAMES = (
    _COMPRESSING
    | _PREPARING
    | _ENCRYPTING
    | {"NONE", "DoubleDelta", "Gorilla", "FPC", "T64", *_NEEDS_A_SETTING}
)


def codec_faults(column: Column) -> Iterator[Fault]:
    """Yield the codecs of *column* that ClickHouse does not have or not for values of its type."""
    for name in _names(column.codec):
        if name not in _NAMES:
            yield Fault(f"ClickHouse has no codec called {name}{did_you_mean(name, _NAMES)}")
        unfit = next(
            (value for value in _values(column.type) if value in _UNFIT.get(name, ())), None
        )
        if unfit:
            yield Fault(f"{name} can't compress values of type {unfit}; choose another codec.")


def refused_codecs(column: Column) -> Iterator[tuple[str, str]]:
    """Yield each refused codec of *column* with the setting that allows it."""
    names = _names(column.codec)
    for name in names:
        if name in _NEEDS_A_SETTING:
            yield f"the codec {name}", _NEEDS_A_SETTING[name]
    if names and _is_meaningless(names, column.type):
        yield f"CODEC({column.codec}) on {column.type}", "allow_suspicious_codecs"


def _names(codecs: str) -> tuple[str, ...]:
    return tuple(bracketed(codec)[0] for codec in split_top_level(codecs))


def _is_meaningless(names: tuple[str, ...], column_type: str) -> bool:
    compressed = False
    encrypted = False
    for name in names:
        if (compressed or encrypted) and name not in _ENCRYPTING:
            return True
        compressed = compressed or name in _COMPRESSING
        encrypted = encrypted or name in _ENCRYPTING
    return (
        ("NONE" in names and len(names) > 1)
        or _PREPARING.issuperset(names)
        or ("Gorilla" in names and "Float" not in column_type)
    )


def _values(column_type: str) -> Iterator[str]:
    """Yield the names of the value types inside *column_type*; nothing for JSON and its kind."""
    name, inside, _ = bracketed(column_type)
    parts = split_top_level(inside)
    if name in {"Nullable", "Array", "Map"}:
        for part in parts:
            yield from _values(part)
    elif name in {"Tuple", "Nested"}:
        for part in parts:
            yield from _values(named_element(part)[1])
    elif name == "SimpleAggregateFunction":
        yield from _values(parts[1])
    elif name == "Decimal":
        yield f"Decimal{8 * (byte_width(column_type) or 0)}"
    elif name not in _HOLDS_ANYTHING:
        yield "Float64" if name in _OF_POINTS else name
