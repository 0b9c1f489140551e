"""Decompresses snappy, raw or in the frames of Java's client."""

import struct

_JAVA_MAGIC = b"\x82SNAPPY\x00"
_JAVA_HEADER = 16


def decompress(data: bytes) -> bytes:
    """Return *data* decompressed."""
    if not data.startswith(_JAVA_MAGIC):
        return _block(data)
    blocks: list[bytes] = []
    position = _JAVA_HEADER
    while position < len(data):
        (size,) = struct.unpack_from(">i", data, position)
        position += 4
        blocks.append(_block(data[position : position + size]))
        position += size
    return b"".join(blocks)


def _block(data: bytes) -> bytes:
    """Return one raw block, which is a length, then literals and copies of earlier output."""
    position = 0
    while data[position] & 0x80:
        position += 1
    position += 1
    out = bytearray()
    while position < len(data):
        tag = data[position]
        position += 1
        take = _copy if tag & 0x03 else _literal
        position = take(data, position, tag, out)
    return bytes(out)


# Of the numbers above it, 60 to 63, each says how many bytes of the length follow, one to four.
_LONGEST_IN_TAG = 59


def _literal(data: bytes, position: int, tag: int, out: bytearray) -> int:
    """Append a literal and return the position after it."""
    length = tag >> 2
    if length > _LONGEST_IN_TAG:
        width = length - _LONGEST_IN_TAG
        length = int.from_bytes(data[position : position + width], "little")
        position += width
    length += 1
    out += data[position : position + length]
    return position + length


def _copy(data: bytes, position: int, tag: int, out: bytearray) -> int:
    """Append a copy of earlier output and return the position after it."""
    width = (1, 2, 4)[(tag & 0x03) - 1]
    offset = int.from_bytes(data[position : position + width], "little")
    length = (tag >> 2) + 1
    if width == 1:
        length = ((tag >> 2) & 0x07) + 4
        offset |= (tag >> 5) << 8
    if not 0 < offset <= len(out):
        raise ValueError("A snappy copy reaches before the start of its block.")
    # A copy may be longer than its distance: then it repeats itself.
    pattern = bytes(out[-offset:][:length])
    out += (pattern * (length // len(pattern) + 1))[:length]
    return position + width
