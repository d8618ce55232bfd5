"""The augmentations of the papers: the setting of each, and how to measure it on a face.

An augmentation is found by the name of its setting, so methods of other packages are shown, too, if
they name their settings as the built-in methods do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from typing import Any

import torch
from torch import Tensor

from aubench.action_units import column
from aubench.crops.crop import Affine3
from aubench.landmarks import MIRROR
from aubench.training.loader import Batch

CHANGED = 0.02
"""A pixel (0–1) that differs by more counts as covered; interpolation changes less."""


@dataclass(frozen=True)
class Effect:
    """One augmentation.

    Attributes:
        setting: Field of a recipe that sets its strength; 0 turns it off.
        title: Name of the augmentation.
        numbers: Its range in words, from the settings.
        measure: Face before (one), faces after (B) → (B,) how much each was changed; NaN where
            it was left unchanged by chance.
        caption: A measurement in words, with the face before.
    """

    setting: str
    title: str
    numbers: Callable[[Any], str]
    measure: Callable[[Batch, Batch], Tensor]
    caption: Callable[[float, Batch], str]


def _similarity(before: Batch, after: Batch) -> Tensor:
    """(B,) complex: the turn and scale that best map the landmarks before to those after."""
    start, end = (
        torch.view_as_complex((b.landmarks - b.landmarks.mean(dim=1, keepdim=True)).contiguous())
        for b in (before, after)
    )
    factor: Tensor = (start.conj() * end).sum(dim=1) / start.abs().square().sum(dim=1)
    return factor


def _turn(before: Batch, after: Batch) -> Tensor:
    return torch.rad2deg(_similarity(before, after).angle())


def _growth(before: Batch, after: Batch) -> Tensor:
    growth: Tensor = _similarity(before, after).abs()
    return growth


def _mirrored(before: Batch, after: Batch) -> Tensor:
    """(B,) positive where the landmarks are nearer to the mirrored ones than to those before."""
    flipped = before.landmarks[:, list(MIRROR)].clone()
    flipped[..., 0] = before.images.shape[-1] - 1 - flipped[..., 0]
    apart = [(after.landmarks - b).norm(dim=-1).mean(dim=1) for b in (before.landmarks, flipped)]
    nearer: Tensor = apart[0] - apart[1]
    return nearer


def _light(before: Batch, after: Batch) -> Tensor:
    change: Tensor = after.images.mean(dim=(1, 2, 3)) / before.images.mean() - 1
    return change


def _covered(before: Batch, after: Batch) -> Tensor:
    """(B,) the share of the picture that is covered."""
    changed = ((after.images - before.images).abs() > CHANGED).any(dim=1).float().mean(dim=(1, 2))
    return torch.where(changed > 0, changed, torch.nan)


def _misplaced(before: Batch, after: Batch) -> Tensor:
    """(B,) mean distance of the registered points from their places, pixels of 256×256."""
    points = list(Affine3().points)
    apart = (after.landmarks - before.landmarks)[:, points].norm(dim=-1).mean(dim=1)
    pixels: Tensor = apart * 256 / before.images.shape[-1]
    return pixels


def _first_label(before: Batch, after: Batch) -> Tensor:
    del before
    return after.labels[:, 0]


def _label_form(settings: Any) -> str:
    noise = f"{settings.label_noise:g}·I"
    return f"|z|·{noise}" if settings.label_noise_form == "printed" else f"I + {noise}·z"


def _signed(value: float, digits: int, unit: str) -> str:
    """A number with its sign and unit; the minus is a real minus."""
    return f"{value:+.{digits}f}{unit}".replace("-", "−")


EFFECTS = (
    Effect(
        "flip",
        "Flip",
        lambda s: f"probability {s.flip:g}",
        _mirrored,
        lambda value, _: "mirrored" if value > 0 else "not mirrored",
    ),
    Effect(
        "rotation",
        "Rotation",
        lambda s: f"±{s.rotation:g}°, uniform",
        _turn,
        lambda value, _: _signed(value, 1, "°"),
    ),
    Effect(
        "scale",
        "Scale",
        lambda s: f"{1 - s.scale:g}–{1 + s.scale:g}, uniform",
        _growth,
        lambda value, _: f"× {value:.2f}",
    ),
    Effect(
        "jitter",
        "Colour jitter",
        lambda s: f"±{100 * s.jitter:g} % each: brightness,\ncontrast, saturation, channels",
        _light,
        lambda value, _: f"mean light {_signed(100 * value, 0, ' %')}",
    ),
    Effect(
        "occlusion",
        "Occlusion",
        lambda s: f"probability {s.occlusion:g},\nsides 0.1–0.4 of the picture",
        _covered,
        lambda value, _: "nothing covered" if isnan(value) else f"{100 * value:.1f} % covered",
    ),
    Effect(
        "landmark_noise",
        "Landmark noise",
        lambda s: f"σ = {s.landmark_noise:g} px of 256,\nbefore registration",
        _misplaced,
        lambda value, _: f"chin, eyes off by {value:.1f} px",
    ),
    Effect(
        "label_noise",
        "Label noise",
        lambda s: f"{_label_form(s)}, z normal",
        _first_label,
        lambda value, face: f"{column(face.aus[0])}: {face.labels[0, 0]:g} → {value:.1f}",
    ),
)
"""In the order of the figure: those of Ntinou et al. 2020, then of Sánchez-Lozano et al. 2018."""
