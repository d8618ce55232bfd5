"""Augmentation: every frame by its own draw, within its range, landmarks with the pixels."""

from __future__ import annotations

import numpy as np
import torch

from aubench.heatmaps import peaks
from aubench.landmarks import MIRROR
from aubench.training.augment import augment, jitter, move, occlude
from aubench.training.loader import Batch
from aubench.training.recipe import Recipe
from support.drawn import mirror

SIZE = 64

EVERYTHING = Recipe(flip=0.5, rotation=30, scale=0.2, jitter=0.2, occlusion=0.3)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def blob_batch(count: int, point: int) -> Batch:
    """Pictures with one bright spot, at landmark ``point``."""
    landmarks = 20 + torch.rand((count, 68, 2), generator=generator(1)) * 24
    grid = torch.stack(torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="xy"), -1)
    d2 = (grid - landmarks[:, point, None, None]).square().sum(-1)
    images = torch.exp(-d2 / (2 * 2.0**2))[:, None].repeat(1, 3, 1, 1)
    return Batch(images, landmarks, torch.zeros(count, 2), (1, 2))


def test_landmarks_move_with_the_pixels() -> None:
    point = 36
    batch = blob_batch(64, point)
    moved = move(batch, EVERYTHING, generator())
    _, seen = peaks(moved.images[:, :1])
    mirrored = torch.tensor([MIRROR.index(i) for i in range(68)])[point]
    plain = (moved.landmarks[:, point] - seen[:, 0]).norm(dim=-1)
    renamed = (moved.landmarks[:, mirrored] - seen[:, 0]).norm(dim=-1)
    assert torch.minimum(plain, renamed).max() < 0.3
    assert 16 < (renamed < 0.3).sum() < 48  # about half of 64 are flipped


def test_a_flip_alone_is_the_mirrored_picture_and_the_mirrored_markup() -> None:
    batch = blob_batch(3, 10)
    moved = move(batch, Recipe(flip=1), generator())
    torch.testing.assert_close(moved.images, batch.images.flip(-1), atol=1e-4, rtol=0)
    wanted = mirror(batch.landmarks.numpy(), SIZE)
    np.testing.assert_allclose(moved.landmarks, wanted, atol=1e-4)


def test_rotation_and_scale_stay_in_their_ranges_and_fill_them() -> None:
    batch = blob_batch(400, 0)
    moved = move(batch, Recipe(rotation=30, scale=0.2), generator())
    # The similarity behind each draw, from two landmarks as complex numbers.
    before = torch.view_as_complex(batch.landmarks[:, 1] - batch.landmarks[:, 0])
    after = torch.view_as_complex(moved.landmarks[:, 1] - moved.landmarks[:, 0])
    factor = after / before
    angles, scales = torch.rad2deg(factor.angle()), factor.abs()
    for values, low, high in ((angles, -30, 30), (scales, 0.8, 1.2)):
        span = high - low
        assert low - 1e-3 <= values.min() < low + span / 20
        assert high - span / 20 < values.max() <= high + 1e-3


def test_unknown_landmarks_stay_unknown() -> None:
    batch = blob_batch(2, 0)
    batch.landmarks[0, 8] = torch.nan
    moved = move(batch, Recipe(rotation=30, scale=0.2), generator())
    assert moved.landmarks[0, 8].isnan().all()
    assert moved.landmarks.isnan().sum() == 2


def test_jitter_changes_colour_per_picture_within_its_range() -> None:
    images = torch.full((200, 3, 4, 4), 0.5)
    changed = jitter(images, 0.2, generator())
    # A flat grey has no contrast; gain and brightness are left, 1 ± 0.2 each.
    assert changed.min() >= 0.5 * 0.8 * 0.8 * 0.8
    assert changed.max() <= 0.5 * 1.2 * 1.2 * 1.2
    assert changed[:, :, 0, 0].unique(dim=0).shape[0] == 200
    assert torch.equal(jitter(images, 0, generator()), images)
    noise = torch.rand((5, 3, 8, 8), generator=generator())
    changed = jitter(noise, 0.9, generator())
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_occlusion_covers_a_rectangle_of_one_colour() -> None:
    images = torch.full((300, 3, SIZE, SIZE), -1.0)
    covered = occlude(images, 0.5, generator())
    inside = covered[:, 0] >= 0
    struck = inside.any(-1).any(-1)
    assert 110 < struck.sum() < 190
    for picture, mask in zip(covered[struck], inside[struck], strict=True):
        rows, columns = mask.any(1).sum(), mask.any(0).sum()
        assert rows * columns == mask.sum()
        assert min(rows, columns) >= 0.1 * SIZE - 1
        assert max(rows, columns) <= 0.4 * SIZE + 1
        assert picture[:, mask].unique(dim=1).shape[1] == 1


def test_nothing_is_drawn_but_from_the_generator() -> None:
    batch = blob_batch(8, 3)
    once, again = (augment(batch, EVERYTHING, generator(5)) for _ in range(2))
    other = augment(batch, EVERYTHING, generator(6))
    assert torch.equal(once.images, again.images)
    assert torch.equal(once.landmarks, again.landmarks)
    assert not torch.equal(once.images, other.images)


def test_everything_off_changes_nothing() -> None:
    batch = blob_batch(3, 3)
    same = augment(batch, Recipe(), generator())
    torch.testing.assert_close(same.images, batch.images, atol=1e-5, rtol=0)
    torch.testing.assert_close(same.landmarks, batch.landmarks)
