"""The compression codecs of record batches, by their number on the wire."""

import gzip
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import lz4.frame  # pyright: ignore[reportMissingTypeStubs] -- lz4 ships none
from backports import zstd

from moose_dagster.embedded.kafka import snappy

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)

_lz4: Any = lz4.frame


def _identity(data: bytes) -> bytes:
    """Return *data* as it is."""
    return data


_DECOMPRESS: MappingProxyType[int, Callable[[bytes], bytes]] = MappingProxyType(
    {
        NONE: _identity,
        GZIP: gzip.decompress,
        SNAPPY: snappy.decompress,
        LZ4: _lz4.decompress,
        ZSTD: zstd.decompress,
    }
)
_COMPRESS: MappingProxyType[int, Callable[[bytes], bytes]] = MappingProxyType(
    {NONE: _identity, GZIP: gzip.compress, LZ4: _lz4.compress, ZSTD: zstd.compress}
)


def decompress(codec: int, data: bytes) -> bytes:
    """Return *data* decompressed."""
    return _DECOMPRESS[codec](data)


def recompress(codec: int, data: bytes) -> tuple[int, bytes]:
    """Return the codec used and *data* compressed, plain for snappy, which is only read."""
    if codec not in _COMPRESS:
        return NONE, data
    return codec, _COMPRESS[codec](data)
