"""CRC-32C, the checksum of record batches."""

from collections.abc import Callable
from typing import Any

import google_crc32c

_library: Any = google_crc32c
_checksum: Callable[[bytes], int] = _library.value


def crc32c(data: memoryview) -> int:
    """Return the CRC-32C of *data*."""
    return _checksum(bytes(data))
