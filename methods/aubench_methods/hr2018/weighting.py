"""The iterative AU weights of the 2018 paper, kept beside the network."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import smooth_l1_loss

LEAST = 0.1
"""The smallest weight of an AU."""


class Weighted(nn.Module):
    """A network, and the weights of the AUs in its loss.

    The weights come from the batch before, so they are part of what a stopped fit must find again:
    as a buffer they are in every checkpoint.

    Args:
        network: Makes N maps.
        maps: N.
    """

    weights: Tensor

    def __init__(self, network: nn.Module, maps: int) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("weights", torch.full((maps,), 1 / maps).clamp(min=LEAST))

    def forward(self, images: Tensor) -> Tensor:
        """What the network makes of the pictures."""
        maps: Tensor = self.network(images)
        return maps


def weighted_loss(maps: Tensor, targets: Tensor, known: Tensor, weights: Tensor) -> Tensor:
    """Σ_a w_a·E_a, E_a the mean smooth-L1 error of AU a; then ``weights`` becomes that of E.

    The new weight of an AU is its share of ΣE, at least `LEAST`; that of an AU which no frame of
    the batch has stays as it was.

    Args:
        maps: (B, A, H, W), predicted.
        targets: (B, A, H, W).
        known: (B, A) bool, the maps that count.
        weights: (A,), of the batch before; changed in place.
    """
    error = smooth_l1_loss(maps, targets, reduction="none").mean(dim=(-2, -1))
    count = known.sum(dim=0)
    errors = torch.where(known, error, 0.0).sum(dim=0) / count.clamp(min=1)
    loss = (weights.clone() * errors).sum()
    with torch.no_grad():
        share = errors / errors.sum().clamp(min=torch.finfo(errors.dtype).tiny)
        weights.copy_(torch.where(count > 0, share.clamp(min=LEAST), weights))
    return loss
