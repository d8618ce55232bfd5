"""The quick way through a MATLAB file gives what scipy gives, or leaves the file to it."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from aubench.corpora.landmarks.plain_matlab import read_plain

LONGEST = 1 << 16
NAMES = st.sampled_from(["p", "pts", "pts1", "pts_2d", "landmark", "landmarks"])


def written(variables: dict[str, Any], **options: Any) -> bytes:
    file = BytesIO()
    savemat(file, variables, **options)
    return file.getvalue()


@given(
    name=NAMES,
    shape=st.tuples(st.integers(2, 99), st.integers(1, 3)),
    dtype=st.sampled_from(["<f8", "<f4"]),
    packed=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_lone_matrix_is_what_scipy_reads(
    name: str, shape: tuple[int, int], dtype: str, packed: bool, seed: int
) -> None:
    points = np.random.default_rng(seed).normal(200, 50, shape).astype(dtype)
    points[:1] = np.nan
    data = written({name: points}, do_compression=packed)
    found = read_plain(data, name, LONGEST)
    assert found is not None
    np.testing.assert_array_equal(found, loadmat(BytesIO(data))[name])
    assert found.shape == shape
    assert read_plain(data, f"{name}x", LONGEST) is None


OTHERS = {
    "two matrices": written({"pts": np.ones((68, 2)), "box": np.ones(4)}),
    "whole numbers": written({"pts": np.ones((68, 2), np.int32)}),
    "complex numbers": written({"pts": np.ones((68, 2)) * 1j}),
    "logical": written({"pts": np.ones((68, 2), bool)}),
    "three dimensions": written({"pts": np.ones((68, 2, 2))}),
    "a cell": written({"pts": np.array([[1, "x"]], dtype=object)}),
    "a structure": written({"pts": {"x": 1.0}}),
    "text": written({"pts": "68 points"}),
    "version 4": written({"pts": np.ones((68, 2))}, format="4"),
    "nothing": b"",
    "one number in four bytes": written({"pts": np.ones((1, 1), np.float32)}),
    "larger than it may be": written({"pts": np.zeros((9000, 2))}, do_compression=True),
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS.keys())
def test_everything_else_is_left_to_scipy(data: bytes) -> None:
    assert read_plain(data, "pts", LONGEST) is None


@given(place=st.integers(0, 1239), bit=st.integers(0, 7), packed=st.booleans())
def test_a_flipped_bit_is_no_other_matrix_than_scipys(place: int, bit: int, packed: bool) -> None:
    points = np.random.default_rng(0).normal(200, 50, (66, 2))
    data = bytearray(written({"pts": points}, do_compression=packed))
    data[place % len(data)] ^= 1 << bit
    found = read_plain(bytes(data), "pts", LONGEST)
    if found is not None:
        np.testing.assert_array_equal(found, loadmat(BytesIO(data))["pts"])
