"""Face alignment as a torch method, one map per landmark; and the error of its landmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from aubench.frames import FloatArray, LabelledFrames
from aubench.heatmaps import REFERENCE_SIZE, draw, peaks
from aubench.training.loader import Batch
from aubench_methods.heatmap_method import ConvBlockMethod, ConvBlockRecipe
from aubench_methods.heatmap_network import LANDMARK_MAPS, STRIDE, HeatmapNetwork, check_size

AUC_LIMIT = 0.07
"""Errors above 7 % of the face count as failures (Bulat & Tzimiropoulos, ICCV 2017)."""


def normalised_error(found: FloatArray, true: FloatArray) -> FloatArray:
    """Mean distance of a face's points, over √(w·h) of the box around its true points.

    Args:
        found: (N, 68, 2) in pixels.
        true: (N, 68, 2) in pixels; points that are NaN do not count.

    Returns:
        (N,), a fraction; NaN where no point is known.
    """
    known = np.asarray(np.isfinite(true).all(axis=-1))
    distance = np.where(known, np.linalg.norm(found - np.nan_to_num(true), axis=-1), 0)
    count = known.sum(axis=1)
    low = np.where(known[..., None], true, np.inf).min(axis=1)
    high = np.where(known[..., None], true, -np.inf).max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        side = np.sqrt(np.where(count > 0, np.prod(high - low, axis=1), np.nan))
        error: FloatArray = distance.sum(axis=1) / count / side
    return error


def area_under_curve(errors: FloatArray) -> float:
    """Area under the share of faces with at most a given error, up to 7 %, over 7 %.

    A face of error e is part of the share from e on, so the area is the mean of
    max(0, 1 − e / 0.07).

    Args:
        errors: (N,), fractions; NaN does not count.

    Returns:
        0–1; NaN if no error counts.
    """
    errors = errors[np.isfinite(errors)]
    return float(np.clip(1 - errors / AUC_LIMIT, 0, None).mean()) if errors.size else float("nan")


@dataclass(frozen=True)
class FanRecipe(ConvBlockRecipe):
    """The recipe of a FAN.

    Attributes:
        sigma: Standard deviation of a landmark's map, in pixels of a 64×64 map. Doubt: not stated;
            default that of the FAN's own training code.
        tenth_every: Epochs after which ``lr`` falls to a tenth, again and again; 0 = cosines.
    """

    sigma: float = 1.75
    tenth_every: int = 0

    def learning_rate(self, progress: float) -> float:
        """The learning rate after ``progress`` epochs, which may be a fraction."""
        if not self.tenth_every:
            return super().learning_rate(progress)
        return self.lr * 0.1 ** int(progress // self.tenth_every)


class FaceAlignment(ConvBlockMethod):
    """Finds landmarks by maps; the epoch is chosen by the mean error on validation faces."""

    Settings: ClassVar[type] = FanRecipe
    settings: FanRecipe
    score_name: ClassVar[str] = "negative_nme"

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The heat-map network with 68 maps."""
        del aus
        check_size(size)
        return HeatmapNetwork(LANDMARK_MAPS, self.settings.order, self.settings.upsampling)

    def targets(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Maps (B, 68, h, w) of height 1, and which of them to learn from, (B, 68)."""
        size = batch.images.shape[-1] // STRIDE
        points = batch.landmarks / STRIDE
        height = torch.ones_like(points[..., 0])
        sigma = height * (self.settings.sigma * size / REFERENCE_SIZE)
        return draw(points[:, :, None], height, sigma, size)

    def decode(self, outputs: Any) -> Tensor:
        """Landmarks (B, 68, 2) in pixels of the picture."""
        _, places = peaks(outputs)
        return places * STRIDE

    def score(self, values: FloatArray, valid: LabelledFrames) -> float:
        """The mean normalised error, negative: unlike the AUC it tells bad epochs apart."""
        return -float(np.nanmean(normalised_error(values, valid.landmarks)))
