"""Functions compiled by numba, the types of their arrays, and how arrays enter them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from aubench.io.cache import cache_folder

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


_PICKLED = (b"\x80", b".")
"""The first and the last byte of every file of compiled code."""

_CONFIG: Any = numba.config
"""Its attributes are made when it is imported, out of a type checker's sight."""


def _code_folder() -> Path:
    """Where compiled code is kept: a folder of its own for every state of this room's files.

    numba keeps code by the date of the function's own file; it would go on using code that was
    compiled with other options, or that calls what has changed since.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    kept = Path(_CONFIG.CACHE_DIR) if _CONFIG.CACHE_DIR else cache_folder() / "numba"
    return kept / digest.hexdigest()[:16]


def _can_keep(folder: Path) -> bool:
    """True if code can be kept in ``folder``; damaged files there are removed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.rglob("*.nb[ic]"):
            code = path.read_bytes()
            if (code[:1], code[-1:]) != _PICKLED:
                path.unlink()
    except OSError:
        return False
    return os.access(folder, os.W_OK)


_CONFIG.CACHE_DIR = str(_code_folder())
_KEPT = _can_keep(Path(_CONFIG.CACHE_DIR))


def is_compiled() -> bool:
    """True if compiled code of these files is kept; where it is not, the first picture waits."""
    return any(Path(_CONFIG.CACHE_DIR).rglob("*.nbc"))


def compiled(function: Function) -> Function:
    """``function`` compiled by numba, kept on disk between runs where there is a place for it.

    It gives the same bits on every processor, as long as it only adds, multiplies, divides,
    compares and takes square roots: ``fastmath`` would reorder and fuse these as the processor
    likes.
    """
    return cast(Function, numba.njit(cache=_KEPT, nogil=True, error_model="numpy")(function))
