"""``aubench show augment``: the ends of every range, landmarks and targets moving along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from aubench.action_units import AU_CENTRES
from aubench.cli import cli
from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench.figures.augmentation.examples import Example, ExampleRow, rows
from aubench.recipes import NamedRecipe
from aubench.registry import find
from aubench.synthetic.twin import TwinOptions, twin
from aubench.training.loader import Batch, read_batches
from support.drawn import centres, drawn_frames

SIZE = 64


@pytest.fixture(scope="module")
def face() -> Batch:
    """A drawn face with AU 12 at its strongest, and a little of AU 2: away from the border."""
    frames = drawn_frames(["d/a"], 1, aus=(12, 2), size=SIZE, seed=3)
    frames.labels[:] = [4, 1]
    return next(read_batches(frames, [np.array([0])], torch.device("cpu")))


@pytest.fixture(scope="module")
def scratch(face: Batch) -> dict[str, ExampleRow]:
    recipe: dict[str, NamedRecipe] = find("methods", "scratch").recipes()
    return shown("scratch", face, **{k: str(v.value) for k, v in recipe["paper"].values.items()})


@pytest.fixture(scope="module")
def hr2018(face: Batch) -> dict[str, ExampleRow]:
    return shown("hr2018", face, jitter="0.2")


def shown(name: str, face: Batch, **settings: str) -> dict[str, ExampleRow]:
    found = rows(make_method(name, settings), name, face, seed=0)
    assert len({row.title for row in found}) == len(found)
    return {row.title: row for row in found}


def number(caption: str) -> float:
    return float(re.search(r"[−+]?[\d.]+", caption)[0].replace("−", "-"))  # type: ignore[index]  # every caption has a number


def arrow(cell: Example) -> float:
    return float(cell.caption.split("→")[1])


def test_every_augmentation_of_the_papers_has_a_row_with_its_numbers(
    scratch: dict[str, ExampleRow], hr2018: dict[str, ExampleRow]
) -> None:
    # Ntinou et al. 2020: flip, ±30°, colour jitter, 0.8–1.2, occlusion.
    titles = ["scratch", "Flip", "Rotation", "Scale", "Colour jitter", "Occlusion", "All together"]
    assert list(scratch) == titles
    assert "30°" in scratch["Rotation"].numbers
    assert "0.8–1.2" in scratch["Scale"].numbers
    # Sánchez-Lozano et al. 2018: landmarks, colours and labels.
    titles = ["hr2018", "Colour jitter", "Landmark noise", "Label noise", "All together"]
    assert list(hr2018) == titles
    assert "0.2·I" in hr2018["Label noise"].numbers


def test_the_ends_of_a_range_are_shown(
    scratch: dict[str, ExampleRow], hr2018: dict[str, ExampleRow]
) -> None:
    least, most, _ = (number(cell.caption) for cell in scratch["Rotation"].cells)
    assert -30 <= least < -28
    assert 28 < most <= 30
    least, most, _ = (number(cell.caption) for cell in scratch["Scale"].cells)
    assert 0.8 <= least < 0.82
    assert 1.18 < most <= 1.2
    assert [c.caption for c in scratch["Flip"].cells[:2]] == ["not mirrored", "mirrored"]
    least, most, _ = scratch["Occlusion"].cells
    # Sides of 0.1–0.4 cover 1–16 % of the picture.
    assert 0.8 <= number(least.caption) < 5 < number(most.caption) <= 17
    least, most, _ = hr2018["Label noise"].cells
    assert arrow(least) < 4 < arrow(most)  # of 256 normal draws the ends are beyond 2 σ of 0.8
    assert arrow(least) < 4 - 1.6 < 4 + 1.6 < arrow(most)


def test_an_augmentation_is_shown_by_itself(scratch: dict[str, ExampleRow], face: Batch) -> None:
    before = face.landmarks[0].numpy()
    middle = (SIZE - 1) / 2
    for cell in scratch["Scale"].cells:
        # Only scaled about the centre: neither turned nor mirrored, nor another colour.
        factor = number(cell.caption)
        np.testing.assert_allclose(
            cell.landmarks, middle + factor * (before - middle), atol=0.01 * SIZE
        )
    for cell in scratch["Colour jitter"].cells:
        np.testing.assert_allclose(cell.landmarks, before, atol=1e-5)


def test_targets_peak_where_the_landmarks_went(
    scratch: dict[str, ExampleRow], hr2018: dict[str, ExampleRow]
) -> None:
    checked = 0
    for row in (*scratch.values(), *hr2018.values()):
        for cell in row.cells:
            assert cell.target is not None
            top = np.array(np.unravel_index(cell.target.argmax(), cell.target.shape))[::-1]
            stride = SIZE / len(cell.target)
            spots = centres(cell.landmarks, 12) / stride
            inside = ((spots > 1) & (spots < len(cell.target) - 2)).all()
            if inside and row.title != "Label noise":
                assert np.linalg.norm(spots - top, axis=1).min() <= 1
                checked += 1
    assert checked > 25


def test_the_picture_goes_where_the_landmarks_go(scratch: dict[str, ExampleRow]) -> None:
    """The drawn face is brightest at the mouth corners."""
    for title in ("scratch", "Flip", "Rotation", "Scale"):
        for cell in scratch[title].cells:
            spots = np.rint(cell.landmarks[[p for (p,) in AU_CENTRES[12]]]).astype(int)
            bright = cell.picture.mean(axis=-1)
            assert min(bright[y, x] for x, y in spots) > np.percentile(bright, 90)


def test_label_noise_changes_the_target_and_not_the_picture(hr2018: dict[str, ExampleRow]) -> None:
    plain = hr2018["hr2018"].cells[0]
    least, most, _ = hr2018["Label noise"].cells
    for cell in (least, most):
        np.testing.assert_allclose(cell.landmarks, plain.landmarks, atol=1e-4)
        assert np.abs(cell.picture.astype(int) - plain.picture).max() <= 1
    assert (least.target > 1).sum() < (most.target > 1).sum()  # type: ignore[operator]  # the method draws targets


def test_what_a_setting_turns_off_is_not_shown(face: Batch) -> None:
    assert "Rotation" not in shown("scratch", face, rotation="0", scale="0.2")
    with pytest.raises(AubenchError, match="mean augments nothing"):
        rows(make_method("mean", {}), "mean", face, seed=0)


def test_a_regressor_is_drawn_without_targets(face: Batch) -> None:
    assert all(
        c.target is None for row in shown("resnet18", face, flip="0.5").values() for c in row.cells
    )


@pytest.mark.parametrize("chosen", [("hr2018",), ("scratch",), ("scratch", "--recipe", "paper")])
def test_the_command_writes_one_picture(
    chosen: tuple[str, ...], tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUBENCH_CACHE", str(cache))
    pack = twin("disfa", TwinOptions(size=64, frames=6))
    out = tmp_path / "sub" / "augment.png"
    arguments = ["--pack", str(pack), "--out", str(out), "--method", *chosen]
    done = CliRunner().invoke(cli, ["show", "augment", *arguments], catch_exceptions=False)
    assert done.output.strip() == f"wrote {out}"
    with Image.open(out) as picture:
        assert picture.width > 800
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    # SYNTHETIC stands at the top, in red.
    red, green, blue = np.moveaxis(pixels[:100], -1, 0)
    assert ((red > 150) & (green < 60) & (blue < 80)).sum() > 100


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--out", "augment.jpg"], "augment.jpg: the picture is a PNG"),
        (["--method", "scratch", "--recipe", "none"], "scratch augments nothing"),
        (["--method", "scratch", "--recipe", "house"], "has no recipe 'house'"),
        (["--method", "scrach"], "did you mean 'scratch'?"),
        (["--pack", "nowhere"], "nowhere: no pack"),
        (["--method", "scratch", "--set", "rotaton=3"], "did you mean 'rotation'?"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], wanted: str) -> None:
    done: Any = CliRunner().invoke(cli, ["show", "augment", *arguments])
    assert isinstance(done.exception, AubenchError)
    assert wanted in str(done.exception)
