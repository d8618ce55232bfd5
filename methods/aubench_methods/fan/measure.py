"""Measures any FAN on faces with landmarks, beside what knows nothing of a face: the mean shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from aubench.errors import AubenchError
from aubench.frames import FloatArray, LabelledFrames
from aubench.method import RunContext
from aubench.pack.manifest import Manifest
from aubench.training.predictor import decode_all, make_fabric, set_up
from aubench_methods.fan.alignment import (
    FaceAlignment,
    FanRecipe,
    area_under_curve,
    normalised_error,
)
from aubench_methods.fan.spec import FanSpec
from aubench_methods.fan.weights import FanCard
from aubench_methods.heatmap_network import LANDMARK_MAPS

FAILURE = 0.1
"""Errors above 10 % of the face are misses, the older convention beside the AUC's 7 %."""

MEAN_SHAPE = "mean shape of these faces"


def measure_fan(
    weights: str, frames: LabelledFrames, made: Manifest, run: RunContext
) -> Mapping[str, Mapping[str, float]]:
    """The figures of a FAN and of the mean shape, as `figures` gives them.

    Args:
        weights: A FAN as `FanSpec` reads it.
        frames: Faces with landmarks.
        made: How their pictures were made.
        run: Device and precision.

    Raises:
        AubenchError: If the FAN knows pictures of another size or crop, or no face has landmarks.
    """
    network = trained(FanSpec.parse(weights), made)
    true = frames.landmarks
    known = np.asarray(np.isfinite(true).all(axis=-1))
    if not known.any():
        raise AubenchError("no face with landmarks", mend="name a pack of an alignment corpus")
    fabric = make_fabric(run)
    found = decode_all(FaceAlignment(FanRecipe()), set_up(network, fabric), frames, fabric)
    counted = known.sum(axis=0)[:, None].clip(1)
    mean = np.where(known[..., None], true, 0).sum(axis=0) / counted
    return {
        weights: figures(normalised_error(found, true)),
        MEAN_SHAPE: figures(normalised_error(np.broadcast_to(mean, true.shape), true)),
    }


def trained(fan: FanSpec, made: Manifest) -> nn.Module:
    """The network of ``fan`` with its weights, if it knows pictures that are ``made`` so.

    Raises:
        AubenchError: If it learned from another size or crop.
    """
    fan.file()
    training = fan.training()
    if not (fan.any_crop or training.cropped_by(made.recipe)):
        raise AubenchError(
            f"a FAN of pictures cropped {training.recipe}, and the pack's are cropped "
            f"{made.recipe.name} or with other parameters",
            mend=f"prepare the pack with --recipe {training.recipe} (or insist: any-crop:FILE)",
            path=fan.path,
        )
    recipe = FanRecipe()
    if isinstance(training, FanCard):
        recipe = FanRecipe(order=training.order, upsampling=training.upsampling)  # type: ignore[arg-type]  # a card holds what a recipe held
    network = fan.network(LANDMARK_MAPS, recipe.order, recipe.upsampling)
    network.load_state_dict(fan.state(recipe.order, recipe.upsampling, made.size))
    return network


def figures(errors: FloatArray) -> dict[str, float]:
    """What is printed of errors (N,), fractions of a face; NaN does not count.

    Returns:
        Number of faces; mean and median error in percent (``NME``, ``median``); share of faces
        under 10 %, in percent; ``AUC`` at 7 %.
    """
    errors = errors[np.isfinite(errors)]
    return {
        "faces": len(errors),
        "NME": float(100 * errors.mean()),
        "median": float(100 * np.median(errors)),
        "under 10 %": float(100 * (errors < FAILURE).mean()),
        "AUC": area_under_curve(errors),
    }
