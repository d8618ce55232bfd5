"""Support vector regression on landmarks."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench.metrics import mean_icc
from aubench_methods.geometric.shape import shape
from support.drawn import drawn_frames, face_points
from support.tiny import context


def smiling_frames(count: int, seed: int = 0, subject: str = "d/a") -> Any:
    """Turned, moved and scaled faces whose mouth corners rise with AU 12; AU 1 shows nowhere."""
    rng = np.random.default_rng(seed)
    frames = drawn_frames([subject], count, size=32, seed=seed)
    points = np.tile(face_points(100), (count, 1, 1)) + rng.normal(0, 0.3, (count, 68, 2))
    points[:, [48, 54], 1] -= 1.5 * frames.labels[:, 1:]
    angle, scale = rng.uniform(-0.5, 0.5, count), rng.uniform(0.5, 2, count)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = np.einsum("ijn,npj->npi", turn * scale, points) + rng.normal(0, 50, (count, 1, 2))
    return dataclasses.replace(frames, points=moved.astype(np.float32))


def test_shape_knows_no_place_size_or_turn() -> None:
    still = shape(smiling_frames(1).landmarks)
    corners = still[0, [36, 45]], still[0, [68 + 36, 68 + 45]]
    np.testing.assert_allclose(corners, [[-0.5, 0.5], [0, 0]], atol=1e-12)
    points = face_points(64)
    turned = (points @ np.array([[0.6, 0.8], [-0.8, 0.6]])) * 3 + 17
    found = shape(np.stack([points, turned]).astype(np.float32))
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)
    assert found[0, 68 + 8] > 0.5  # the chin is below the eyes
    lost = np.stack([points, points]).astype(np.float32)
    lost[0, 3], lost[1, 36] = np.nan, np.nan
    assert np.isnan(shape(lost)).sum(axis=1).tolist() == [2, 136]


def test_it_is_scikit_learns_machine_on_standard_features(tmp_path: Path) -> None:
    train, test = smiling_frames(300), smiling_frames(40, seed=1, subject="d/t")
    train.labels[::7, 0] = np.nan
    predictor = make_method("geometric-svr", {"c": "2.0"}).fit(train, test, context(tmp_path))
    values = predictor.predict(test.unlabelled())
    fixed = [36, 45, 68 + 36, 68 + 45]  # the eye corners: constant, so nothing to a machine

    def moving(frames: Any) -> np.ndarray:
        return np.delete(shape(frames.landmarks), fixed, axis=1)

    scaler = StandardScaler().fit(moving(train))
    for a in range(2):
        coded = np.isfinite(train.labels[:, a])
        features = scaler.transform(moving(train))[coded]
        machine = SVR(C=2.0, epsilon=0.1, gamma=1 / 136).fit(features, train.labels[coded, a])
        wanted = machine.predict(scaler.transform(moving(test)))
        np.testing.assert_allclose(values[:, a], wanted, atol=1e-4)
    assert mean_icc(test.labels[:, 1:], values[:, 1:]) > 0.7
    assert mean_icc(test.labels[:, :1], values[:, :1]) < 0.4


def test_frames_are_drawn_by_the_seed(tmp_path: Path) -> None:
    train, test = smiling_frames(40), smiling_frames(9, seed=1).unlabelled()
    few: Any = make_method("geometric-svr", {"frames": "15"})
    first, again, other = (
        few.fit(train, train, context(tmp_path, seed=seed)) for seed in (1, 1, 2)
    )
    assert first.predict(test).tobytes() == again.predict(test).tobytes()
    assert not np.array_equal(first.predict(test), other.predict(test))
    assert all(len(machine.vectors) <= 15 for machine in first.machines.values())


def test_what_is_unknown_counts_as_average(tmp_path: Path) -> None:
    train = smiling_frames(30)
    train.labels[:, 0] = np.nan
    points = train.landmarks.copy()
    points[:, :17] = np.nan  # the markup of 49 points has no jaw
    train = replace(train, points=points)
    predictor = make_method("geometric-svr", {}).fit(train, train, context(tmp_path))
    frames = smiling_frames(3, seed=1).unlabelled()
    points = frames.landmarks.copy()
    points[0] = np.nan
    frames = replace(frames, points=points)
    values = predictor.predict(frames)
    assert not values[:, 0].any()  # nobody coded it
    predictor.save(tmp_path / "kept")
    loaded = make_method("geometric-svr", {}).load(tmp_path / "kept", context(tmp_path))
    assert loaded.predict(frames).tobytes() == values.tobytes()


def test_wrong_files_and_settings_are_told(tmp_path: Path) -> None:
    method = make_method("geometric-svr", {})
    with pytest.raises(AubenchError, match="not a saved geometric-svr"):
        method.load(tmp_path, context(tmp_path))
    (tmp_path / "geometric-svr.safetensors").write_bytes(b"\0" * 40)
    with pytest.raises(AubenchError, match="not a saved geometric-svr"):
        method.load(tmp_path, context(tmp_path))
    with pytest.raises(AubenchError, match="c=0"):
        make_method("geometric-svr", {"c": "0"})
