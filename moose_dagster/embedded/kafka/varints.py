"""Kafka's integers of variable length: seven bits per byte, the lowest first."""

_MOST_BITS = 63
_MORE_FOLLOWS = 0x80


def unsigned(data: bytes, position: int) -> tuple[int, int]:
    """Return the integer at *position* and the position after it."""
    value = 0
    shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & _MORE_FOLLOWS:
            return value, position
        shift += 7
        # A megabyte without an end would keep the process busy for an hour.
        if shift > _MOST_BITS:
            raise ValueError("An integer of variable length has no end.")


def zigzag(data: bytes, position: int) -> tuple[int, int]:
    """Return the signed integer at *position* and the position after it."""
    value, position = unsigned(data, position)
    return (value >> 1) ^ -(value & 1), position
