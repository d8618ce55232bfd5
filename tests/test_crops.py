"""Crop recipes: landmarks, picture and the recipe's own definition agree."""

import cv2
import numpy as np
import pytest
from drawn import face_points

from aubench.corpora.crops import RECIPES, recipe_info, transform, warp
from aubench.corpora.manifest import RecipeInfo
from aubench.errors import AubenchError

SIZES = (32, 61, 128, 255)


def face(scale: float, seed: int = 0) -> np.ndarray:
    """68 landmarks of a face of about ``scale`` pixels, turned and off the grid."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(-0.3, 0.3)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return ((face_points(scale) - scale / 2) @ turn.T + (401.3, 377.8)).astype(np.float32)


def blob(centre: np.ndarray, sigma: float) -> np.ndarray:
    """A picture of 800 × 760 pixels with one soft dot."""
    x, y = np.arange(800), np.arange(760)[:, None]
    dot = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * sigma**2))
    return np.repeat((255 * dot).astype(np.uint8)[..., None], 3, axis=2)


def centroid(picture: np.ndarray) -> np.ndarray:
    weight = picture[..., 0].astype(float)
    y, x = np.mgrid[: weight.shape[0], : weight.shape[1]]
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [90.0, 400.0])
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_dot_drawn_at_a_landmark_is_found_at_the_moved_landmark(
    recipe: str, scale: float, size: int
) -> None:
    landmarks = face(scale)
    matrix = RECIPES[recipe].matrix(landmarks, size)
    moved = transform(landmarks, matrix)
    for point in (30, 36, 54, 62):
        picture = warp(blob(landmarks[point], sigma=scale / 25), matrix, size)
        assert picture.shape == (size, size, 3)
        np.testing.assert_allclose(centroid(picture), moved[point], atol=0.06)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [50.0, 300.0])
def test_tight_is_the_square_around_the_landmarks_and_a_fifth(scale: float, size: int) -> None:
    landmarks = face(scale)
    moved = transform(landmarks, RECIPES["tight"].matrix(landmarks, size))
    low, high = moved.min(axis=0), moved.max(axis=0)
    # The picture reaches from -0.5 to size - 0.5; the box's longer side takes 1 / 1.4 of it.
    np.testing.assert_allclose((high - low).max(), size / 1.4, rtol=1e-5)
    np.testing.assert_allclose((low + high) / 2, (size - 1) / 2, atol=1e-3)
    # Upright and not stretched.
    np.testing.assert_allclose(moved - low, (landmarks - landmarks.min(axis=0)) * (
        (high - low).max() / np.ptp(landmarks, axis=0).max()
    ), atol=1e-3)  # fmt: skip


def test_affine3_puts_three_points_where_its_paper_says() -> None:
    landmarks = face(200.0)
    moved = transform(landmarks, RECIPES["affine3"].matrix(landmarks, 256))
    expected = [(127.65, 227.82), (79.16, 87.04), (176.84, 87.04)]
    np.testing.assert_allclose(moved[[8, 36, 45]], expected, atol=1e-3)
    other = face(311.0, seed=1)
    again = transform(other, RECIPES["affine3"].matrix(other, 256))
    np.testing.assert_allclose(again[[8, 36, 45]], expected, atol=1e-3)


@pytest.mark.parametrize("recipe", RECIPES)
def test_another_size_is_the_same_crop(recipe: str) -> None:
    landmarks = face(200.0)
    large = transform(landmarks, RECIPES[recipe].matrix(landmarks, 256))
    small = transform(landmarks, RECIPES[recipe].matrix(landmarks, 64))
    np.testing.assert_allclose((small + 0.5) * 4, large + 0.5, atol=1e-3)


def test_a_crop_of_the_whole_picture_is_the_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    np.testing.assert_array_equal(warp(picture, np.eye(2, 3), 64), picture)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_shrinking_averages_over_area(factor: int) -> None:
    size = 20
    picture = np.random.default_rng(1).integers(0, 256, (size * factor, size * factor, 3))
    picture = picture.astype(np.uint8)
    shift = (1 / factor - 1) / 2
    small = warp(picture, np.array([[1 / factor, 0, shift], [0, 1 / factor, shift]]), size)
    blocks = picture.reshape(size, factor, size, factor, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small, blocks, atol=0.51)


def test_fine_texture_fades_instead_of_aliasing() -> None:
    board = np.indices((760, 800)).sum(axis=0) % 2 * 255
    picture = np.repeat(board.astype(np.uint8)[..., None], 3, axis=2)
    landmarks = face(380.0)
    crop = warp(picture, RECIPES["tight"].matrix(landmarks, 96), 96)
    inside = crop[20:70, 20:70].astype(float)
    assert abs(inside.mean() - 127.5) < 1
    assert inside.std() < 8  # plain bilinear sampling gives more than 40
    plain = cv2.warpAffine(picture, RECIPES["tight"].matrix(landmarks, 96), (96, 96))
    assert plain[20:70, 20:70].astype(float).std() > 40


def test_outside_the_picture_is_black() -> None:
    landmarks = face(200.0) - face(200.0).mean(axis=0)  # half of the face is off the picture
    white = np.full((300, 300, 3), 255, np.uint8)
    crop = warp(white, RECIPES["tight"].matrix(landmarks, 64), 64)
    assert crop[:20, :20].max() == 0
    assert crop[-10:, -10:].min() == 255


@pytest.mark.parametrize("recipe", RECIPES)
def test_landmarks_in_one_place_are_refused(recipe: str) -> None:
    with pytest.raises(ValueError, match=r"point|ingular"):
        RECIPES[recipe].matrix(np.full((68, 2), 7, np.float32), 64)


def test_a_recipe_travels_with_its_parameters_through_json() -> None:
    for name in RECIPES:
        info = recipe_info(name)
        assert RecipeInfo.model_validate_json(info.model_dump_json()) == info
    assert recipe_info("tight").parameters == {"margin": 0.2}
    with pytest.raises(AubenchError, match="choose one of tight, affine3"):
        recipe_info("loose")
