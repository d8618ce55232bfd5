"""``aubench predict`` on runs that nobody trained: making, calling and reading them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from click.testing import CliRunner
from PIL import Image

from aubench.cli import cli
from aubench.crops.crop import CROPS
from aubench.crops.sampling import Sampling
from aubench.crops.warp import warp
from aubench.evaluation.records import CorpusInfo, FoldInfo
from aubench.experiment.methods import make_method
from aubench.method import Fitted, RunContext
from aubench.protocol import Fold, Protocol
from aubench.training.checkpoint import Identity
from aubench.training.predictor import TorchPredictor, make_fabric, set_up
from support.drawn import face_points
from support.make_records import make_record

AUS = (1, 12)
SIZE = 64
FOLDS = ("a", "b")
PROTOCOL = Protocol(
    name="own",
    title="t",
    task="intensity",
    corpora=("disfa",),
    aus=AUS,
    folds=(Fold(name="a", train=("disfa/a",), valid=("disfa/b",), test=("disfa/c",)),),
    source="s",
    confidence="H",
)


def untrained(name: str, folder: Path, seed: int, gain: float = 1.0) -> TorchPredictor:
    """A predictor with random weights, statistics included, saved to ``folder``.

    With a larger ``gain`` its values are larger: small differences of pictures show in them.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    method: Any = make_method(name, {})
    network = method.deploy(method.build(AUS, SIZE))
    for _, buffer in network.named_buffers():
        if buffer.is_floating_point():
            buffer.add_(torch.rand(buffer.shape))
    *_, last = (each for each in network.parameters() if each.ndim > 1)
    last.data *= gain
    run = RunContext(AUS, folder)
    identity = Identity(name, {}, AUS, SIZE, seed, run.precision, ("disfa/a",), 1)
    fabric = make_fabric(run)
    predictor = TorchPredictor(method, set_up(network, fabric), fabric, identity, Fitted())
    predictor.save(folder)
    return predictor


def make_run(
    base: Path, name: str, recipe: str = "tight", *, gain: float = 1.0, **corpus: Any
) -> Path:
    """A run of ``name`` in ``base``; ``corpus`` are further fields of `CorpusInfo`."""
    make_record(
        base,
        PROTOCOL,
        name,
        corpus=CorpusInfo(
            **{
                "name": "disfa",
                "synthetic": True,
                "fingerprint": "0" * 16,
                "recipe": recipe,
                "size": SIZE,
                **corpus,
            }
        ),
        folds=tuple(FoldInfo(name=f, train_frames=1, valid_frames=1, test_frames=1) for f in FOLDS),
    )
    folder = base / "own" / f"{name}-official"
    for seed, fold in enumerate(FOLDS):
        untrained(name, folder / f"fold-{fold}", seed, gain)
    return folder


def scene(seed: int = 0, height: int = 120, width: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """A picture of coarse noise, and landmarks somewhere in it."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    return picture, (face_points(80) + np.array([30 + seed, 20])).astype(np.float32)


def write_pts(path: Path, points: np.ndarray) -> None:
    lines = [f"{x + 1} {y + 1}" for x, y in points.tolist()]  # the format counts from 1
    path.write_text("\n".join(["version: 1", "n_points: 68", "{", *lines, "}", ""]))


def cropped(
    picture: np.ndarray,
    points: np.ndarray,
    recipe: str = "tight",
    sampling: Sampling = "supersampling",
) -> np.ndarray:
    """The crop of a run on a twin, which are supersampled."""
    return warp(picture, CROPS[recipe].matrix(points, SIZE), SIZE, sampling)


def predict(*arguments: object) -> tuple[list[dict[str, str]], str]:
    """The rows on stdout, and stderr; mistakes are raised."""
    done = CliRunner().invoke(cli, ["predict", *map(str, arguments), "--device", "cpu"])
    if done.exception:
        raise done.exception
    reader = csv.DictReader(io.StringIO(done.stdout), skipinitialspace=True)
    return list(reader), done.stderr


def numbers(rows: list[dict[str, str]]) -> np.ndarray:
    return np.array([[float(r["AU01"] or "nan"), float(r["AU12"] or "nan")] for r in rows])
