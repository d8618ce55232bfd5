"""``aubench predict``: crops, rows, folds, overlays, mistakes; on runs that nobody trained."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, get_args

import av
import numpy as np
import pytest
from PIL import Image

from aubench.crops.crop import CROPS
from aubench.crops.sampling import Sampling
from aubench.crops.warp import transform, warp
from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench.frames import FloatArray, Frames
from aubench.importers.tool import lay_out
from aubench.importers.tools import TOOLS
from aubench.media.video import Video
from aubench.method import Predictor, RunContext
from aubench.predict.faces import CroppedFace
from aubench.predict.heat_colours import blend_map
from aubench.predict.inputs import InputFrame
from aubench.predict.overlay import Estimate, Overlay
from support.drawn import InMemory
from support.runs.predicting import AUS, SIZE, cropped, make_run, numbers, predict, scene, write_pts


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of ``scratch`` with two folds."""
    return make_run(tmp_path_factory.mktemp("runs"), "scratch")


def loaded(run: Path, fold: str = "a") -> Predictor:
    folder = run / f"fold-{fold}"
    return make_method("scratch", {}).load(folder, RunContext(AUS, folder))


def expected(run: Path, faces: list[np.ndarray], fold: str = "a") -> FloatArray:
    """What the run's predictor says of faces of the right size."""
    count = len(faces)
    unknown = np.full((count, 68, 2), np.nan, np.float32)
    frames = Frames(keys(count), unknown, InMemory(np.stack(faces)), np.arange(count))
    return loaded(run, fold).predict(frames)


def keys(count: int) -> Any:
    import pandas as pd

    return pd.DataFrame({"subject": "p", "session": "", "view": 0, "frame": range(count)})


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """As OpenFace 2 writes landmarks, with spaces after commas."""
    lines = [", ".join(rows[0])] + [", ".join(map(str, row.values())) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def row(points: np.ndarray, **first: Any) -> dict[str, Any]:
    names = [f"{axis}_{i}" for axis in "xy" for i in range(68)]
    return first | dict(zip(names, points.T.ravel().tolist(), strict=True))


@pytest.mark.parametrize("recipe", ["tight", "affine3"])
def test_a_picture_is_cropped_as_the_training_pictures_were(tmp_path: Path, recipe: str) -> None:
    folder = make_run(tmp_path, "scratch", recipe)
    picture, points = scene()
    Image.fromarray(picture).save(tmp_path / "p.png")
    write_pts(tmp_path / "p.pts", points)
    rows, said = predict(folder, tmp_path / "p.png", "--landmarks", tmp_path / "p.pts")
    assert list(rows[0]) == ["frame", "AU01", "AU12"]
    face = cropped(picture, points, recipe)
    np.testing.assert_allclose(numbers(rows), expected(folder, [face]), atol=1e-3)
    assert "fold a of 2" in said
    assert "SYNTHETIC" in said


SAMPLED: dict[str, tuple[dict[str, Any], Sampling]] = {
    "supersampled": ({"synthetic": False, "sampling": "supersampling"}, "supersampling"),
    "from a mipmap": ({"synthetic": True, "sampling": "mipmap"}, "mipmap"),
    "an older record of a twin": ({"synthetic": True}, "supersampling"),
    "an older record of a real pack": ({"synthetic": False}, "mipmap"),
}


@pytest.mark.parametrize("name", SAMPLED)
def test_a_picture_is_shrunk_as_the_training_pictures_were(tmp_path: Path, name: str) -> None:
    said, sampling = SAMPLED[name]
    folder = make_run(tmp_path, "scratch", gain=1000, **said)
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (400, 500, 3), dtype=np.uint8)
    points = (scene()[1] * 3 - 50).astype(np.float32)
    Image.fromarray(picture).save(tmp_path / "p.png")
    write_pts(tmp_path / "p.pts", points)
    found = numbers(predict(folder, tmp_path / "p.png", "--landmarks", tmp_path / "p.pts")[0])
    both = get_args(Sampling)
    values = {s: expected(folder, [cropped(picture, points, "tight", s)]) for s in both}
    apart = np.abs(values[both[0]] - values[both[1]]).max()
    assert np.abs(found - values[sampling]).max() < 0.2 * apart
    assert apart > 0.01


def test_a_crop_of_the_right_size_goes_in_as_it_is(run: Path, tmp_path: Path) -> None:
    face = cropped(*scene())
    Image.fromarray(face).save(tmp_path / "face.png")
    rows, _ = predict(run, tmp_path / "face.png", "--cropped", "--fold", "b")
    np.testing.assert_allclose(numbers(rows), expected(run, [face], "b"), atol=1e-4)


def test_all_folds_are_averaged_and_it_says_so(run: Path, tmp_path: Path) -> None:
    face = cropped(*scene())
    Image.fromarray(face).save(tmp_path / "face.png")
    rows, said = predict(run, tmp_path / "face.png", "--cropped", "--fold", "all")
    mean = (expected(run, [face], "a") + expected(run, [face], "b")) / 2
    np.testing.assert_allclose(numbers(rows), mean, atol=1e-4)
    assert "mean of 2 folds" in said


def test_a_folder_has_a_row_a_picture_and_no_value_without_landmarks(
    run: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    scenes = {name: scene(seed) for seed, name in enumerate(("b", "a", "c"))}
    for name, (picture, points) in scenes.items():
        Image.fromarray(picture).save(folder / f"{name}.png")
        if name != "b":
            write_pts(folder / f"{name}.pts", points)
    overlays = tmp_path / "overlays"
    rows, said = predict(run, folder, "--landmarks", folder, "--overlay", overlays)
    assert [(r["frame"], r["file"]) for r in rows] == [
        ("1", "a.png"),
        ("2", "b.png"),
        ("3", "c.png"),
    ]
    values = expected(run, [cropped(*scenes[name]) for name in "ac"])
    np.testing.assert_allclose(numbers(rows)[[0, 2]], values, atol=1e-3)
    assert rows[1]["AU01"] == rows[1]["AU12"] == ""
    assert "1 of 3" in said
    assert sorted(path.name for path in overlays.iterdir()) == ["a.png", "b.png", "c.png"]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Forty frames, more than are held at a time."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "bgr0"
        for number in range(40):
            frame = av.VideoFrame.from_ndarray(scene(number % 5)[0], format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_video_frame_by_frame_with_openfaces_own_landmarks(
    run: Path, film: Path, tmp_path: Path
) -> None:
    seen = [n for n in range(1, 41) if n not in (7, 8)]
    rows = [
        row(scene((n - 1) % 5)[1], frame=n, success=int(n != 7)) for n in range(1, 41) if n != 8
    ]
    write_csv(tmp_path / "points.csv", rows)
    out, overlay = tmp_path / "deep" / "out.csv", tmp_path / "deep" / "overlay.mp4"
    _, said = predict(
        run, film, "--landmarks", tmp_path / "points.csv", "--out", out, "--overlay", overlay
    )
    written = list(csv.DictReader(out.open()))
    assert [int(r["frame"]) for r in written] == list(range(1, 41))
    faces = [cropped(*scene((n - 1) % 5)) for n in seen]
    values = numbers(written)
    np.testing.assert_allclose(values[[n - 1 for n in seen]], expected(run, faces), atol=1e-3)
    assert np.isnan(values[[6, 7]]).all()
    assert "2 of 40" in said
    with Video(overlay) as drawn:
        assert (drawn.stream.average_rate, len(list(drawn))) == (30, 40)
    assert not list(tmp_path.rglob("*.partial*"))


def test_openface_columns_are_those_that_the_importer_reads(run: Path, tmp_path: Path) -> None:
    Image.fromarray(cropped(*scene())).save(tmp_path / "face.png")
    rows, _ = predict(run, tmp_path / "face.png", "--cropped", "--openface")
    layout = lay_out(TOOLS["openface"], list(rows[0]), "intensity", AUS, {})
    assert layout.aus == {1: "AU01_r", 12: "AU12_r"}
    assert layout.parts == {"frame": "frame", "success": "success"}


def test_heat_maps_have_the_values_as_their_maxima(run: Path) -> None:
    count = 3
    faces = np.stack([cropped(*scene(seed)) for seed in range(count)])
    unknown = np.full((count, 68, 2), np.nan, np.float32)
    frames = Frames(keys(count), unknown, InMemory(faces), np.arange(count))
    predictor = loaded(run)
    heat = predictor.heat_maps(frames)
    assert heat is not None
    assert heat.maps.shape == (count, 2, SIZE // 4, SIZE // 4)
    np.testing.assert_allclose(heat.maps.max(axis=(2, 3)), predictor.predict(frames), atol=1e-5)
    np.testing.assert_array_equal(heat.pictures, faces)


def test_a_method_without_maps_is_drawn_without(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "resnet18")
    Image.fromarray(cropped(*scene())).save(tmp_path / "face.png")
    predict(folder, tmp_path / "face.png", "--cropped", "--overlay", tmp_path / "with.png")
    height = Image.open(tmp_path / "with.png").height
    assert height == 560 + 2 * 24  # the picture and its margins, no row of maps


def overlay_of(values: Any, maps: bool = True) -> np.ndarray:
    picture, points = scene()
    matrix = CROPS["tight"].matrix(points, SIZE)
    face = CroppedFace(warp(picture, matrix, SIZE), transform(points, matrix), matrix)
    heat = np.zeros((2, 16, 16), np.float32)
    heat[:, 4, 12] = 1
    shown = Estimate() if values is None else Estimate(face, np.array(values), heat, face.picture)
    return Overlay(AUS, "title", ("note",), maps).draw(InputFrame(3, "", picture), shown)


def test_every_drawing_of_a_video_has_one_even_size() -> None:
    sizes = {overlay_of(values).shape for values in ([0, 5], [-1, 9.5], None)}
    assert len(sizes) == 1
    assert all(length % 2 == 0 for length in sizes.pop()[:2])


def test_a_bar_is_as_long_as_its_value() -> None:
    blank = overlay_of([0.0, 0.0], maps=False).astype(int)

    def pixels(value: float) -> int:
        drawn = overlay_of([value, 0.0], maps=False).astype(int)
        changed = np.abs(drawn - blank).sum(axis=2) > 0
        return int(changed[:, :-100].any(axis=0).sum())  # the number stands at the right

    assert pixels(4) == pytest.approx(2 * pixels(2), rel=0.05)
    assert pixels(9) == pixels(5)
    assert pixels(-2) == 0


def test_a_face_glows_where_its_map_is_high_as_much_as_the_value_says() -> None:
    face = np.full((64, 64, 3), 100, np.uint8)
    heat = np.zeros((16, 16), np.float32)
    heat[4, 12] = 0.04  # in a unit of the method's own
    dark, weak, strong = (blend_map(face, heat, value).astype(int) for value in (0, 1, 5))
    assert (dark == dark[0, 0]).all()
    change = np.abs(strong - dark).sum(axis=2)
    y, x = np.unravel_index(change.argmax(), change.shape)
    assert abs(y - 17.5) <= 2
    assert abs(x - 49.5) <= 2
    assert change.max() > np.abs(weak - dark).sum(axis=2).max() > 0


MISTAKES = {
    "neither": (("{picture}",), "--cropped if the picture"),
    "both": (("{picture}", "--cropped", "--landmarks", "{pts}"), "both"),
    "not square": (("{picture}", "--cropped"), "160×120"),
    "no source": (("nowhere.png", "--cropped"), "no such file"),
    "no fold": (("{picture}", "--landmarks", "{pts}", "--fold", "7"), "a, b, all"),
    "no video": (("{pts}", "--cropped"), "not a video"),
    "two faces": (("{picture}", "--landmarks", "{twice}"), "frame 1 a second time"),
    "short": (
        ("{picture}", "--landmarks", "{short}"),
        "columns of 1 points, where 68, 66, 49 are known",
    ),
    "no landmarks": (("{picture}", "--landmarks", "nowhere.pts"), "no such file"),
    "for one": (("{empty}/..", "--landmarks", "{pts}"), "one picture"),
    "no pictures": (("{empty}", "--cropped"), "no picture in this folder"),
    "overlay": (("{picture}", "--landmarks", "{pts}", "--overlay", "o.mp4"), ".png"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_one_line_that_says_what_to_do(run: Path, tmp_path: Path, name: str) -> None:
    picture, points = scene()
    Image.fromarray(picture).save(tmp_path / "p.png")
    write_pts(tmp_path / "p.pts", points)
    write_csv(tmp_path / "twice.csv", [row(points, frame=1), row(points, frame=1)])
    write_csv(tmp_path / "short.csv", [{"frame": 1, "x_0": 2}])
    (tmp_path / "empty").mkdir()
    places = {"picture": "p.png", "pts": "p.pts", "twice": "twice.csv", "short": "short.csv"}
    places = {key: tmp_path / value for key, value in (places | {"empty": "empty"}).items()}
    arguments, hint = MISTAKES[name]
    with pytest.raises(AubenchError) as error:
        predict(run, *(text.format(**places) for text in arguments))
    assert hint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_run_that_is_not_finished_is_named(tmp_path: Path) -> None:
    Image.fromarray(cropped(*scene())).save(tmp_path / "face.png")
    with pytest.raises(AubenchError, match="no finished run"):
        predict(tmp_path, tmp_path / "face.png", "--cropped")
    folder = make_run(tmp_path, "scratch")
    record = json.loads((folder / "record.json").read_text())
    record["method"]["name"] = "openface"
    (folder / "record.json").write_text(json.dumps(record))
    with pytest.raises(AubenchError, match="no method 'openface'"):
        predict(folder, tmp_path / "face.png", "--cropped")
