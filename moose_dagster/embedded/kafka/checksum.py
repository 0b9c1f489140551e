"""CRC-32C, the checksum of record batches."""

from collections.abc import Callable
from typing import Any

from kafka.record import util  # pyright: ignore[reportMissingTypeStubs] -- kafka-python ships none for it

_codec: Any = util
_checksum: Callable[[memoryview], int] = _codec.calc_crc32c


def crc32c(data: memoryview) -> int:
    """Return the CRC-32C of *data*; about 5 MB/s in pure Python, so never on the way of every message."""
    return _checksum(data)
