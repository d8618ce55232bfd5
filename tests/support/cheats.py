"""Methods that cheat, each in its own way, and an honest one to compare them with."""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from aubench.frames import FloatArray, Frames, LabelledFrames
from aubench.method import Context, Method, Predictor, RunContext
from aubench.metrics import METRICS
from aubench.pack.pack import Pack


class Brightness(Predictor):
    """Mean brightness of the picture, in every column."""

    def __init__(self, aus: Any, train_subjects: Any, **more: Any) -> None:
        self.aus, self.train_subjects, self.more = tuple(aus), tuple(train_subjects), more

    def estimate(self, frames: Frames) -> FloatArray:
        values = frames.images().mean(axis=(1, 2, 3), dtype=np.float32) / 51
        return np.repeat(values[:, None], len(self.aus), axis=1)

    def save(self, folder: Path) -> None:
        kept = {"aus": self.aus, "train_subjects": self.train_subjects, **self.more}
        (folder / "kept.json").write_text(json.dumps(kept))


class Honest(Method):
    """The method without a fault that all others derive from."""

    summary = "Brightness."
    kind: ClassVar[type[Brightness]] = Brightness

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        return self.kind(train.aus, sorted(train.keys["subject"].unique()))

    def load(self, folder: Path, run: RunContext) -> Predictor:
        return self.kind(**json.loads((folder / "kept.json").read_text()))


def of(kind: type[Brightness], context: Context = "frame") -> type[Method]:
    """The honest method with another predictor."""
    return type(kind.__name__, (Honest,), {"kind": kind, "context": context})


class WalksAttributes(Brightness):
    """From the pictures to the shards, from the shards to their columns."""

    def estimate(self, frames: Frames) -> FloatArray:
        shards = frames.pictures.shards  # type: ignore[attr-defined]  # that is the cheat
        labels = np.concatenate([part for shard in shards for part in shard.matrices("labels")])
        return labels[frames.rows]


class AsksTheCollector(Brightness):
    """Any pack that is alive."""

    def estimate(self, frames: Frames) -> FloatArray:
        pack = next(thing for thing in gc.get_objects() if type(thing) is Pack)
        return pack.labels()[frames.rows]


class LooksUp(Brightness):
    """A table, keyed on subject and frame, that came with the package."""

    table: ClassVar[dict[tuple[str, int], float]] = {
        (f"disfa/SN{number:03d}", frame): 5.0 for number in (16, 17, 18) for frame in range(1, 4846)
    }

    def estimate(self, frames: Frames) -> FloatArray:
        keys = zip(frames.keys["subject"], frames.keys["frame"], strict=True)
        known = np.array([self.table.get(key, np.nan) for key in keys], np.float32)[:, None]
        return np.where(np.isnan(known), super().estimate(frames), known)


class Shifted(Brightness):
    """Brightness above what the labels had on average."""

    def estimate(self, frames: Frames) -> FloatArray:
        return super().estimate(frames) + np.float32(self.more["shift"])


class LearnsFromValidation(Honest):
    """Learns from all labels that it gets, and names the training people alone."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        shift = np.nanmean(np.concatenate([train.labels, valid.labels]))
        return Shifted(train.aus, sorted(train.keys["subject"].unique()), shift=float(shift))

    def load(self, folder: Path, run: RunContext) -> Predictor:
        return Shifted(**json.loads((folder / "kept.json").read_text()))


class PersonMedian(Brightness):
    """Above the median of the same person's frames."""

    def estimate(self, frames: Frames) -> FloatArray:
        values = super().estimate(frames)
        for rows in frames.keys.groupby("subject", observed=True).indices.values():
            values[rows] -= np.median(values[rows], axis=0)
        return values


class NeighbourMedian(Brightness):
    """The median of a frame and the two beside it."""

    def estimate(self, frames: Frames) -> FloatArray:
        values = super().estimate(frames)
        for rows in frames.keys.groupby("subject", observed=True).indices.values():
            order = rows[np.argsort(frames.keys["frame"].to_numpy()[rows])]
            wide = np.pad(values[order], ((1, 1), (0, 0)), mode="edge")
            values[order] = np.median([wide[:-2], wide[1:-1], wide[2:]], axis=0)
        return values


class KeepsKeys(Honest):
    """Saves which frames it learned from."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        numbers = train.keys["frame"].tolist()
        return Brightness(train.aus, sorted(train.keys["subject"].unique()), numbers=numbers)

    def load(self, folder: Path, run: RunContext) -> Predictor:
        return Brightness(**json.loads((folder / "kept.json").read_text()))


class WritesKeys(Brightness):
    """Renames the frames whose values it gives."""

    def estimate(self, frames: Frames) -> FloatArray:
        frames.keys["frame"] += 1
        return super().estimate(frames)


class ReplacesMetric(Honest):
    """Puts a metric of its own in the place of ICC."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        METRICS["icc"] = replace(METRICS["icc"], of=lambda m: np.ones_like(m["n"]))
        return super().fit(train, valid, run)


class NamesNobody(Honest):
    """Does not say whom it learned from."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        return Brightness(train.aus, ())


class NamesStrangers(Honest):
    """Says that it learned from somebody whom it was not given."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        return Brightness(train.aus, [*train.keys["subject"].unique(), "nowhere/1"])
