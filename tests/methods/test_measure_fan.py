"""``aubench measure fan``: any FAN on any pack of faces, beside their mean shape."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from aubench.cli import cli
from aubench.corpora.alignment.w300 import Alignment
from aubench.heatmaps import peaks
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from aubench_methods.fan.weights import read_fan
from aubench_methods.heatmap_network import HeatmapNetwork
from support.drawn import drawn_frames
from support.methods import SIZE, fan_file


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two parts of three faces; no two faces are alike."""
    folder = tmp_path_factory.mktemp("alignment")
    for part in ("one", "two"):
        (folder / "faces" / part).mkdir(parents=True)
        for n in range(3):
            stem = folder / "faces" / part / f"face{n}"
            face = drawn_frames(["d/a"], 1, size=96, seed=n)
            points = face.landmarks[0] + np.random.default_rng([n, len(part)]).normal(0, 4, (68, 2))
            cv2.imwrite(str(stem.with_suffix(".png")), face.images()[0])
            rows = "".join(f"{x} {y}\n" for x, y in points + 1)
            stem.with_suffix(".pts").write_text(f"version: 1\nn_points:  68\n{{\n{rows}}}\n")
    return prepare(Alignment(folder / "faces"), folder / "pack", size=SIZE).path


def measure(weights: object, *options: object) -> Result:
    command = ["measure", "fan", str(weights), "--device", "cpu", *map(str, options)]
    return CliRunner().invoke(cli, command)


def line(output: str, name: object) -> dict[str, float]:
    """The figures of the line that begins with ``name``."""
    (found,) = [text for text in output.splitlines() if text.startswith(f"{name}: ")]
    names = "faces|NME|median|under 10 %|AUC"
    return {k: float(v) for k, v in re.findall(rf"({names}) ([\d.]+)", found)}


def by_definition(found: np.ndarray, true: np.ndarray) -> dict[str, float]:
    width, height = np.moveaxis(true.max(axis=1) - true.min(axis=1), 1, 0)
    distance = np.sqrt(((found - true) ** 2).sum(axis=2)).mean(axis=1)
    error = distance / np.sqrt(width * height)
    steps = np.linspace(0, 0.07, 70_001)  # the area itself, as a sum of thin slices
    return {
        "faces": len(true),
        "NME": 100 * error.mean(),
        "median": 100 * np.median(error),
        "under 10 %": 100 * (error < 0.1).mean(),
        "AUC": float(np.mean([(error <= step).mean() for step in steps])),
    }


def test_figures_are_those_of_their_definition(pack: Path, tmp_path: Path) -> None:
    weights = fan_file(tmp_path / "fan.safetensors")
    network = HeatmapNetwork(68, "conv-bn-relu", "nearest").eval()
    network.load_state_dict(read_fan(weights))
    held = Pack.open(pack)
    for options, rows in (((), np.arange(6)), (("--part", "alignment/two"), np.arange(3, 6))):
        frames = held.frames(rows)
        images = torch.from_numpy(frames.images()).permute(0, 3, 1, 2).float() / 255
        with torch.no_grad():
            found = 4 * peaks(network(images))[1].numpy()  # a map's pixel is four of the picture
        true = frames.landmarks.astype(float)
        done = measure(weights, "--pack", pack, *options)
        assert done.exit_code == 0, done.output
        assert line(done.output, weights) == pytest.approx(by_definition(found, true), rel=2e-3)
        mean = np.broadcast_to(true.mean(axis=0), true.shape)
        floor = line(done.output, "mean shape of these faces")
        assert floor == pytest.approx(by_definition(mean, true), rel=2e-3)
        assert 0 < floor["NME"] < 10
        assert "SYNTHETIC" not in done.output


def test_what_does_not_fit_is_one_line(pack: Path, tmp_path: Path) -> None:
    good = fan_file(tmp_path / "good.safetensors")
    other_crop = fan_file(tmp_path / "crop.safetensors", recipe="affine3")
    for weights, options, said in (
        (tmp_path / "none.safetensors", (), "no such file"),
        (other_crop, (), "a FAN of pictures cropped affine3"),
        (fan_file(tmp_path / "size.safetensors", size=128), (), "a FAN with size 128"),
        (good, ("--part", "alignment/six"), "no part 'alignment/six'; choose among alignment/one"),
        (good, ("--pack", pack), "a second pack of alignment"),
    ):
        error = measure(weights, "--pack", pack, *options).exception
        assert said in str(error)
        assert "\n" not in str(error)
    assert measure(f"any-crop:{other_crop}", "--pack", pack).exit_code == 0


def test_rendered_faces_are_called_synthetic(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Pack.open(pack)
    synthetic = opened.manifest.model_copy(update={"synthetic": True})
    monkeypatch.setattr(Pack, "open", lambda _: Pack(pack, synthetic))
    done = measure(fan_file(tmp_path / "fan.safetensors"), "--pack", pack)
    assert done.exit_code == 0, done.output
    assert "SYNTHETIC" in done.output
