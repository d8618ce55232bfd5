"""A finished run as a predictor: its record says how to crop faces, its folds hold weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aubench.crops.sampling import Sampling
from aubench.errors import AubenchError
from aubench.evaluation.records import Record, read_record
from aubench.evaluation.run_folder import RECORD, run_folder
from aubench.experiment.methods import make_method
from aubench.frames import FloatArray, Frames
from aubench.method import HeatMaps, Predictor, RunContext
from aubench.settings import shown

ALL = "all"
"""Name that means the average over all folds."""


@dataclass(frozen=True)
class Trained:
    """The predictors of a run.

    Attributes:
        record: Of the run.
        folds: Names of the folds whose predictors are averaged.
        predictors: One per fold.
    """

    record: Record
    folds: tuple[str, ...]
    predictors: tuple[Predictor, ...]

    @property
    def sampling(self) -> Sampling:
        """How the training pictures were shrunk; of older records, how it was done by default."""
        corpus = self.record.corpus
        return corpus.sampling or ("supersampling" if corpus.synthetic else "mipmap")

    def values(self, frames: Frames) -> FloatArray:
        """Mean predictions over the folds, (N, A) float32."""
        every = [predictor.predict(frames) for predictor in self.predictors]
        return np.asarray(np.mean(every, axis=0), dtype=np.float32)

    def heat_maps(self, frames: Frames) -> HeatMaps | None:
        """Mean maps over the folds; None if the method has none."""
        every = [predictor.heat_maps(frames) for predictor in self.predictors]
        found = [each for each in every if each is not None]
        if len(found) < len(every):
            return None
        maps = np.asarray(np.mean([each.maps for each in found], axis=0), dtype=np.float32)
        return HeatMaps(maps, found[0].pictures)


def open_run(path: Path, fold: str | None, device: str) -> Trained:
    """Load the predictors of the run in a folder.

    Args:
        path: The folder, or the ``record.json`` in it.
        fold: Name of a fold, `ALL`, or None for the first.
        device: A torch device.

    Raises:
        AubenchError: If the run is not finished, has no such fold, or its method is not installed.
    """
    folder = run_folder(path)
    record = read_record(folder / RECORD)
    settings = {name: shown(value) for name, value in record.method.settings.items()}
    folds = _folds([info.name for info in record.folds], fold, folder)
    predictors = []
    for name in folds:
        kept = folder / f"fold-{name}"
        if not kept.is_dir():
            raise AubenchError(
                f"no predictor of fold {name}", mend="run it again, or name another run", path=kept
            )
        run = RunContext(
            aus=record.aus,
            folder=kept,
            device=device,
            precision=record.environment.precision,
            synthetic=record.corpus.synthetic,
        )
        predictors.append(make_method(record.method.name, settings).load(kept, run))
    return Trained(record, folds, tuple(predictors))


def _folds(known: Sequence[str], wanted: str | None, folder: Path) -> tuple[str, ...]:
    """Names of the folds to use."""
    if not known:
        mend = "name a run of 'aubench run'"
        raise AubenchError("a record without folds: nothing was trained", mend=mend, path=folder)
    if wanted == ALL:
        return tuple(known)
    name = known[0] if wanted is None else wanted
    if name not in known:
        raise AubenchError(
            f"no fold {name!r}", mend=f"choose one of {', '.join(known)}, {ALL}", path=folder
        )
    return (name,)
