"""The synthetic face: what each Action Unit does to landmarks and pixels, exactness, speed."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from aubench.landmarks import MIRROR
from aubench.synthetic.backdrop import lights, studio
from aubench.synthetic.face.expression import AUS, basis
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.mesh import landmark_vertices
from aubench.synthetic.face.model import Model, build
from aubench.synthetic.face.shape import mean_face
from aubench.synthetic.scene import Moment, Scene, View

SIZE = 192
PEOPLE = (5, 11, 24)


@cache
def person(seed: int) -> Model:
    return build(draw_person(seed))


def front(model: Model, **options: object) -> Scene:
    """The person seen from the front, without noise, in an even light."""
    rng = np.random.default_rng(0)
    view = View(SIZE, SIZE, studio(rng, SIZE, SIZE), lights(rng, 0.0), fill=0.8, noise=0.0)
    return Scene(model, replace(view, **options))


def showing(**levels: float) -> np.ndarray:
    shown = np.zeros(len(AUS))
    for name, level in levels.items():
        shown[AUS.index(int(name.removeprefix("au")))] = level
    return shown


def moved(seed: int, au: int, level: float = 5.0) -> np.ndarray:
    """(68, 2) mm to the right and down, from the resting face."""
    scene = front(person(seed))
    rest = scene.landmarks(Moment())
    shown = scene.landmarks(Moment(showing(**{f"au{au}": level})))
    return (shown - rest) * 240 / (0.8 * SIZE)


# What FACS says each unit does: landmarks of the face's image-right half, and the way that they
# go: "up", "down", "out" (away from the midline), "in".
FACS = {
    1: ((22,), "up"),
    2: ((25, 26), "up"),
    4: ((22, 23), "down in"),
    5: ((43, 44), "up"),
    6: ((46, 47), "up"),
    7: ((46, 47), "up"),
    9: ((35,), "up"),
    10: ((51, 52), "up"),
    12: ((54,), "up out"),
    14: ((54,), "out"),
    15: ((54,), "down"),
    17: ((8, 57), "up"),
    20: ((54,), "out"),
    23: ((54,), "in"),
    24: ((57,), "up"),
    25: ((66,), "down"),
    26: ((8, 9), "down"),
}
SIGN = {"up": (1, -1), "down": (1, 1), "out": (0, 1), "in": (0, -1)}


@pytest.mark.parametrize("seed", PEOPLE)
@pytest.mark.parametrize("au", AUS)
def test_an_au_moves_its_landmarks_as_facs_says(au: int, seed: int) -> None:
    points, ways = FACS[au]
    shift = moved(seed, au)
    both = shift[list(points)] + 0.0
    others = shift[[MIRROR[p] for p in points]] * [-1, 1]
    for way in ways.split():
        axis, sign = SIGN[way]
        for half in (both, others):
            assert (sign * half[:, axis] > 1.0).all(), (way, half)


@pytest.mark.parametrize("au", AUS)
def test_landmarks_move_in_proportion_to_the_intensity(au: int) -> None:
    full, half = moved(5, au), moved(5, au, 2.5)
    mover = np.argmax(np.abs(full).max(axis=1))
    np.testing.assert_allclose(half[mover], full[mover] / 2, atol=0.6)


def test_au4_brings_the_brows_together_and_au7_narrows_the_eye() -> None:
    shift = moved(5, 4)
    assert shift[22, 0] - shift[21, 0] < -4
    shift = moved(5, 7)
    assert shift[[46, 47], 1].mean() - shift[[43, 44], 1].mean() < -3


def test_au25_parts_the_lips_and_au26_alone_does_not() -> None:
    parted, dropped = moved(5, 25), moved(5, 26)
    assert parted[66, 1] - parted[62, 1] > 5
    assert abs(dropped[66, 1] - dropped[62, 1]) < 1
    assert dropped[8, 1] > 10


def test_the_units_are_told_apart_by_their_landmarks() -> None:
    shapes = np.stack([moved(5, au).ravel() for au in AUS])
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True)
    alike = np.abs(shapes @ shapes.T) - np.eye(len(AUS))
    assert alike.max() < 0.9


REGIONS = {
    1: range(17, 27), 2: range(17, 27), 4: range(17, 28), 5: range(36, 48), 6: range(36, 48),
    7: range(36, 48), 9: (*range(27, 36), 21, 22), 10: range(31, 55),
} | dict.fromkeys((12, 14, 15, 20, 23, 24, 25), range(48, 68)) | {17: (*range(48, 68), 8)} | {
    26: range(5, 12)
}  # fmt: skip


def box(points: np.ndarray, margin: float) -> tuple[slice, slice]:
    (x0, y0), (x1, y1) = points.min(axis=0) - margin, points.max(axis=0) + margin
    return slice(max(0, int(y0)), int(y1)), slice(max(0, int(x0)), int(x1))


@pytest.mark.parametrize("au", AUS)
def test_pixels_of_the_region_change_more_with_every_level(au: int) -> None:
    scene = front(person(11))
    rest, points = scene.draw(Moment())
    region = box(points[list(REGIONS[au])], 0.05 * SIZE)
    changes = []
    for level in (0, 1, 2, 3, 4, 5):
        picture, _ = scene.draw(Moment(showing(**{f"au{au}": level})))
        changes.append(np.abs(picture[region].astype(float) - rest[region]).mean())
    assert changes[0] == 0
    assert (np.diff(changes) > 0).all(), changes
    assert changes[2] > 0.5  # grey levels: seen at intensity 2
    everywhere = np.abs(picture.astype(float) - rest).mean()
    assert changes[-1] > 2 * everywhere


@pytest.mark.parametrize("au", [a for a in AUS if a not in (25,)])
def test_skin_furrows_even_where_nothing_moves(au: int) -> None:
    still = person(11)._replace(person=replace(person(11).person, reach=np.zeros(len(AUS))))
    scene = front(still)
    rest, before = scene.draw(Moment())
    picture, after = scene.draw(Moment(showing(**{f"au{au}": 5})))
    np.testing.assert_array_equal(before, after)
    assert np.abs(picture.astype(int) - rest).max() > 8


def inner_mouth(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n, 3) the pixels between the lips."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[60:68]).astype(np.int32)], (1,))
    return picture[mask == 1].astype(float)


def test_parted_lips_show_teeth_and_a_dropped_jaw_a_dark_mouth() -> None:
    scene = front(person(11))
    rest, points = scene.draw(Moment())
    lip = rest[tuple(np.round(points[57] - [0, 3]).astype(int)[::-1])].astype(float)
    teeth = inner_mouth(*scene.draw(Moment(showing(au25=4))))
    mouth = inner_mouth(*scene.draw(Moment(showing(au25=5, au26=5))))
    assert len(mouth) > 2 * len(teeth)
    colour = (teeth[:, 0] - teeth[:, 2]) / teeth.sum(axis=1)
    assert np.percentile(colour, 20) < 0.5 * (lip[0] - lip[2]) / lip.sum()  # not red
    assert np.percentile(mouth.sum(axis=1), 5) < 0.5 * lip.sum()


def test_a_blink_closes_the_eyes_whatever_else_is_shown() -> None:
    scene = front(person(5))
    for shown in (showing(), showing(au5=5)):
        points = scene.landmarks(Moment(shown, blink=1.0))
        for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
            assert abs(points[upper] - points[lower]).max() < 1.0


@pytest.mark.parametrize("yaw", [-25.0, 0.0, 25.0])
@pytest.mark.parametrize("vertex_of", [8, 9, 19, 24, 27, 30, 33, 51, 57])
def test_a_dot_on_the_skin_appears_where_the_landmark_is_said_to_be(
    vertex_of: int, yaw: float
) -> None:
    model = person(24)
    vertex = landmark_vertices()[vertex_of]
    picture = np.zeros_like(model.picture)
    u, v = np.round(model.uv[vertex]).astype(int)
    picture[v - 2 : v + 3, u - 2 : u + 3] = 1.0
    dotted = model._replace(picture=picture, resting=np.zeros_like(model.resting))
    sky = np.zeros((3, 6))
    sky[:2, 3:], sky[2, 2] = 0.5, 1.0
    black = np.zeros((384, 384, 3), np.float32)
    scene = front(dotted, width=384, height=384, backdrop=black, lights=sky)
    drawn, points = scene.draw(Moment(turn=(yaw, 0.0, 0.0)))
    weight = np.where(drawn.sum(axis=2) > 250, 1.0, 0.0)
    assert weight.sum() > 0
    y, x = np.indices(weight.shape)
    seen = np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
    assert np.abs(seen - points[vertex_of]).max() < 1.2  # a texel of rounding is 0.7 pixels here


def test_the_canonical_face_is_symmetrical_in_every_expression() -> None:
    points = landmark_vertices()
    for field in (mean_face(), *basis()):
        here, mirrored = field[points], field[points][list(MIRROR)] * [-1, 1, 1]
        np.testing.assert_allclose(here, mirrored, atol=1e-9)


def test_a_turn_takes_the_nose_to_its_side_and_a_roll_tilts_the_eyes() -> None:
    scene = front(person(5))
    rest = scene.landmarks(Moment())
    turned = scene.landmarks(Moment(turn=(20.0, 0.0, 0.0)))
    nodded = scene.landmarks(Moment(turn=(0.0, 20.0, 0.0)))
    leaned = scene.landmarks(Moment(turn=(0.0, 0.0, 20.0)))
    assert turned[30, 0] - turned[27, 0] > rest[30, 0] - rest[27, 0] + 3
    assert nodded[30, 1] - nodded[27, 1] > rest[30, 1] - rest[27, 1] + 2
    across = leaned[45] - leaned[36]
    was = rest[45] - rest[36]
    lean = np.degrees(np.arctan2(across[1], across[0]) - np.arctan2(was[1], was[0]))
    assert lean == pytest.approx(20, abs=2)


def test_a_seed_gives_one_person_and_another_seed_another() -> None:
    first, _ = front(build(draw_person(5))).draw(Moment())
    again, _ = front(build(draw_person(5))).draw(Moment())
    other, _ = front(build(draw_person(11))).draw(Moment())
    np.testing.assert_array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 10


def test_people_differ_more_than_expressions_move_them() -> None:
    points = np.stack([front(person(seed)).landmarks(Moment()) for seed in PEOPLE])
    between = np.abs(points - points.mean(axis=0)).mean()
    within = np.abs(moved(5, 12)).mean() * 0.8 * SIZE / 240
    assert between > within
