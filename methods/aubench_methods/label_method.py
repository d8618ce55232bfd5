"""The base of methods whose network gives the intensities themselves."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from aubench.training.loader import Batch
from aubench.training.torch_method import TorchMethod


class LabelMethod(TorchMethod):
    """Learns the labels by their squared error; the prediction is the network's output, (B, A)."""

    def targets(self, batch: Batch) -> Tensor:
        """The labels, (B, A), 0–5; NaN = not coded."""
        return batch.labels

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """Mean squared error of the coded labels (B, A), one number; 0 where there are none."""
        known = targets.isfinite()
        error = (outputs - targets.nan_to_num()).square()
        loss: Tensor = (error * known).sum() / known.sum().clamp(min=1)
        return loss

    def decode(self, outputs: Any) -> Tensor:
        """The outputs themselves, (B, A)."""
        values: Tensor = outputs
        return values
