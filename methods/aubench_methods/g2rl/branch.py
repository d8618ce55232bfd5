"""The geometry branch: a graph of the landmarks becomes a vector G."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from aubench.training.loader import Batch

LANDMARKS = 68
VECTOR = 256
"""Length of G."""

Adjacency = Literal["row", "symmetric", "none", "affinity"]
"""How distances d become A: divided by the sum of their row (``row``); by the roots of the sums of
their row and column (``symmetric``); or unchanged (``none``). These weigh far points most, and
leave a point itself out. ``affinity`` is exp(−d²/2s²), s the mean distance of the face, with every
point its own neighbour, divided as for ``symmetric`` (Kipf & Welling 2017). Doubt: the paper says
only that A is determined by Euclidean distances."""


def relative(batch: Batch) -> Tensor:
    """The landmarks of a batch, (B, 68, 2), −1 to 1 across the picture; NaN where unknown."""
    half = batch.images.shape[-1] / 2
    return (batch.landmarks + 0.5) / half - 1


def adjacency(points: Tensor, known: Tensor, kind: Adjacency) -> Tensor:
    """The weighted graph of every face.

    Args:
        points: (B, 68, 2), finite.
        known: (B, 68) bool; a point that is not known has no edges.
        kind: See `Adjacency`.

    Returns:
        (B, 68, 68), normalised; zero on the diagonal, but for ``affinity``.
    """
    offsets = points[:, :, None] - points[:, None]
    tiny = torch.finfo(points.dtype).tiny
    pairs = known[:, :, None] & known[:, None]
    weights = offsets.square().sum(dim=-1).sqrt() * pairs
    if kind == "affinity":
        count = known.sum(dim=-1)
        mean = weights.sum(dim=(1, 2)) / (count * (count - 1)).clamp(min=1)
        scaled = weights / mean.clamp(min=tiny)[:, None, None]
        weights = torch.exp(-0.5 * scaled.square()) * pairs
    degree = weights.sum(dim=-1).clamp(min=tiny)
    if kind == "none":
        return weights
    if kind == "row":
        return weights / degree[:, :, None]
    return weights * degree.rsqrt()[:, :, None] * degree.rsqrt()[:, None]


class GraphLayer(nn.Module):
    """ReLU(A F W).

    Args:
        inputs: Features of a node that come in.
        outputs: Features that go out.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=False)

    def forward(self, graph: Tensor, features: Tensor) -> Tensor:
        """A (B, V, V), F (B, V, inputs) → (B, V, outputs)."""
        return torch.relu(graph @ self.linear(features))


class GeometryBranch(nn.Module):
    """Three graph layers, concatenated; a 1×1 convolution; three fully connected layers.

    Args:
        width: Features of a node in every layer and after the convolution. Doubt: not stated.
        kind: Of adjacency.
    """

    def __init__(self, width: int, kind: Adjacency) -> None:
        super().__init__()
        self.kind: Adjacency = kind
        self.layers = nn.ModuleList(GraphLayer(n, width) for n in (2, width, width))
        self.mix = nn.Conv1d(3 * width, width, 1)
        self.vector = nn.Sequential(
            *(nn.Flatten(), nn.Linear(width * LANDMARKS, VECTOR), nn.ReLU(inplace=True)),
            *(nn.Linear(VECTOR, VECTOR), nn.ReLU(inplace=True), nn.Linear(VECTOR, VECTOR)),
        )

    def forward(self, landmarks: Tensor) -> Tensor:
        """G, (B, 256).

        Args:
            landmarks: (B, 68, 2), −1 to 1 across the picture; NaN where unknown.
        """
        known = landmarks.isfinite().all(dim=-1)
        points = torch.where(known[..., None], landmarks, 0.0)
        graph = adjacency(points, known, self.kind)
        seen = [points]
        for layer in self.layers:
            seen.append(layer(graph, seen[-1]))
        mixed = self.mix(torch.cat(seen[1:], dim=-1).transpose(1, 2))
        vector: Tensor = self.vector(mixed)
        return vector
