"""Functions compiled by numba, the types of their arrays, and how arrays enter them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Function = TypeVar("Function", bound=Callable[..., Any])
Float = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]

GRID = 2.0**-16
"""Step of the numbers that reach the rasteriser: below what a picture of 8 bits shows."""


def settled(values: npt.ArrayLike) -> Float:
    """``values`` rounded to whole multiples of `GRID`, so that every processor has the same.

    numpy, OpenBLAS and OpenCV choose their instructions by the processor, and the last bits of a
    double follow that choice. What is computed in double precision and rounded here keeps none of
    those bits. In single precision they would be large enough to show.
    """
    return np.asarray(np.rint(np.asarray(values, dtype=np.float64) / GRID) * GRID)


def single(values: npt.ArrayLike) -> Single:
    """``values`` as the rasteriser takes them: `settled`, contiguous, in single precision."""
    return np.ascontiguousarray(settled(values), dtype=np.float32)


def compiled(function: Function) -> Function:
    """``function`` compiled by numba, kept on disk between runs.

    numba notices a change only in the function's own file: what it calls, and every constant that
    it reads, must be in that file too.

    It gives the same bits on every processor, as long as it only adds, multiplies, divides,
    compares and takes square roots: ``fastmath`` would reorder and fuse these as the processor
    likes.
    """
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
