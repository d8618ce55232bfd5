"""A check of an Arrow IPC file before Arrow reads it: whether anything in it is compressed.

Nothing in a shard is compressed, and Arrow would unpack it at once, to whatever size it claims. The
numbers of fields are those of ``File.fbs``, ``Message.fbs`` and ``Schema.fbs`` in Arrow's format
specification, version 1.
"""

from __future__ import annotations

import struct

_TAIL = 10  # the footer's length, and ARROW1
_BLOCK = 24  # bytes in the footer: offset, length of the metadata, padding, length of the body
_DICTIONARIES, _BATCHES = 2, 3  # fields of a Footer
_HEADER = 2  # field of a Message
_COMPRESSION = 3  # field of a RecordBatch


def is_plain(data: memoryview) -> bool:
    """True if the file ``data`` has no compressed record batch and no dictionary.

    Raises:
        struct.error: If the framing leads out of the file.
    """
    (length,) = struct.unpack_from("<i", data, len(data) - _TAIL)
    footer = _follow(data, len(data) - _TAIL - length)
    if _blocks(data, footer, _DICTIONARIES):
        return False
    for offset in _blocks(data, footer, _BATCHES):
        (mark,) = struct.unpack_from("<I", data, offset)
        message = _follow(data, offset + (8 if mark == 0xFFFFFFFF else 4))
        header = _field(data, message, _HEADER)
        if header and _field(data, _follow(data, header), _COMPRESSION):
            return False
    return True


def _blocks(data: memoryview, footer: int, number: int) -> list[int]:
    """Offsets of the messages that a vector of the footer lists."""
    field = _field(data, footer, number)
    if not field:
        return []
    vector = _follow(data, field)
    (count,) = struct.unpack_from("<I", data, vector)
    if count * _BLOCK > len(data):
        raise struct.error("more blocks than bytes")
    places = range(vector + 4, vector + 4 + count * _BLOCK, _BLOCK)
    return [struct.unpack_from("<q", data, place)[0] for place in places]


def _follow(data: memoryview, place: int) -> int:
    """The place that an offset in a flatbuffer points to."""
    if place < 0:  # which Python would count from the end
        raise struct.error("a negative offset")
    return place + int(struct.unpack_from("<I", data, place)[0])


def _field(data: memoryview, table: int, number: int) -> int:
    """The place of a field of a table; 0 if the field is not there."""
    vtable = table - int(struct.unpack_from("<i", data, table)[0])
    if vtable < 0:
        raise struct.error("a negative offset")
    entry = 4 + 2 * number
    if entry >= struct.unpack_from("<H", data, vtable)[0]:
        return 0
    (offset,) = struct.unpack_from("<H", data, vtable + entry)
    return table + int(offset) if offset else 0
