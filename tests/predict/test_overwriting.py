"""``aubench predict`` writes over nothing that it reads, and an overlay over no other overlay."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aubench.errors import AubenchError
from support.runs.predicting import cropped, make_run, predict, scene, write_pts


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs"), "scratch")


def linked(make: Callable[[Path, Path], object]) -> Callable[[Path], Path]:
    def link(source: Path) -> Path:
        path = source.with_name("other.png")
        make(source, path)
        return path

    return link


SPELLED: dict[str, Callable[[Path], Path]] = {
    "its name": lambda source: source,
    "another spelling": lambda source: source.parent / ".." / source.parent.name / source.name,
    "a symbolic link": linked(lambda source, path: path.symlink_to(source)),
    "a hard link": linked(os.link),
    "a linked folder": lambda source: (
        source.parent.with_name("linked").symlink_to(source.parent)
        or source.parent.with_name("linked") / source.name
    ),
}


@pytest.mark.parametrize("option", ["--overlay", "--out"])
@pytest.mark.parametrize("name", SPELLED)
def test_a_source_is_not_written_over_by_any_name(
    run: Path, tmp_path: Path, name: str, option: str
) -> None:
    folder = tmp_path / "faces"
    folder.mkdir()
    face = folder / "face.png"
    Image.fromarray(cropped(*scene())).save(face)
    held = face.read_bytes()
    with pytest.raises(AubenchError, match="would be written over, and is read; name another"):
        predict(run, face, "--cropped", option, SPELLED[name](face))
    assert face.read_bytes() == held


def test_landmarks_and_the_run_are_not_written_over(run: Path, tmp_path: Path) -> None:
    picture, points = scene()
    Image.fromarray(picture).save(tmp_path / "p.png")
    write_pts(tmp_path / "p.pts", points)
    given = run, tmp_path / "p.png", "--landmarks", tmp_path / "p.pts"
    for read in (tmp_path / "p.pts", run / "record.json"):
        held = read.read_bytes()
        with pytest.raises(AubenchError, match="would be written over"):
            predict(*given, "--out", read)
        assert read.read_bytes() == held
    with pytest.raises(AubenchError, match="two outputs in one file"):
        predict(*given, "--out", tmp_path / "o.png", "--overlay", tmp_path / "o.png")
    predict(*given, "--out", tmp_path / "o.csv", "--overlay", tmp_path / "o.png")
    predict(*given, "--out", tmp_path / "o.csv", "--overlay", tmp_path / "o.png")  # once more


def folder_of(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for seed, name in enumerate(names):
        Image.fromarray(cropped(*scene(seed))).save(folder / name, lossless=True)
    return folder


def test_pictures_of_one_name_have_an_overlay_each(run: Path, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "faces", "a.png", "a.webp", "b.png")
    predict(run, folder, "--cropped", "--overlay", tmp_path / "o")
    assert {path.name for path in (tmp_path / "o").iterdir()} == {
        "a.png.png",
        "a.webp.png",
        "b.png.png",
    }
    drawn = {path.name: np.asarray(Image.open(path), int) for path in (tmp_path / "o").iterdir()}
    for number, name in enumerate(("a.png", "a.webp", "b.png")):
        alone = tmp_path / f"{number}.png"
        predict(run, folder / name, "--cropped", "--overlay", alone)
        whole = np.asarray(Image.open(alone), int)[24:584, 24:584]
        np.testing.assert_array_equal(drawn[f"{name}.png"][24:584, 24:584], whole)


def test_overlays_do_not_go_among_the_pictures(run: Path, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "faces", "a.png", "b.webp")
    (tmp_path / "link").symlink_to(folder)
    for overlay in (folder, tmp_path / "link", folder / ".." / "faces"):
        with pytest.raises(AubenchError, match=r"holds the pictures.*name another folder"):
            predict(run, folder, "--cropped", "--overlay", overlay)
    assert len(list(folder.iterdir())) == 2


def test_an_overlay_that_is_a_link_to_a_picture_is_refused(run: Path, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "faces", "a.png", "b.png")
    (tmp_path / "o").mkdir()
    os.link(folder / "b.png", tmp_path / "o" / "a.png")
    with pytest.raises(AubenchError, match=r"o/a\.png: would be written over"):
        predict(run, folder, "--cropped", "--overlay", tmp_path / "o")
