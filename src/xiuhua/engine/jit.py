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
U64 = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

_EXACT: dict[str, Any] = {"cache": True, "fastmath": False, "nogil": True}
_UNCOUNTED: dict[str, Any] = {"_nrt": False}


def jit(function: F) -> F:
    """Compile for NumPy arrays, cached beside the source; no fastmath: sums repeat exactly."""
    return cast("F", numba.njit(**_EXACT)(function))


def lean(function: F) -> F:
    """Compile a kernel that makes and returns no arrays: it only fills those that it is given.

    Numba counts the users of each array at every call within a kernel; where a helper is called
    for each byte, that made the scanner six times slower. `_nrt` leaves the counting out.
    """
    return cast("F", numba.njit(**_EXACT, **_UNCOUNTED)(function))


def within(function: F) -> F:
    """Compile a part of lean kernels, inlined into each."""
    return cast("F", numba.njit(**_EXACT, **_UNCOUNTED, forceinline=True)(function))


@jit
def fnv1a(text: Bytes, start: int, end: int) -> int:
    """FNV-1a of text[start:end], 64 bits, as a signed number."""
    h = np.uint64(14695981039346656037)
    for at in range(start, end):
        h = (h ^ np.uint64(text[at])) * np.uint64(1099511628211)
    return np.int64(h)  # type: ignore[return-value]  # a plain int once compiled
