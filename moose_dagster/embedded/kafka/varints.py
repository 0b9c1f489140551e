"""Integers of variable length, as Kafka writes them: seven bits a byte, the lowest first."""

_MOST_BITS = 63


def unsigned(data: bytes, position: int) -> tuple[int, int]:
    """Return the integer at *position* and the position behind it."""
    value, shift = 0, 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 -- the high bit says that more follows
            return value, position
        shift += 7
        # Without an end a megabyte of them would keep the process busy for an hour.
        if shift > _MOST_BITS:
            raise ValueError("An integer of variable length has no end.")


def zigzag(data: bytes, position: int) -> tuple[int, int]:
    """Return the signed integer at *position* and the position behind it."""
    value, position = unsigned(data, position)
    return (value >> 1) ^ -(value & 1), position
