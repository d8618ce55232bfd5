"""``aubench pretrain fan``: train the face-alignment network and measure it on held-out parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from aubench.backbone import Backbone
from aubench.corpora.corpus import is_test_part
from aubench.errors import AubenchError
from aubench.frames import IntArray, LabelledFrames
from aubench.method import RunContext
from aubench.pack.pack import Pack
from aubench.recipes import Recipes
from aubench.training.frame_sets import concatenate
from aubench.training.loop import fit
from aubench.training.predictor import TorchPredictor, decode_all
from aubench_methods.fan.alignment import (
    FaceAlignment,
    FanRecipe,
    area_under_curve,
    normalised_error,
)
from aubench_methods.fan.measure import measure_fan
from aubench_methods.fan.weights import FanCard, write_fan, write_model_card
from aubench_methods.heatmap_network import check_size
from aubench_methods.ntinou2020 import recipes

VALIDATION = 20
"""One picture in 20, the last ones of every part, chooses the epoch."""


class Fan(Backbone):
    """The face-alignment network of Ntinou et al. 2020."""

    Settings: ClassVar[type] = FanRecipe
    settings: FanRecipe

    @classmethod
    def recipes(cls) -> Recipes:
        """See `Backbone.recipes`."""
        return recipes.FACE_ALIGNMENT

    def check_size(self, size: int) -> None:
        """See `Backbone.check_size`."""
        check_size(size)

    def pretrain(
        self,
        packs: Sequence[Pack],
        out: Path,
        run: RunContext,
        *,
        held_out: tuple[str, ...],
        command: str,
    ) -> Mapping[str, Mapping[str, float]]:
        """See `Backbone.pretrain`; the figures are the NME in percent and the AUC at 7 %."""
        refuse_unlike(packs)
        parts = tuple(part for pack in packs for part in pack.manifest.subjects)
        asked = held_out or tuple(part for pack in packs for part in official_or_last(pack))
        held = {name: parts_of(name, parts) for name in asked}
        kept = set(parts) - {part for group in held.values() for part in group}
        if not kept:
            raise AubenchError(
                "nothing is left to train on", mend="hold out fewer parts", path=packs[0].path
            )
        sets = [split(pack, kept) for pack in packs if kept & set(pack.manifest.subjects)]
        train, valid = (
            concatenate([train for train, _ in sets]),
            concatenate([valid for _, valid in sets]),
        )
        for name, group in held.items():
            run.monitor.report("held out", part=name, faces=len(frames_of(packs, group)))
        run.monitor.report("learned from", parts=len(kept), faces=len(train) + len(valid))
        predictor = fit(FaceAlignment(self.settings), train, valid, run)

        figures = {name: measure(predictor, packs, group) for name, group in held.items()}
        first = packs[0].manifest
        card = FanCard(
            order=self.settings.order,
            upsampling=self.settings.upsampling,
            size=first.size,
            recipe=first.recipe.name,
            parameters=dict(first.recipe.parameters),
            corpus="+".join(pack.manifest.corpus for pack in packs),
            fingerprint="+".join(pack.manifest.fingerprint for pack in packs),
            synthetic=any(pack.manifest.synthetic for pack in packs),
            images=len(train),
            epochs=self.settings.epochs,
            figures=figures,
        )
        write_model_card(out.with_suffix(".md"), out.name, card, command)
        write_fan(out, predictor.network, card)
        return figures

    def measure(
        self, weights: str, packs: Sequence[Pack], run: RunContext, *, parts: tuple[str, ...]
    ) -> Mapping[str, Mapping[str, float]]:
        """See `Backbone.measure`; the figures are those of `aubench_methods.fan.measure`."""
        refuse_unlike(packs)
        every = tuple(part for pack in packs for part in pack.manifest.subjects)
        chosen = [part for name in parts for part in parts_of(name, every)] or every
        return measure_fan(weights, frames_of(packs, chosen), packs[0].manifest, run)


def refuse_unlike(packs: Sequence[Pack]) -> None:
    """Raise an AubenchError if two packs are of one corpus, or were cropped in two ways."""
    first = packs[0].manifest
    for number, pack in enumerate(packs):
        made = pack.manifest
        if made.corpus in [other.manifest.corpus for other in packs[:number]]:
            raise AubenchError(f"a second pack of {made.corpus}", mend="name one", path=pack.path)
        if (made.size, made.crop_hash) != (first.size, first.crop_hash):
            raise AubenchError(
                f"{made.pictures}, where {packs[0].path} has {first.pictures}",
                mend="prepare both with the same --size, --recipe, --margin and --sampling",
                path=pack.path,
            )


def official_or_last(pack: Pack) -> tuple[str, ...]:
    """The parts held out by default: those that are called so, else the last tenth of all."""
    parts = tuple(pack.manifest.subjects)
    official = tuple(part for part in parts if any(map(is_test_part, part.split("/")[1:])))
    return official if 0 < len(official) < len(parts) else parts[-max(1, len(parts) // 10) :]


def parts_of(name: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The part called ``name``, or all parts in the folder of that name.

    Raises:
        AubenchError: If there is none.
    """
    found = tuple(part for part in parts if part == name or part.startswith(f"{name}/"))
    if not found:
        raise AubenchError(f"no part {name!r}", mend=f"choose among {', '.join(parts[:8])}")
    return found


def split(pack: Pack, kept: Collection[str]) -> tuple[LabelledFrames, LabelledFrames]:
    """The frames of a pack to learn from, and those that choose the epoch."""
    learned = [rows_of(pack, part) for part in pack.manifest.subjects if part in kept]
    counts = [len(rows) - -(-len(rows) // VALIDATION) for rows in learned]
    train = np.concatenate([rows[:n] for rows, n in zip(learned, counts, strict=True)])
    valid = np.concatenate([rows[n:] for rows, n in zip(learned, counts, strict=True)])
    return pack.labelled(train, ()), pack.labelled(valid, ())


def rows_of(pack: Pack, part: str) -> IntArray:
    """The rows of one part of the corpus."""
    return np.flatnonzero((pack.index["subject"] == part).to_numpy())


def frames_of(packs: Sequence[Pack], parts: Collection[str]) -> LabelledFrames:
    """All faces of these parts."""
    return concatenate(
        [
            pack.labelled(rows_of(pack, part), ())
            for pack in packs
            for part in pack.manifest.subjects
            if part in parts
        ]
    )


def measure(
    predictor: TorchPredictor, packs: Sequence[Pack], parts: Sequence[str]
) -> dict[str, float]:
    """NME in percent and AUC at 7 % over all faces of these parts."""
    frames = frames_of(packs, parts)
    found = decode_all(predictor.method, predictor.network, frames, predictor.fabric)
    errors = normalised_error(found, frames.landmarks)
    return {"NME": float(100 * np.nanmean(errors)), "AUC": area_under_curve(errors)}
