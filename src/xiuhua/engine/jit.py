"""The one place where Python becomes machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

I8 = NDArray[np.int8]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


def jit(function: F) -> F:
    """Compile for NumPy arrays, cached beside the source; no fastmath: sums repeat exactly."""
    return cast("F", numba.njit(cache=True, fastmath=False, nogil=True)(function))


@jit
def fnv1a(text: Bytes, start: int, end: int) -> int:
    """FNV-1a of text[start:end], 64 bits, as a signed number."""
    h = np.uint64(14695981039346656037)
    for at in range(start, end):
        h = (h ^ np.uint64(text[at])) * np.uint64(1099511628211)
    return np.int64(h)  # type: ignore[return-value]  # a plain int once compiled
