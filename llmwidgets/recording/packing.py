"""Arrays as text in a JSON file: little-endian bytes, those of one place of all numbers together, deflated, base64."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING, Literal, TypedDict

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

WHOLE = ("u1", "u2", "u4", "i1", "i2", "i4")
LEVEL = 6


class Packed(TypedDict):
    """An array: `type` as NumPy writes it ("u1" … "i4", "f4", "f8"), `n` numbers, `data`."""

    type: Literal["u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"]
    n: int
    data: str


class Unpackable(Exception):
    """What is no packed array, in words."""


def pack_whole(values: Iterable[int] | np.ndarray) -> Packed:
    """Whole numbers, (n,), in the smallest type that holds them."""
    array = np.asarray(values if isinstance(values, np.ndarray) else list(values), np.int64)
    low, high = int(array.min(initial=0)), int(array.max(initial=0))
    fits = (name for name in WHOLE if np.iinfo(name).min <= low and high <= np.iinfo(name).max)
    return _packed(array.astype(next(fits)))


def pack_floats(values: Iterable[float] | np.ndarray, *, double: bool = False) -> Packed:
    """Numbers, (n,), exact to the bit: float32, or float64. What follows each other is near to each other, so the differences are written."""
    kind: Literal["f4", "f8"] = "f8" if double else "f4"
    array = np.asarray(values if isinstance(values, np.ndarray) else list(values), kind)
    bits = array.view("u8" if double else "u4")
    steps = np.diff(bits, prepend=bits.dtype.type(0))
    return {**_packed(steps), "type": kind}


def pack_bytes(data: bytes) -> str:
    """Bytes, deflated."""
    return base64.b64encode(zlib.compress(data, LEVEL)).decode("ascii")


def unpack(packed: Packed, most: int) -> np.ndarray:
    """The array, of at most `most` numbers: int64, float32 or float64. Raises Unpackable."""
    kind, count = packed["type"], packed["n"]
    if count > most:
        raise Unpackable(f"more than {most:,} numbers")
    size = int(kind[1])
    data = unpack_bytes(packed["data"], count * size)
    if len(data) != count * size:
        raise Unpackable("another number of bytes than of numbers")
    planes = np.frombuffer(data, np.uint8).reshape(size, count)
    raw = np.ascontiguousarray(planes.T).reshape(-1)
    if kind[0] == "f":
        bits = np.cumsum(raw.view(f"<u{size}"), dtype=f"u{size}")
        return bits.view(kind)
    return raw.view(f"<{kind}").astype(np.int64)


def unpack_bytes(data: str, most: int) -> bytes:
    """The bytes, at most so many. Raises Unpackable."""
    try:
        deflated = base64.b64decode(data, validate=True)
        inflating = zlib.decompressobj()
        found = inflating.decompress(deflated, most + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise Unpackable("data that cannot be decoded") from error
    if len(found) > most or not inflating.eof:
        raise Unpackable("more bytes than it should, or fewer")
    return found


def _packed(array: np.ndarray) -> Packed:
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    raw = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).view(np.uint8)
    planes = raw.reshape(len(array), array.dtype.itemsize).T
    data = pack_bytes(np.ascontiguousarray(planes).tobytes())
    return {"type": kind, "n": len(array), "data": data}  # type: ignore[typeddict-item]  # the kind of an array made here
