"""Heat maps, drawn and decoded, against loops and definitions written out here."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from aubench.action_units import AU_CENTRES
from aubench.errors import AubenchError
from aubench.heatmaps import au_centres, draw, draw_intensities, masked_squared_error, peaks

AUS = (1, 2, 5, 6, 12, 17, 25)


def landmarks(count: int, size: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand((count, 68, 2), generator=generator, dtype=torch.float64) * size


def plain(points: np.ndarray, intensity: float, au: int, scale: float, size: int) -> np.ndarray:
    """Eq. 1 by the book: one AU of one face, pixel by pixel."""
    out = np.zeros((size, size))
    if intensity == 0:
        return out
    width = intensity * size / 64
    for group in AU_CENTRES[au]:
        x0 = sum(points[i, 0] for i in group) / len(group) * scale
        y0 = sum(points[i, 1] for i in group) / len(group) * scale
        for y in range(size):
            for x in range(size):
                d2 = (x - x0) ** 2 + (y - y0) ** 2
                out[y, x] = max(out[y, x], intensity * math.exp(-d2 / (2 * width**2)))
    return out


@pytest.mark.parametrize(("image_size", "size"), [(64, 16), (128, 32), (256, 64)])
def test_maps_equal_a_plain_loop(image_size: int, size: int) -> None:
    points = landmarks(2, image_size)
    intensity = torch.tensor(
        [[0, 1, 2, 3, 4, 5, 0.5], [5, 0, 1.5, 2, 1, 3, 4]], dtype=torch.float64
    )
    maps, known = draw_intensities(points, intensity, AUS, image_size, size)
    assert maps.shape == (2, len(AUS), size, size)
    assert known.all()
    for b in range(2):
        for k, au in enumerate(AUS):
            wanted = plain(points[b].numpy(), float(intensity[b, k]), au, 0.25, size)
            np.testing.assert_allclose(maps[b, k], wanted, atol=1e-12)


def test_the_exponent_may_be_without_its_2() -> None:
    """Against g(x) = a · exp(−d²/a²), whose top is as high and whose slopes are steeper."""
    points = torch.zeros(1, 68, 2, dtype=torch.float64)
    points[0, 57], points[0, 8] = torch.tensor([40.0, 80.0]), torch.tensor([200.0, 120.0])
    intensity = torch.tensor([[3.0]], dtype=torch.float64)
    maps, _ = draw_intensities(points, intensity, (17,), 256, 64, exponent="d2/a2")
    y, x = np.mgrid[:64, :64]
    squares = [(x - px / 4) ** 2 + (y - py / 4) ** 2 for px, py in ((40, 80), (200, 120))]
    np.testing.assert_allclose(maps[0, 0], 3 * np.exp(-np.minimum(*squares) / 9), atol=1e-12)


@pytest.mark.parametrize(("image_size", "size", "exact"), [(256, 64, 0.92), (128, 32, 0.73)])
def test_a_rounded_centre_puts_the_whole_intensity_on_a_pixel(
    image_size: int, size: int, exact: float
) -> None:
    """AU25 has one centre; anywhere between pixels, its top of 1 is so high on the nearest."""
    points = 32 + landmarks(400, image_size - 64, seed=3)
    ones = torch.ones(400, 1, dtype=torch.float64)
    free, _ = draw_intensities(points, ones, (25,), image_size, size, centre="exact")
    assert float(free.amax(dim=(-2, -1)).mean()) == pytest.approx(exact, abs=0.02)
    rounded, _ = draw_intensities(points, ones, (25,), image_size, size, centre="rounded")
    pixels = ((points[:, 62] + points[:, 66]) / 2 * size / image_size).round().long()
    tops = rounded[torch.arange(400), 0, pixels[:, 1], pixels[:, 0]]
    assert tops.eq(1).all()
    assert rounded.amax() == 1


def test_intensity_zero_is_a_zero_map_that_is_learned_from() -> None:
    maps, known = draw_intensities(landmarks(1, 64), torch.zeros(1, len(AUS)), AUS, 64, 16)
    assert known.all()
    assert not maps.any()


def test_what_is_unknown_is_masked_and_leaves_the_rest_alone() -> None:
    points = landmarks(2, 64).float()
    intensity = torch.full((2, len(AUS)), 3.0)
    wanted, _ = draw_intensities(points, intensity, AUS, 64, 16)
    intensity[0, 1] = math.nan  # AU2 is not coded in the first face
    points[1, 8] = math.nan  # the chin of the second is out of sight: it centres AU17 only
    maps, known = draw_intensities(points, intensity, AUS, 64, 16)
    expected = torch.ones(2, len(AUS), dtype=torch.bool)
    expected[0, 1] = expected[1, AUS.index(17)] = False
    assert torch.equal(known, expected)
    assert maps.isfinite().all()
    assert torch.equal(maps[expected], wanted[expected])


def test_an_unknown_map_has_no_gradient_and_does_not_dilute_the_others() -> None:
    predicted = torch.zeros(2, 3, 4, 4, requires_grad=True)
    targets = torch.ones(2, 3, 4, 4)
    targets[0] = 2
    known = torch.tensor([[True, False, True], [False, False, True]])
    loss = masked_squared_error(predicted, targets, known)
    assert loss.item() == pytest.approx((4 + 4 + 1) / 3)
    loss.backward()
    assert predicted.grad is not None
    assert not predicted.grad[~known].any()
    assert predicted.grad[known].all()


def test_emphasis_weighs_a_pixel_by_its_height() -> None:
    targets = torch.tensor([[[[0.0, 2.0], [0.0, 4.0]]]])
    predicted = targets + torch.tensor([[1.0, 1.0], [2.0, 3.0]])
    loss = masked_squared_error(predicted, targets, torch.ones(1, 1).bool(), emphasis=0.5)
    assert loss.item() == (1 * 1 + 2 * 1 + 1 * 4 + 3 * 9) / 4


def test_a_batch_without_any_label_has_a_loss_of_zero() -> None:
    predicted = torch.ones(1, 2, 4, 4, requires_grad=True)
    loss = masked_squared_error(predicted, predicted.detach() * 0, torch.zeros(1, 2).bool())
    loss.backward()
    assert loss.item() == 0
    assert predicted.grad is not None
    assert not predicted.grad.any()


def test_centres_are_means_and_a_spare_slot_repeats_the_first() -> None:
    points = landmarks(1, 64)
    found = au_centres(points, (4, 12))[0]
    assert torch.equal(found[0, 0], points[0, 21])
    torch.testing.assert_close(found[0, 2], (points[0, 21] + points[0, 22] + points[0, 27]) / 3)
    assert torch.equal(found[1, 1], points[0, 54])
    assert torch.equal(found[1, 2], found[1, 0])


def test_an_au_without_a_place_is_refused() -> None:
    with pytest.raises(AubenchError, match="AU7 has no landmark centres"):
        au_centres(landmarks(1, 64), (1, 7))


def test_value_and_place_come_back() -> None:
    generator = torch.Generator().manual_seed(1)
    places = 3 + torch.rand((4, 5, 1, 2), generator=generator, dtype=torch.float64) * 26
    height = 1 + torch.rand((4, 5), generator=generator, dtype=torch.float64) * 4
    maps, _ = draw(places, height, torch.full_like(height, 1.5), 32)
    value, place = peaks(maps)
    torch.testing.assert_close(place, places[:, :, 0], atol=1e-9, rtol=0)
    offset = places[:, :, 0] - places[:, :, 0].round()
    on_grid = height * torch.exp(-offset.square().sum(-1) / (2 * 1.5**2))
    torch.testing.assert_close(value, on_grid)


def test_a_peak_at_the_border_or_in_an_empty_map_stays_on_its_pixel() -> None:
    maps = torch.zeros(1, 3, 8, 8)
    maps[0, 0, 0, 7] = 2.0
    maps[0, 1, 4, 3] = 1.0  # neighbours of zero: nothing to fit a Gaussian to
    value, place = peaks(maps)
    assert value.tolist() == [[2.0, 1.0, 0.0]]
    assert place[0, 0].tolist() == [7.0, 0.0]
    assert place[0, 1].tolist() == [3.0, 4.0]
