"""What tests of studies share: a small twin, the CSV of a figure, and the scores of a run."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

TWIN = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu", "--protocol", "disfa3fold")
Call = Callable[..., str]


def figure_rows(stem: Path) -> list[dict[str, str]]:
    """The CSV of a study whose figure is there, too."""
    with Image.open(stem.with_suffix(".png")) as picture:
        assert picture.width > 500
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    red, green, blue = np.moveaxis(pixels[:120], -1, 0)
    assert ((red > 150) & (green < 60) & (blue < 80)).sum() > 100  # SYNTHETIC, in red
    assert stem.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores_of(found: list[dict[str, str]], place: str, value: float) -> dict[str, dict[str, Any]]:
    """Metric → AU or ``mean`` → (score, low, high) as floats, at one place of the axis."""
    out: dict[str, dict[str, Any]] = {}
    for row in found:
        if float(row[place]) == value:
            numbers = [float(row[k]) if row[k] else None for k in ("score", "low", "high")]
            out.setdefault(row["metric"], {})[row["au"]] = numbers
    return out


def kept_scores(run: Path) -> dict[str, dict[str, Any]]:
    """The same from a run's record."""
    record = json.loads((run / "record.json").read_text())
    out: dict[str, dict[str, Any]] = {}
    for metric, score in record["scores"]["raw"].items():
        names = [*(f"AU{au:02d}" for au in record["aus"]), "mean"]
        spans = [*score["intervals"], score["mean_interval"]]
        values = [*score["values"], score["mean"]]
        out[metric] = {
            name: [value, *(span or (None, None))]
            for name, value, span in zip(names, values, spans, strict=True)
        }
    return out


def trained_folder(results: Path, c: str) -> Path:
    for path in (results / "disfa3fold" / "geometric-svr").glob("*/record.json"):
        if json.loads(path.read_text())["method"]["settings"]["c"] == float(c):
            return path.parent
    raise AssertionError(c)
