"""Which codecs ClickHouse has, and which of them it refuses by default."""

from collections.abc import Iterator

from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.state.tables import Column
from moose_dagster.state.tokens import bracketed, split_top_level

# Measured on ClickHouse 26.9: each is refused unless its setting is on.
_BEHIND_A_SETTING = {
    "ALP": "enable_alp_codec",
    "ZXC": "enable_zxc_codec",
    "Quantized": "enable_quantized_codec",
    "SZ3": "enable_sz3_codec",
}
_COMPRESSING = frozenset({"LZ4", "LZ4HC", "ZSTD", "ZSTD_QAT", "DEFLATE_QPL", "ZXC", "Default"})
_PREPARING = frozenset({"Delta", "GCD"})
_ENCRYPTING = frozenset({"AES_128_GCM_SIV", "AES_256_GCM_SIV"})
_NAMES = _COMPRESSING | _PREPARING | _ENCRYPTING | {"NONE", "DoubleDelta", "Gorilla", "FPC", "T64", *_BEHIND_A_SETTING}


def codec_faults(column: Column) -> Iterator[Fault]:
    """Yield the codecs of *column* that ClickHouse does not have, as it spells them."""
    for name in _names(column.codec):
        if name not in _NAMES:
            yield Fault(f"ClickHouse has no codec called {name}{did_you_mean(name, _NAMES)}")


def refused_codecs(column: Column) -> Iterator[tuple[str, str]]:
    """Yield what ClickHouse refuses by default in the codecs of *column*, each with the setting that allows it."""
    names = _names(column.codec)
    for name in names:
        if name in _BEHIND_A_SETTING:
            yield f"the codec {name}", _BEHIND_A_SETTING[name]
    if names and _is_meaningless(names, column.type):
        yield f"CODEC({column.codec}) on {column.type}", "allow_suspicious_codecs"


def _names(codecs: str) -> tuple[str, ...]:
    return tuple(bracketed(codec)[0] for codec in split_top_level(codecs))


def _is_meaningless(names: tuple[str, ...], column_type: str) -> bool:
    compressed, encrypted = False, False
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
