"""Heat maps: drawn for a whole batch at once, on any device, and decoded back.

Ntinou et al. 2020 (arXiv 2004.06657), Eq. 1: an AU of intensity a, centred on p, shows as
``g(x) = a · exp(−‖x − p‖² / 2a²)``; its map is the maximum over the AU's centres, and its
intensity is the maximum of the map. Doubt: the equation is garbled in the text that we have, so
that the 2 in the denominator may not be there (`Exponent`).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from aubench.action_units import AU_CENTRES
from aubench.errors import AubenchError

REFERENCE_SIZE = 64
"""Width and height of the paper's maps (256x256 pictures), in whose pixels widths are given."""


Exponent = Literal["d2/2a2", "d2/a2"]
"""Exponent of the map of an AU of intensity a, at the distance d of its centre, without the sign.

Doubt: Eq. 1 of Ntinou et al. 2020 can be read as either. The first is the usual Gaussian of
standard deviation a; code by one of the authors for a neighbouring work has no 2."""

Centre = Literal["exact", "rounded"]
"""Where the map of an AU has its top: on the AU's very place, or on the pixel nearest to it.

Doubt: the paper does not say; code by one of the authors rounds. Where tops lie
anywhere, the largest pixel of a map of intensity 1 is on average .92 at 256 pixels, .73 at 128."""


def au_centres(landmarks: Tensor, aus: tuple[int, ...]) -> Tensor:
    """Where the heat map of every AU peaks.

    Args:
        landmarks: (B, 68, 2), any unit; NaN where unknown.
        aus: A Action Units with rows in `aubench.action_units.AU_CENTRES`.

    Returns:
        (B, A, P, 2) in the unit of ``landmarks``, P being the largest number of centres of one AU;
        an AU with fewer repeats its first, which leaves a maximum over centres as it is.

    Raises:
        AubenchError: If an AU has no place in the table.
    """
    index, weight = _centre_table(aus)
    picked = landmarks[:, index.to(landmarks.device)]
    return (picked * weight.to(landmarks)[..., None]).sum(dim=-2)


@cache
def _centre_table(aus: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Landmarks of every centre, (A, P, Q) int64, and their weights, (A, P, Q), summing to 1."""
    if missing := [au for au in aus if au not in AU_CENTRES]:
        raise AubenchError(
            f"AU{missing[0]} has no landmark centres",
            mend=f"choose among AUs {', '.join(map(str, AU_CENTRES))}",
        )
    most = max(len(AU_CENTRES[au]) for au in aus)
    widest = max(len(point) for au in aus for point in AU_CENTRES[au])
    # Kept between calls, so never on the meta device that a caller may have chosen for one.
    index = torch.zeros(len(aus), most, widest, dtype=torch.int64, device="cpu")
    weight = torch.zeros(len(aus), most, widest, dtype=torch.float64, device="cpu")
    for a, au in enumerate(aus):
        points = AU_CENTRES[au]
        for p in range(most):
            point = points[p] if p < len(points) else points[0]
            # Unused slots repeat a landmark that counts: a NaN elsewhere must not leak in.
            slots = [*point, *[point[0]] * (widest - len(point))]
            index[a, p] = torch.tensor(slots, device="cpu")
            weight[a, p, : len(point)] = 1 / len(point)
    return index, weight


def draw(
    centres: Tensor, amplitude: Tensor, sigma: Tensor, size: int, reach: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Maps ``amplitude · exp(−‖x − p‖² / 2·sigma²)``, maximum over the centres p.

    Args:
        centres: (B, K, P, 2), x and y in map pixels, pixel centres at integers; NaN where unknown.
        amplitude: (B, K), height of the peak; NaN where unknown.
        sigma: (B, K), standard deviation in map pixels. A map with ``sigma`` 0 is zero everywhere.
        size: Width and height of the maps.
        reach: (B, K) map pixels; farther than this from p, along x or y, the map is zero. No limit
            when None.

    Returns:
        Maps (B, K, size, size), finite, and (B, K) bool: False where the centre or the amplitude
        is unknown, so that the map (zero) must not be learned from.
    """
    known = centres.isfinite().all(dim=-1).all(dim=-1) & amplitude.isfinite()
    shown = known & (sigma > 0)
    pixels = torch.arange(size, device=centres.device, dtype=centres.dtype)
    spread = torch.where(shown, sigma, 1.0)[..., None]
    height = torch.where(shown, amplitude, 0.0)[..., None, None]
    maps: Tensor | None = None
    for centre in torch.where(shown[..., None, None], centres, 0.0).unbind(dim=2):
        # A Gaussian is separable: two rows of exponentials instead of a plane of them.
        offsets = [pixels - c[..., None] for c in centre.unbind(-1)]
        x, y = (torch.exp(-0.5 * (offset / spread) ** 2) for offset in offsets)
        if reach is not None:
            x, y = (
                factor * (offset.abs() <= reach[..., None])
                for factor, offset in zip((x, y), offsets, strict=True)
            )
        plane = y[..., :, None] * x[..., None, :]
        maps = plane if maps is None else torch.maximum(maps, plane)
    assert maps is not None
    return maps * height, known


def draw_intensities(
    landmarks: Tensor,
    intensity: Tensor,
    aus: tuple[int, ...],
    image_size: int,
    size: int,
    *,
    exponent: Exponent = "d2/2a2",
    centre: Centre = "exact",
) -> tuple[Tensor, Tensor]:
    """The target maps of Ntinou et al. 2020: amplitude and width both from the intensity.

    An image point times ``size / image_size`` is a map point (the paper: 0.25). The width is the
    intensity in pixels of the paper's 64x64 map, and scales with the map, so that a map covers the
    same part of the face at every size.

    Args:
        landmarks: (B, 68, 2) in image pixels; NaN where unknown.
        intensity: (B, A), 0–5; NaN = not coded. 0 gives a zero map.
        aus: The A Action Units.
        image_size: Width and height of the picture in pixels.
        size: Width and height of the maps in pixels.
        exponent: How the width follows from the intensity.
        centre: Where a map has its top.

    Returns:
        Maps (B, A, size, size), 0–5, and (B, A) bool, True where a map may be learned from.
    """
    centres = au_centres(landmarks, aus) * (size / image_size)
    if centre == "rounded":
        centres = centres.round()
    width = size / REFERENCE_SIZE * (1 if exponent == "d2/2a2" else math.sqrt(0.5))
    return draw(centres, intensity, intensity * width, size)


def peaks(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Value and place of the maximum of every map.

    The place is refined between pixels by a parabola through the logarithms of the maximum and its
    neighbours, along x and along y, which is exact for a Gaussian; at a border, or beside a value
    that is not positive, it stays on the pixel.

    Args:
        maps: (B, K, H, W).

    Returns:
        Values (B, K) and places (B, K, 2): x and y in map pixels.
    """
    height, width = maps.shape[-2:]
    flat = maps.flatten(2)
    value, index = flat.max(dim=-1)
    x, y = index % width, index // width
    shift_x = _parabola(flat, index, 1, (x > 0) & (x < width - 1))
    shift_y = _parabola(flat, index, width, (y > 0) & (y < height - 1))
    return value, torch.stack([x + shift_x, y + shift_y], dim=-1)


def _parabola(flat: Tensor, index: Tensor, stride: int, inside: Tensor) -> Tensor:
    """Offset of the top, within ±0.5 pixel, from the neighbours at ``index ± stride``."""
    last = flat.shape[-1] - 1
    low, mid, high = (
        flat.gather(-1, (index + step).clamp(0, last)[..., None])[..., 0]
        for step in (-stride, 0, stride)
    )
    usable = inside & (low > 0) & (high > 0)
    low, mid, high = (torch.where(usable, v, 1.0).log() for v in (low, mid, high))
    bend = low - 2 * mid + high
    return torch.where(bend < 0, (low - high) / (2 * bend).clamp(max=-1e-12), 0.0).clamp(-0.5, 0.5)


def masked_squared_error(
    maps: Tensor, targets: Tensor, known: Tensor, emphasis: float = 0.0
) -> Tensor:
    """Mean over pixels, then over the maps that may be learned from; 0 where there are none.

    Args:
        maps: (B, K, H, W), predicted.
        targets: (B, K, H, W), finite and not negative.
        known: (B, K) bool.
        emphasis: A pixel of height t weighs 1 + emphasis · t. Nearly all pixels are 0, and plain
            squared error (0) is content with empty maps for thousands of steps.
    """
    error = ((1 + emphasis * targets) * (maps - targets).square()).mean(dim=(-2, -1))
    return torch.where(known, error, 0.0).sum() / known.sum().clamp(min=1)
