"""Bodies packed and unpacked in the encodings that ClickHouse speaks over HTTP."""

import gzip
import importlib
import io
import zlib
from collections.abc import Callable, Mapping

from backports import zstd

from moose_dagster.embedded.clickhouse.faults import Fault

Codec = Callable[[bytes], bytes]

_lz4 = importlib.import_module("lz4.frame")  # it has no types


def unpack(body: bytes, encoding: str) -> bytes:
    """Return *body* as it was before its `Content-Encoding`."""
    if encoding in ("", "identity"):
        return body
    codec = _UNPACK.get(encoding)
    if codec is None:
        raise Fault(
            48,
            "NOT_IMPLEMENTED",
            f"Unknown content encoding {encoding!r}: use {', '.join(_UNPACK)}",
        )
    try:
        return codec(body)
    except (OSError, EOFError, RuntimeError, zlib.error, zstd.ZstdError) as error:
        raise Fault(271, "CANNOT_DECOMPRESS", f"The body is not {encoding}: {error}") from error


def choose(accepted: str) -> str | None:
    """Return the encoding ClickHouse prefers among those an `Accept-Encoding` header names."""
    names = {part.split(";")[0].strip().lower() for part in accepted.split(",")}
    return next((encoding for encoding in _PACK if encoding in names), None)


def pack(body: bytes, encoding: str) -> bytes:
    """Return *body* in an encoding that `choose` returned."""
    return _PACK[encoding](body)


def _pack_gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=1)


def _pack_lz4(body: bytes) -> bytes:
    return bytes(_lz4.compress(body))


def _unpack_lz4(body: bytes) -> bytes:
    # lz4.frame.decompress stops after the first frame, and clients may send a frame per block.
    with _lz4.open(io.BytesIO(body), mode="rb") as frames:
        return bytes(frames.read())


def _unpack_zstd(body: bytes) -> bytes:
    return zstd.decompress(body)


def _pack_zstd(body: bytes) -> bytes:
    return zstd.compress(body, level=1)


_PACK: Mapping[str, Codec] = {
    "lz4": _pack_lz4,
    "zstd": _pack_zstd,
    "gzip": _pack_gzip,
    "deflate": zlib.compress,
}
_UNPACK: Mapping[str, Codec] = {
    "lz4": _unpack_lz4,
    "zstd": _unpack_zstd,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
}
