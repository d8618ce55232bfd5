"""A matrix of points in a MATLAB file is read as scipy reads it; anything else is refused."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from aubench.corpora.landmarks.matlab import read_matrix
from aubench.errors import AubenchError


def written(variables: dict[str, Any], **options: Any) -> bytes:
    file = BytesIO()
    savemat(file, variables, **options)
    return file.getvalue()


@settings(deadline=None)
@given(
    name=st.sampled_from(["p", "pts", "pts1", "pts_2d", "landmark", "landmarks"]),
    count=st.sampled_from([49, 66, 68]),
    dtype=st.sampled_from(["<f8", "<f4"]),
    packed=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_matrix_is_what_was_written(
    *,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    count: int,
    dtype: str,
    packed: bool,
    seed: int,
) -> None:
    points = np.random.default_rng(seed).normal(200, 50, (count, 2)).astype(dtype)
    points[:1] = np.nan
    path = tmp_path_factory.getbasetemp() / "points.mat"
    path.write_bytes(written({name: points}, do_compression=packed))
    np.testing.assert_array_equal(read_matrix(path, name, (68, 66, 49)), points.astype(np.float32))
    with pytest.raises(AubenchError, match="holds no matrix"):
        read_matrix(path, f"{name}x", (68, 66, 49))


@pytest.mark.parametrize(
    "data",
    [
        written({"box": np.ones((68, 2))}),
        written({"pts": np.ones((67, 2))}),
        written({"pts": np.ones((68, 2)) * 1j}),
        written({"pts": np.ones((68, 2), bool)}),
        written({"pts": np.ones((68, 2, 2))}),
        written({"pts": np.array([[1, "x"]], dtype=object)}),
        written({"pts": {"x": 1.0}}),
        written({"pts": "68 points"}),
        written({"pts": np.zeros((9000, 2))}, do_compression=True),
        b"",
    ],
    ids=[
        "another name",
        "another shape",
        "complex numbers",
        "logical",
        "three dimensions",
        "a cell",
        "a structure",
        "text",
        "larger than it may be",
        "nothing",
    ],
)
def test_anything_else_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "points.mat").write_bytes(data)
    with pytest.raises(AubenchError):
        read_matrix(tmp_path / "points.mat", "pts", (68,))


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("packed", [False, True])
def test_an_element_of_a_type_that_is_none_is_refused(
    bit: int, packed: bool, tmp_path: Path
) -> None:
    points = np.random.default_rng(0).normal(200, 50, (66, 2))
    data = bytearray(written({"pts": points}, do_compression=False))
    assert struct.unpack_from("<II", data, 176) == (9, points.nbytes)  # double, of the numbers
    data[176] ^= 1 << bit
    if packed:
        matrix = zlib.compress(bytes(data[128:]))
        data = data[:128] + struct.pack("<II", 15, len(matrix)) + matrix
    (tmp_path / "points.mat").write_bytes(data)
    if 9 ^ (1 << bit) in (1, 13):  # int8 and uint64, which are types
        with suppress(AubenchError):
            read_matrix(tmp_path / "points.mat", "pts", (66,))
        return
    with pytest.raises(AubenchError, match="not a readable MATLAB file"):
        read_matrix(tmp_path / "points.mat", "pts", (66,))


@settings(deadline=None)
@given(place=st.integers(0, 1239), bit=st.integers(0, 7), packed=st.booleans())
def test_a_flipped_bit_is_no_other_matrix_than_scipys(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int, packed: bool
) -> None:
    points = np.random.default_rng(0).normal(200, 50, (66, 2))
    data = bytearray(written({"pts": points}, do_compression=packed))
    data[place % len(data)] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "flipped.mat"
    path.write_bytes(data)
    try:
        found = read_matrix(path, "pts", (66,))
    except AubenchError:
        return
    with np.errstate(over="ignore"):
        expected = loadmat(BytesIO(data))["pts"].astype(np.float32)
    np.testing.assert_array_equal(found, expected)
