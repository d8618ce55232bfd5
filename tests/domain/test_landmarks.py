"""Markups of 68, 66 and 49 points, and the mirror."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aubench import landmarks as lm
from support.drawn import face_points, mirror

JAW = range(17)


def span(first: int, last: int) -> list[int]:
    """Both ends included, upwards or downwards."""
    step = 1 if last >= first else -1
    return list(range(first, last + step, step))


def test_mirror_is_the_published_permutation() -> None:
    expected = [
        *span(16, 0),  # jaw
        *span(26, 17),  # brows
        *span(27, 30),  # bridge of the nose
        *span(35, 31),  # nostrils
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
        *span(54, 48),
        *span(59, 55),  # outer lip
        *span(64, 60),
        *(67, 66, 65),  # inner lip
    ]
    assert list(lm.MIRROR) == expected
    assert [expected[i] for i in expected] == list(range(68))  # its own inverse


def test_mirror_of_a_symmetric_face_is_the_face() -> None:
    face = face_points(100)
    face[:, 0] -= face[[0, 16], 0].mean() - 49.5  # centred in a picture of 100 pixels
    np.testing.assert_allclose(mirror(face, 100), face, atol=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_a_missing_jaw_is_where_the_mean_face_has_it(seed: int) -> None:
    """Of the mean face itself, moved, turned and scaled, nothing may be lost."""
    rng = np.random.default_rng(seed)
    turn, scale = rng.uniform(-3, 3), rng.uniform(0.2, 5)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    whole = lm.MEAN_FACE @ matrix.T + rng.uniform(-500, 500, 2)
    lacking = whole.copy()
    lacking[: rng.integers(0, 67)] = np.nan
    np.testing.assert_allclose(lm.complete(lacking), whole, atol=1e-6)


def test_points_that_are_there_stay_and_faces_without_stay_without() -> None:
    rng = np.random.default_rng(0)
    faces = rng.uniform(0, 100, (3, 68, 2))
    faces[0, :17] = np.nan
    faces[1] = np.nan
    faces[2, 1:] = np.nan  # one point says nothing of turn and size
    done = lm.complete(faces)
    np.testing.assert_array_equal(done[0, 17:], faces[0, 17:])
    assert np.isfinite(done[0]).all()
    assert np.isnan(done[1:]).all()


def test_the_fit_is_the_best_one() -> None:
    """No small change of the similarity brings the known points nearer."""
    rng = np.random.default_rng(1)
    face = lm.MEAN_FACE + rng.normal(0, 8, (68, 2))
    face[JAW] = np.nan
    lost = lm.complete(face)[JAW]
    # The similarity that was used, from the mean face's jaw to the estimated one.
    jaw = lm.MEAN_FACE[JAW]
    z, w = jaw @ [1, 1j], lost @ [1, 1j]
    a, b = np.linalg.lstsq(np.stack([z, np.ones(17)], axis=1), w, rcond=None)[0]
    known = [i for i in range(68) if i not in JAW]
    mean, seen = lm.MEAN_FACE[known] @ [1, 1j], face[known] @ [1, 1j]

    def error(a: complex, b: complex) -> float:
        return float((np.abs(a * mean + b - seen) ** 2).sum())

    steps = [(1e-3, 0), (-1e-3, 0), (1e-3j, 0), (-1e-3j, 0), (0, 0.1), (0, -0.1), (0, 0.1j)]
    assert all(error(a + da, b + db) > error(a, b) for da, db in steps)


def test_the_mean_face_is_symmetric() -> None:
    np.testing.assert_allclose(mirror(lm.MEAN_FACE, 1), lm.MEAN_FACE, atol=1e-9)


def test_66_and_49_points_are_those_of_their_corpora() -> None:
    face = np.arange(136.0).reshape(68, 2)
    without_corners = [i for i in range(68) if i not in (60, 64)]
    np.testing.assert_array_equal(lm.to_66(face), face[without_corners])
    np.testing.assert_array_equal(lm.to_49(face), face[[i for i in without_corners if i >= 17]])


@pytest.mark.parametrize(("shrink", "absent"), [(lm.to_66, ()), (lm.to_49, range(17))])
def test_back_to_68_points(shrink: object, absent: object) -> None:
    face = np.stack([face_points(100), face_points(50)])
    back = lm.to_68(shrink(face))
    known = [i for i in range(68) if i not in (60, 64, *absent)]
    np.testing.assert_array_equal(back[:, known], face[:, known])
    assert np.isnan(back[:, list(absent)]).all()
    # An inner mouth corner lies on the way from the outer one to the centre of the inner lips.
    for inner, outer in ((60, 48), (64, 54)):
        centre = face[:, [61, 62, 63, 65, 66, 67]].mean(axis=1)
        expected = face[:, outer] + (centre - face[:, outer]) / 4
        np.testing.assert_allclose(back[:, inner], expected)


def test_68_points_stay_and_others_are_refused() -> None:
    face = face_points(10)
    assert lm.to_68(face) is face
    with pytest.raises(ValueError, match="no markup of 67 points"):
        lm.to_68(face[:67])
