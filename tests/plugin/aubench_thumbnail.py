"""``thumbnail``: AU intensities as a linear function of a tiny picture."""

from dataclasses import dataclass

from torch import nn

from aubench.training.recipe import Recipe
from aubench.training.torch_method import TorchMethod


@dataclass(frozen=True)
class ThumbnailRecipe(Recipe):
    side: int = 16  # pixels; reachable by --set side=8, like every field of Recipe


class Thumbnail(TorchMethod):
    Settings = ThumbnailRecipe
    summary = "A linear regression on 16×16 pixels."

    def build(self, aus, size):
        side = self.settings.side
        linear = nn.Linear(3 * side * side, len(aus))
        return nn.Sequential(nn.AdaptiveAvgPool2d(side), nn.Flatten(), linear)

    def targets(self, batch):
        return batch.labels  # (B, A), 0–5, NaN where nobody coded the AU

    def loss(self, outputs, targets):
        known = targets.isfinite()
        error = (outputs - targets.nan_to_num()).square() * known
        return error.sum() / known.sum().clamp(min=1)

    def decode(self, outputs):
        return outputs  # (B, A): the prediction
