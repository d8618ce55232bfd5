"""Crop recipes: landmarks, picture and the recipe's own definition agree."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.crops.crop import (
    CROPS,
    CropInfo,
    Fan,
    Similarity5,
    Tight,
    crop_info,
    make_crop,
)
from aubench.crops.sampling import Sampling
from aubench.crops.warp import transform, warp
from aubench.errors import AubenchError
from aubench.media.image import Still
from aubench.pack.prepare import prepare
from support.command import Aubench
from support.drawn import face_points

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
@pytest.mark.parametrize("recipe", CROPS)
def test_a_dot_drawn_at_a_landmark_is_found_at_the_moved_landmark(
    recipe: str, scale: float, size: int
) -> None:
    landmarks = face(scale)
    matrix = CROPS[recipe].matrix(landmarks, size)
    moved = transform(landmarks, matrix)
    for point in (30, 36, 54, 62):
        picture = warp(blob(landmarks[point], sigma=scale / 25), matrix, size)
        assert picture.shape == (size, size, 3)
        np.testing.assert_allclose(centroid(picture), moved[point], atol=0.06)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [50.0, 300.0])
def test_tight_is_the_square_around_the_landmarks_and_a_fifth(scale: float, size: int) -> None:
    landmarks = face(scale)
    moved = transform(landmarks, CROPS["tight"].matrix(landmarks, size))
    low, high = moved.min(axis=0), moved.max(axis=0)
    # The picture reaches from -0.5 to size - 0.5; the box's longer side takes 1 / 1.4 of it.
    np.testing.assert_allclose((high - low).max(), size / 1.4, rtol=1e-5)
    np.testing.assert_allclose((low + high) / 2, (size - 1) / 2, atol=1e-3)
    # Upright and not stretched.
    np.testing.assert_allclose(moved - low, (landmarks - landmarks.min(axis=0)) * (
        (high - low).max() / np.ptp(landmarks, axis=0).max()
    ), atol=1e-3)  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("margin", [0.0, 0.08, 0.16])
def test_stretch_makes_a_square_of_the_box_and_a_margin(margin: float, size: int) -> None:
    landmarks = face(200.0)
    matrix = make_crop(crop_info("stretch", margin)).matrix(landmarks, size)
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    border = margin * (high - low).mean()
    # The picture reaches from -0.5 to size - 0.5 along both axes, whatever the box's shape.
    corners = transform(np.stack([low - border, high + border]).astype(np.float32), matrix)
    np.testing.assert_allclose(corners, [[-0.5, -0.5], [size - 0.5, size - 0.5]], atol=2e-3)
    if margin == 0.16:
        default = CROPS["stretch"].matrix(landmarks, size)
        np.testing.assert_array_equal(default, matrix)


def test_affine3_puts_three_points_where_its_paper_says() -> None:
    landmarks = face(200.0)
    moved = transform(landmarks, CROPS["affine3"].matrix(landmarks, 256))
    expected = [(127.65, 227.82), (79.16, 87.04), (176.84, 87.04)]
    np.testing.assert_allclose(moved[[8, 36, 45]], expected, atol=1e-3)
    other = face(311.0, seed=1)
    again = transform(other, CROPS["affine3"].matrix(other, 256))
    np.testing.assert_allclose(again[[8, 36, 45]], expected, atol=1e-3)


@pytest.mark.parametrize("recipe", CROPS)
def test_another_size_is_the_same_crop(recipe: str) -> None:
    landmarks = face(200.0)
    large = transform(landmarks, CROPS[recipe].matrix(landmarks, 256))
    small = transform(landmarks, CROPS[recipe].matrix(landmarks, 64))
    np.testing.assert_allclose((small + 0.5) * 4, large + 0.5, atol=1e-3)


def test_a_crop_of_the_whole_picture_is_the_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    np.testing.assert_array_equal(warp(picture, np.eye(2, 3), 64), picture)


@pytest.mark.parametrize(
    ("sampling", "factor", "roundings"),
    [
        ("supersampling", 2, 1),
        ("supersampling", 3, 1),
        ("supersampling", 4, 1),
        ("mipmap", 2, 1),
        ("mipmap", 4, 2),
        ("mipmap", 8, 3),
    ],
)
def test_shrinking_averages_over_area(sampling: Sampling, factor: int, roundings: int) -> None:
    size = 20
    picture = np.random.default_rng(1).integers(0, 256, (size * factor, size * factor, 3))
    picture = picture.astype(np.uint8)
    shift = (1 / factor - 1) / 2
    matrix = np.array([[1 / factor, 0, shift], [0, 1 / factor, shift]])
    small = warp(picture, matrix, size, sampling)
    blocks = picture.reshape(size, factor, size, factor, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small, blocks, atol=0.51 * roundings)


@pytest.mark.parametrize("sampling", get_args(Sampling))
@pytest.mark.parametrize("factor", [1.3, 1.9, 2.2, 2.9, 3, 3.7, 5, 7])
def test_shrinking_is_near_the_mean_over_area(factor: float, sampling: Sampling) -> None:
    """OpenCV's own means over area, on a picture with detail of some pixels."""
    size, rng = 40, np.random.default_rng(2)
    large = round(size * factor)
    noise = rng.normal(0, 1, (large, large, 3))
    picture = cv2.GaussianBlur(noise, (0, 0), 1.5 * factor)
    picture = (127 + picture * 50 / picture.std()).clip(0, 255).astype(np.uint8)
    scale = size / large
    shift = (scale - 1) / 2
    small = warp(picture, np.array([[scale, 0, shift], [0, scale, shift]]), size, sampling)
    means = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    apart = small.astype(float) - means
    assert np.sqrt(np.square(apart[1:-1, 1:-1]).mean()) < 6  # of a contrast of 50
    assert abs(apart[1:-1, 1:-1].mean()) < 0.5


@pytest.mark.parametrize("sampling", get_args(Sampling))
def test_fine_texture_fades_instead_of_aliasing(sampling: Sampling) -> None:
    board = np.indices((760, 800)).sum(axis=0) % 2 * 255
    picture = np.repeat(board.astype(np.uint8)[..., None], 3, axis=2)
    landmarks = face(380.0)
    crop = warp(picture, CROPS["tight"].matrix(landmarks, 96), 96, sampling)
    inside = crop[20:70, 20:70].astype(float)
    assert abs(inside.mean() - 127.5) < 1
    assert inside.std() < 8  # plain bilinear sampling gives more than 40
    plain = cv2.warpAffine(picture, CROPS["tight"].matrix(landmarks, 96), (96, 96))
    assert plain[20:70, 20:70].astype(float).std() > 40


def test_outside_the_picture_is_black() -> None:
    landmarks = face(200.0) - face(200.0).mean(axis=0)  # half of the face is off the picture
    white = np.full((300, 300, 3), 255, np.uint8)
    crop = warp(white, CROPS["tight"].matrix(landmarks, 64), 64)
    assert crop[:20, :20].max() == 0
    assert crop[-10:, -10:].min() == 255


@pytest.mark.parametrize("recipe", CROPS)
def test_landmarks_in_one_place_are_refused(recipe: str) -> None:
    with pytest.raises(ValueError, match=r"point|ingular"):
        CROPS[recipe].matrix(np.full((68, 2), 7, np.float32), 64)


def test_similarity5_fits_its_template_with_the_least_squares() -> None:
    landmarks = face(200.0)
    moved = transform(landmarks, CROPS["similarity5"].matrix(landmarks, 112))
    five = [
        *(moved[eye].mean(axis=0) for eye in (slice(36, 42), slice(42, 48))),
        *moved[[30, 48, 54]],
    ]
    template = np.array(Similarity5().targets)
    # The normal equations of the four parameters: no move, turn or growth comes nearer.
    rest = template - five
    from_middle = five - np.mean(five, axis=0)
    np.testing.assert_allclose(rest.sum(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose((rest * from_middle).sum(), 0, atol=1e-2)
    turned = np.stack([-from_middle[:, 1], from_middle[:, 0]], axis=1)
    np.testing.assert_allclose((rest * turned).sum(), 0, atol=1e-2)
    assert np.abs(rest).max() < 10


def test_similarity5_finds_its_own_template() -> None:
    angle, template = 0.4, np.array(Similarity5().targets)
    turn = 2.7 * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    landmarks = np.zeros((68, 2))
    for points, place in zip(
        (range(36, 42), range(42, 48), [30], [48], [54]), template @ turn + (33, 71), strict=True
    ):
        landmarks[list(points)] = place
    moved = transform(landmarks, CROPS["similarity5"].matrix(landmarks, 112))
    np.testing.assert_allclose(moved[[36, 42, 30, 48, 54]], template, atol=1e-3)


def test_fan_is_the_square_of_face_alignment() -> None:
    """Worked by hand from ``utils.bounding_box`` and ``utils.transform`` of its Lua code."""
    landmarks = np.full((68, 2), 150.0, np.float32)
    landmarks[[0, 1]] = (100, 50), (200, 170)
    matrix = CROPS["fan"].matrix(landmarks, 256)
    side = 200 * (100 + 120) / 195
    centre = np.array([150, 110 - 0.12 * 120])
    np.testing.assert_allclose(transform(centre, matrix), [127.5, 127.5], atol=1e-4)
    corner = transform(centre - side / 2, matrix)
    np.testing.assert_allclose(corner, [-0.5, -0.5], atol=1e-3)


@pytest.mark.parametrize("kind", [Tight, Similarity5])
def test_a_margin_adds_as_much_on_each_side(kind: type) -> None:
    landmarks = face(200.0)
    bare = transform(landmarks, kind(margin=0).matrix(landmarks, 100))
    wide = transform(landmarks, kind(margin=0.25).matrix(landmarks, 150))
    np.testing.assert_allclose(wide, bare + 25, atol=1e-3)


def test_a_margin_is_part_of_the_recipe() -> None:
    info = crop_info("tight", 0.5)
    assert info.parameters == {"margin": 0.5}
    assert make_crop(info) == Tight(margin=0.5)
    wide, own, same = (
        each.hash("mipmap") for each in (info, crop_info("tight"), crop_info("tight", 0.2))
    )
    assert wide != own == same


def test_sampling_is_part_of_the_crops_hash_and_older_packs_keep_theirs() -> None:
    info = crop_info("tight")
    assert info.hash("mipmap") != info.hash("supersampling")
    text = b'{"name":"tight","parameters":{"margin":0.2}}'  # before there was a choice
    assert info.hash("supersampling") == hashlib.sha256(text).hexdigest()[:8]


@pytest.mark.parametrize(
    ("name", "margin", "what"),
    [
        (
            "affine3",
            0.1,
            "affine3 has no margin; leave --margin out, or choose tight or stretch or ",
        ),
        ("fan", 0.1, "fan has no margin"),
        ("tight", -0.1, "a margin of -0.1; choose one from 0 to 2"),
        ("tight", 3, "a margin of 3; choose"),
        ("tight", float("nan"), "a margin of nan; choose"),
    ],
)
def test_a_margin_that_cannot_be_is_refused(name: str, margin: float, what: str) -> None:
    with pytest.raises(AubenchError) as caught:
        crop_info(name, margin)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    "parameters", [{"margin": "wide"}, {"margin": 0.2, "colour": 1}, {"targets": [[1, 2]]}]
)
def test_a_recipe_of_a_newer_version_is_refused(parameters: dict[str, object]) -> None:
    with pytest.raises(AubenchError, match=r"no crop recipe tight with .*upgrade aubench"):
        make_crop(CropInfo(name="tight", parameters=parameters))
    with pytest.raises(AubenchError, match=r"no crop recipe 'newer'.*upgrade aubench"):
        make_crop(CropInfo(name="newer"))


@pytest.mark.parametrize("name", CROPS)
def test_a_recipe_is_made_again_from_what_a_manifest_holds(name: str) -> None:
    landmarks = face(200.0)
    kept = CropInfo.model_validate_json(crop_info(name).model_dump_json())
    again = make_crop(kept).matrix(landmarks, 100)
    np.testing.assert_array_equal(again, CROPS[name].matrix(landmarks, 100))
    assert isinstance(CROPS["fan"], Fan)


class Dotted(Corpus):
    """Faces at several scales, every other one partly outside; soft dots at eight landmarks.

    The intensity of AU 1 is a 25th of the background's brightness.
    """

    name, aus = "dotted", (1,)

    def subjects(self) -> tuple[str, ...]:
        return ("dotted/1",)

    def examine(self, subject: str) -> int:
        return len(SCALES)

    def frames(self, subject: str) -> Iterator[RawFrame]:
        for number, scale in enumerate(SCALES):
            landmarks = face(scale, seed=number)
            if number % 2:
                landmarks -= landmarks.min(axis=0) + np.float32(0.2 * scale)
            picture = np.full((760, 800, 3), 25 * (number % 6), np.uint8)
            for point in landmarks[list(DOTTED)]:
                left, top = np.maximum(point - scale / 8, 0).astype(int)
                part = picture[top : max(0, int(point[1] + scale / 8))]
                part = part[:, left : max(0, int(point[0] + scale / 8))]
                y, x = (
                    np.mgrid[: part.shape[0], : part.shape[1]]
                    + np.array([top, left])[:, None, None]
                )
                squares = (x - point[0]) ** 2 + (y - point[1]) ** 2
                dot = 255 * np.exp(-squares / (2 * (scale / 50) ** 2))
                np.maximum(part, dot.astype(np.uint8)[..., None], out=part)
            yield RawFrame(
                session="left",
                view=0,
                frame=number,
                picture=Still(picture),
                landmarks=landmarks,
                labels=np.array([number % 6], np.float32),
            )


SCALES = (70.0, 150.0, 230.0, 330.0, 410.0, 560.0, 700.0)
DOTTED = (8, 17, 26, 30, 36, 45, 48, 54)
PLAIN = 28


@pytest.mark.parametrize("size", [96, 224])
@pytest.mark.parametrize("recipe", CROPS)
def test_picture_landmarks_and_labels_stay_together(recipe: str, size: int, tmp_path: Path) -> None:
    corpus = Dotted(tmp_path)
    pack = prepare(corpus, tmp_path / "pack", recipe=recipe, size=size)
    assert pack.manifest.recipe == crop_info(recipe)
    found = 0
    for row, frame in enumerate(corpus.frames("")):
        picture = pack.frames([row]).images()[0, ..., 1].astype(float)
        level, landmarks = 25 * float(pack.labels()[row, 0]), pack.points.all()[row]
        if inside(frame.landmarks[PLAIN], (800, 760), 0):
            x, y = landmarks[PLAIN].round().astype(int)
            assert abs(picture[y, x] - level) < 6
        # A window as wide as the dots are apart, not just as wide as a dot.
        zoom = np.linalg.norm(landmarks[45] - landmarks[36]) / (0.56 * SCALES[row])
        reach = 0.056 * SCALES[row]
        for point in DOTTED:
            if not inside(frame.landmarks[point], (800, 760), reach):
                continue
            if not inside(landmarks[point], (size, size), reach * zoom):
                continue
            left, top = np.round(landmarks[point] - reach * zoom).astype(int)
            right, bottom = np.round(landmarks[point] + reach * zoom).astype(int) + 1
            window = picture[top:bottom, left:right] - level
            assert window.max() > 60
            place = np.array([left, top]) + centroid(np.where(window > 30, window, 0)[..., None])
            assert np.abs(place - landmarks[point]).max() < 0.5
            found += 1
    assert found > 25


def test_recipes_are_drawn(aubench: Aubench, tmp_path: Path) -> None:
    assert aubench("show", "crops", "--out", "crops.png").returncode == 0
    drawn = cv2.imread(str(tmp_path / "crops.png"))
    assert drawn is not None
    assert drawn.shape[1] > 2 * drawn.shape[0]
    wrong = aubench("show", "crops", "--out", "crops.gif")
    assert wrong.returncode == 2
    assert "the picture is a PNG" in wrong.stderr


def inside(point: np.ndarray, size: tuple[int, int], reach: float) -> bool:
    return bool((point >= reach).all() and (point <= np.array(size) - 1 - reach).all())
