"""Functions compiled by numba, and the types of their arrays."""

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


def compiled(function: Function) -> Function:
    """``function`` compiled by numba, kept on disk between runs.

    numba notices a change only in the function's own file: what it calls, and every constant that
    it reads, must be in that file too.
    """
    return cast(
        Function, numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")(function)
    )
