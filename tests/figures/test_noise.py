"""``aubench study noise``: faces cropped by noisy landmarks."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest
from PIL import Image

from aubench.corpora.disfa.reader import Disfa
from aubench.corpora.disfa.settings import DisfaSettings
from aubench.crops.crop import CROPS, make_crop
from aubench.errors import AubenchError
from aubench.figures.study.picture_source import FromCorpus, FromPack
from aubench.figures.study.recrop import UncroppedFaces, misplaced, noise_of, recropped
from aubench.frames import FloatArray, IntArray
from aubench.pack.columns import Column
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from aubench.registry import find
from support.drawn import face_points
from support.studied import Call, figure_rows, kept_scores, scores_of
from support.trees.disfa_tree import HEIGHT, WIDTH, points, write_alignment, write_disfa


def test_without_noise_it_is_the_runs_own_score_to_the_last_digit(
    call: Call, run: Path, svr: Path, pack: Path, base: Path
) -> None:
    call(
        "study", "noise", run, svr, "--pack", pack, "--levels", "40,0", "--out", base / "n.png",
        "--device", "cpu",
    )  # fmt: skip
    found = figure_rows(base / "n")
    for folder in (run, svr):
        record = json.loads((folder / "record.json").read_text())
        name = f"{record['method']['name']} {record['run_id'][:6]}"
        own = [row for row in found if row["run"] == name]
        assert {float(row["noise_px"]) for row in own} == {0, 40}
        assert scores_of(own, "noise_px", 0) == kept_scores(folder)
        noisy = scores_of(own, "noise_px", 40)
        assert noisy["mse"] != kept_scores(folder)["mse"]
        if folder == svr:  # shapes of the face are gone
            assert noisy["icc"]["mean"][0] < 0.5 * kept_scores(folder)["icc"]["mean"][0]


@pytest.mark.parametrize("sampling", ["mipmap", "supersampling"])
def test_without_noise_the_corpus_gives_the_crops_of_its_pack(
    tmp_path: Path, sampling: Literal["mipmap", "supersampling"]
) -> None:
    rng = np.random.default_rng(0)
    root = write_alignment(tmp_path / "faces")
    for path in sorted(root.rglob("*.jpg")):  # three times as fine as the crop
        fine = rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
        Image.fromarray(fine).save(path, quality=100)
    find_corpus = find("corpora", "alignment")
    made = prepare(find_corpus(root), tmp_path / "pack", size=16, quality=100, sampling=sampling)
    rows = np.arange(len(made))
    faces = list(FromCorpus(root, made).faces(rows))
    recipe = make_crop(made.manifest.recipe)
    kept = made.frames(rows).images()
    other = "mipmap" if sampling == "supersampling" else "supersampling"
    found, unlike = (
        np.concatenate([recropped(part, 0, 0, recipe, 16, sampling=how).images() for part in faces])
        for how in (made.manifest.sampling, other)
    )
    apart = [np.abs(each.astype(int) - kept).mean() for each in (found, unlike)]
    assert apart[0] < 3  # JPEG
    assert apart[1] > 3 * apart[0]


@pytest.mark.parametrize("recipe", ["tight", "affine3"])
def test_a_crop_by_its_own_landmarks_is_the_crop(pack: Path, recipe: str) -> None:
    """Both recipes are idempotent, so the smallest noise changes next to nothing."""
    found = Pack.open(pack)
    size = 64
    whole = next(FromPack(found).faces(np.arange(0, 100, 10)))
    once = recropped(whole, 0, 0, CROPS[recipe], size, sampling="mipmap")
    again = UncroppedFaces(once.keys, list(once.images()), once.landmarks, whole.tracked)
    twice = recropped(again, 1e-6, 0, CROPS[recipe], size, sampling="mipmap")
    np.testing.assert_allclose(twice.landmarks, once.landmarks, atol=1e-3)
    assert np.abs(twice.images().astype(int) - once.images()).max() <= 1


def test_landmarks_that_are_all_wrong_alike_shift_the_crop(pack: Path) -> None:
    """16 pixels of a crop of 256 are 4 of one of 64."""
    recipe = CROPS["tight"]
    placed = recipe.matrix(face_points(64).astype(np.float32), 64)
    landmarks = (face_points(64) @ placed[:, :2].T + placed[:, 2]).astype(np.float32)
    noise = np.tile(np.array([16, 0], np.float32), (68, 1))
    believed = misplaced(landmarks, noise, recipe)
    np.testing.assert_allclose(believed, landmarks + np.array([4, 0]), atol=1e-4)
    matrix = recipe.matrix(believed, 64)
    np.testing.assert_allclose(matrix, [[1, 0, -4], [0, 1, 0]], atol=1e-4)


def test_noise_is_as_large_as_it_says_at_every_size_of_the_face() -> None:
    recipe = CROPS["tight"]
    for scale in (1, 3):
        landmarks = (face_points(100) * scale + 20).astype(np.float32)
        pixel = 1 / recipe.matrix(landmarks, 256)[0, 0]
        draws = [
            misplaced(landmarks, 13 * noise_of(("d/a", "left", 0, n), 0), recipe) - landmarks
            for n in range(40)
        ]
        assert np.std(draws) / pixel == pytest.approx(13, rel=0.03)  # 5,440 numbers
        assert np.mean(draws) / pixel == pytest.approx(0, abs=4 * 13 / math.sqrt(5440))


def test_noise_belongs_to_the_frame_and_the_seed(pack: Path) -> None:
    found = Pack.open(pack)
    recipe = CROPS["tight"]
    whole = next(FromPack(found).faces(np.arange(20)))
    few = next(FromPack(found).faces(np.array([7, 3])))
    all_of_them = recropped(whole, 20, 5, recipe, 64, sampling="mipmap")
    two = recropped(few, 20, 5, recipe, 64, sampling="mipmap")
    np.testing.assert_array_equal(two.landmarks, all_of_them.landmarks[[7, 3]])
    np.testing.assert_array_equal(two.images(), all_of_them.images([7, 3]))
    other = recropped(few, 20, 6, recipe, 64, sampling="mipmap")
    assert np.abs(other.landmarks - two.landmarks).max() > 1


def test_the_corpus_and_its_pack_give_the_same_crops_but_for_the_border(tmp_path: Path) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN001",), frames=4)
    found = prepare(Disfa(corpus), tmp_path / "pack", size=64)
    rows = np.arange(4)
    recipe = CROPS["tight"]
    pair = [
        recropped(next(origin.faces(rows)), 12, 0, recipe, 64, sampling="mipmap")
        for origin in (FromPack(found), FromCorpus(corpus, found))
    ]
    assert pair[0].keys.to_dict() == pair[1].keys.to_dict()
    np.testing.assert_allclose(pair[0].landmarks, pair[1].landmarks, atol=0.05)
    inner, outer = (each.images().astype(int) for each in pair)
    # Frames are of one grey each: only where the pack's crop ended is there anything else.
    black = inner.max(axis=-1) < 8
    assert 0.05 < black.mean() < 0.5
    assert (outer.max(axis=-1) < 8).mean() < 0.05
    for one, other, dark in zip(inner, outer, black, strict=True):
        bright = np.pad(~dark, 1).astype(np.uint8)
        inside = cv2.erode(bright, np.ones((5, 5)))[1:-1, 1:-1] > 0  # nothing half black
        assert inside.mean() > 0.4
        assert np.abs(one - other)[inside].max() <= 6


def test_frames_without_landmarks_stay_without(tmp_path: Path) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN002",), frames=805)
    for path in (corpus / "Landmark_Points" / "SN002").rglob("*_080[0-2]_lm.mat"):
        path.unlink()  # of frames 801–803, which DISFA's error log lists
    reader = Disfa(corpus, DisfaSettings(logged_landmarks="corpus"))
    found = prepare(reader, tmp_path / "pack", size=64)
    unknown = np.isnan(found.points.all()).all(axis=(1, 2))
    assert list(np.flatnonzero(unknown) + 1) == [801, 802, 803]
    rows = np.arange(790, 805)
    for origin in (FromPack(found), FromCorpus(corpus, found)):
        faces = list(origin.faces(rows))
        noisy = recropped(faces[0], 10, 0, CROPS["tight"], 64, sampling="mipmap")
        hidden = np.isnan(noisy.landmarks).all(axis=(1, 2))
        assert list(noisy.keys["frame"][hidden]) == [801, 802, 803]
        assert np.isfinite(faces[0].landmarks).all()


def test_a_frame_of_the_corpus_is_compared_with_one_row_of_the_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN001", "SN002"), frames=6)
    found = prepare(Disfa(corpus), tmp_path / "pack", size=64)
    read: list[int] = []

    class Counted(Column):
        def __getitem__(self, rows: IntArray) -> FloatArray:
            read.append(len(rows))
            return super().__getitem__(rows)

        def all(self) -> FloatArray:
            read.append(len(self))
            return super().all()

    monkeypatch.setattr(found, "points", Counted(found.points.chunks, found.points.shape))
    frames = [len(part.keys) for part in FromCorpus(corpus, found).faces(np.arange(12))]
    assert sum(frames) == sum(read) == 12
    assert max(read) == 1


def test_another_corpus_than_the_packs_is_refused(tmp_path: Path) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN001",), frames=3)
    found = prepare(Disfa(corpus), tmp_path / "pack", size=64)
    other = write_disfa(tmp_path / "other", ("SN001",), frames=2)
    with pytest.raises(AubenchError, match="no frame 3 of disfa/SN001 left view 0"):
        list(FromCorpus(other, found).faces(np.arange(3)))
    from support.trees.disfa_tree import write_mat

    write_mat(next((corpus / "Landmark_Points" / "SN001").rglob("*_0001_lm.mat")), points(1) * 1.2)
    moved = points(2).copy()
    moved[8, 1] += 6  # a longer chin: another square around the face
    write_mat(next((corpus / "Landmark_Points" / "SN001").rglob("*_0001_lm.mat")), moved)
    with pytest.raises(AubenchError, match="landmarks of frame 2 are not those of the pack"):
        list(FromCorpus(corpus, found).faces(np.arange(3)))


def test_a_predictor_that_learned_from_test_people_is_refused(
    call: Call, run: Path, pack: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    shutil.copy(copy / "fold-0" / "predictor.safetensors", copy / "fold-1")
    with pytest.raises(AubenchError, match="which fold 1 tests"):
        call("study", "noise", copy, "--pack", pack, "--levels", "0", "--out", tmp_path / "n")
