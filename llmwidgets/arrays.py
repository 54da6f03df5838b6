"""The one way of tensors to NumPy and to the page. js/lib/arrays.ts is its mirror image."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from llmwidgets.widgets.payloads import ArrayPayload

SMALL: tuple[Literal["int8", "int16", "int32"], ...] = ("int8", "int16", "int32")
DTYPES: dict[str, Literal["float32", "int32"]] = {"f": "float32", "i": "int32", "u": "int32"}


def to_numpy(values: Any) -> np.ndarray:
    """A NumPy array of `values`: a torch tensor (any dtype, device, requiring grad or not), an array or nested lists.

    bfloat16 and float16 become float32, which holds them exactly; the shape stays.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(values, torch.Tensor):
        tensor = values.detach()
        if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.float64):
            tensor = tensor.to(torch.float32)
        return np.asarray(tensor.cpu().numpy())
    return np.asarray(values)


def encode(values: Any) -> ArrayPayload:
    """The page's form of a tensor: float32 or int32, little-endian, base64. Raises TypeError for other kinds of values."""
    array = to_numpy(values)
    if array.dtype.kind not in DTYPES:
        msg = f"an array of {array.dtype} cannot travel to the page; float or integer arrays can"
        raise TypeError(msg)
    name = DTYPES[array.dtype.kind]
    return _packed(array, name)


def encode_small(values: np.ndarray) -> ArrayPayload:
    """Whole numbers in the smallest type that holds them all."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    for name in SMALL:
        limits = np.iinfo(name)
        if limits.min <= low and high <= limits.max:
            return _packed(values, name)
    msg = f"{low} to {high} is more than int32 holds"
    raise OverflowError(msg)


def _packed(array: np.ndarray, name: Literal["float32", "int32", "int16", "int8"]) -> ArrayPayload:
    data = np.ascontiguousarray(array, dtype=np.dtype(name).newbyteorder("<")).tobytes()
    return {"dtype": name, "shape": list(array.shape), "data": base64.b64encode(data).decode("ascii")}
