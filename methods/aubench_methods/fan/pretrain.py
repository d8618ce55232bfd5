"""``aubench pretrain fan``: train the face-alignment network and measure it on held-out parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from aubench.backbone import Backbone
from aubench.errors import AubenchError
from aubench.frames import IntArray
from aubench.method import RunContext
from aubench.training.loop import fit
from aubench.training.predictor import TorchPredictor, decode_all
from aubench_methods.fan.alignment import FaceAlignment, FanRecipe
from aubench_methods.fan.landmark_error import area_under_curve, normalised_error
from aubench_methods.fan.model_card import write_model_card
from aubench_methods.fan.weights import FanCard, write_fan

if TYPE_CHECKING:
    from aubench.corpora.pack import Pack

VALIDATION = 20
"""One picture in so many, the last of every part, chooses the epoch."""


class Fan(Backbone):
    """The face-alignment network of Ntinou et al. 2020."""

    Settings: ClassVar[type] = FanRecipe
    settings: FanRecipe

    def pretrain(
        self, pack: Pack, out: Path, run: RunContext, *, held_out: tuple[str, ...], command: str
    ) -> Mapping[str, Mapping[str, float]]:
        """See `Backbone.pretrain`; the figures are the NME in percent and the AUC at 7 %."""
        parts = tuple(pack.manifest.subjects)
        held_out = held_out or last_parts(parts)
        if unknown := [part for part in held_out if part not in parts]:
            raise AubenchError(
                f"no part {unknown[0]!r} to hold out",
                mend=f"choose among {', '.join(parts[:8])}",
                path=pack.path,
            )
        learned = [rows_of(pack, part) for part in parts if part not in held_out]
        if not learned:
            raise AubenchError(
                "nothing is left to train on", mend="hold out fewer parts", path=pack.path
            )
        counts = [len(rows) - -(-len(rows) // VALIDATION) for rows in learned]
        train = np.concatenate([rows[:n] for rows, n in zip(learned, counts, strict=True)])
        valid = np.concatenate([rows[n:] for rows, n in zip(learned, counts, strict=True)])
        method = FaceAlignment(self.settings)
        predictor = fit(method, pack.labelled(train, ()), pack.labelled(valid, ()), run)

        figures = {part: measure(predictor, pack, part) for part in held_out}
        card = FanCard(
            order=self.settings.order,
            upsampling=self.settings.upsampling,
            size=pack.manifest.size,
            recipe=pack.manifest.recipe.name,
            corpus=pack.manifest.corpus,
            fingerprint=pack.manifest.fingerprint,
            synthetic=pack.manifest.synthetic,
            images=len(train),
            epochs=self.settings.epochs,
            figures=figures,
        )
        write_model_card(out.with_suffix(".md"), out.name, card, command)
        write_fan(out, predictor.network, card)
        return figures


def last_parts(parts: tuple[str, ...]) -> tuple[str, ...]:
    """What is held out unless the user says: the last tenth of the parts, one at least."""
    return parts[-max(1, len(parts) // 10) :]


def rows_of(pack: Pack, part: str) -> IntArray:
    """Rows of one part of the corpus."""
    return np.flatnonzero((pack.index["subject"] == part).to_numpy())


def measure(predictor: TorchPredictor, pack: Pack, part: str) -> dict[str, float]:
    """NME in percent and AUC at 7 % on one part."""
    frames = pack.labelled(rows_of(pack, part), ())
    found = decode_all(predictor.method, predictor.network, frames, predictor.fabric.device)
    errors = normalised_error(found, frames.landmarks)
    return {"NME": float(100 * np.nanmean(errors)), "AUC": area_under_curve(errors)}
