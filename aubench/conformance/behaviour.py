"""Checks of what a method does: fit, predict, save and resume, always with the same result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import numpy as np
import pandas as pd

from aubench.conformance.finding import (
    FaultError,
    Finding,
    NotApplicableError,
    examine,
    named,
)
from aubench.conformance.learned import check_learned
from aubench.conformance.sample import Sample
from aubench.conformance.sources import check_sources
from aubench.conformance.trial import TOLERANCE, Trial, compare
from aubench.experiment.fold import refuse_other_people
from aubench.experiment.replaced import refuse_replaced
from aubench.frames import FloatArray, Frames
from aubench.method import Fitted, HeatMaps, Method, Predictor


def check_behaviour(make: Callable[[], Method], sample: Sample, folder: Path) -> Iterator[Finding]:
    """Run a method on ``sample`` on the CPU, and yield the finding of each check.

    Later checks build on earlier ones: after a hook or a fit that fails, or values of the wrong
    shape or not finite, there are no more.

    Args:
        make: Makes the configured method; called again for every fit, as a new process would.
        sample: Frames.
        folder: An empty folder for checkpoints.

    Raises:
        AubenchError: If `Method.check`, a hook or `Method.fit` refuses the sample.
    """
    from aubench.conformance.hooks import check_hooks  # noqa: PLC0415  # torch

    trial = Trial(make, sample, folder)
    kept = _contents(sample)
    losses = _Losses()
    hooks = check_hooks(trial)
    if not all(finding.passed for finding in hooks):
        yield from hooks
        return
    fits: list[Predictor] = []
    learned = examine("fit", lambda: _learns(fits, trial, losses), refusals=not hooks)
    yield from hooks
    if not learned.passed:
        yield learned
        return
    (predictor,) = fits
    yield examine("fit", lambda: _fits(predictor, sample))
    sound = [examine("shape", lambda: _has_shape(predictor, sample.test))]
    if sound[0].passed:
        sound.append(examine("finiteness", lambda: _is_finite(predictor, sample.test)))
    yield examine("frames left as they were", lambda: _untouched(kept, sample))
    yield from sound
    if not all(finding.passed for finding in sound):
        return
    repetition = examine("repetition", lambda: _repeats(predictor, sample.test))
    yield repetition
    if not repetition.passed:
        return
    values = predictor.predict(sample.test)
    yield examine("heat maps", lambda: _has_maps(predictor, sample.test))
    yield from check_sources(predictor, sample.test, values, make().context)
    repeated = examine("determinism", lambda: _repeats_fit(trial, values))
    yield repeated
    if repeated.passed:
        yield from check_learned(trial, predictor)
    yield examine("save and load", lambda: _survives_saving(trial, predictor, values))
    yield examine("interruption", lambda: _resumes(trial, values, losses.kept))
    yield examine("scoring left alone", lambda: _scores_alone(make()))


def _learns(fits: list[Predictor], trial: Trial, losses: _Losses) -> str:
    """Fit, and put the predictor into ``fits``."""
    predictor = trial.fit("first", losses)
    if not isinstance(predictor, Predictor):
        raise FaultError(f"fit gave {named(predictor)}, not a Predictor")
    fits.append(predictor)
    return "a predictor"


def _fits(predictor: Predictor, sample: Sample) -> str:
    if tuple(predictor.aus) != sample.train.aus:
        raise FaultError(
            f"the predictor is for AUs {predictor.aus}, the run for {sample.train.aus}"
        )
    refuse_other_people(predictor, sample.train, sample.valid)
    if not isinstance(predictor.fitted, Fitted | None):
        raise FaultError(f"fitted is {named(predictor.fitted)}, not Fitted or None")
    people = len(set(predictor.train_subjects))
    return f"on {len(sample.train)} frames, and names the {people} people that it learned from"


def _contents(sample: Sample) -> list[tuple[pd.DataFrame, list[FloatArray]]]:
    """Copies of what a method could overwrite: keys and arrays."""
    labelled, bare = (sample.train, sample.valid), sample.test
    return [
        *((f.keys.copy(), [f.labels.copy(), f.landmarks.copy()]) for f in labelled),
        (bare.keys.copy(), [bare.landmarks.copy()]),
    ]


def _untouched(before: list[tuple[pd.DataFrame, list[FloatArray]]], sample: Sample) -> str:
    for (keys, arrays), (new_keys, new) in zip(before, _contents(sample), strict=True):
        if not keys.equals(new_keys):
            raise FaultError("it wrote into the keys of frames that it was given: copy them")
        if not all(np.array_equal(*pair, equal_nan=True) for pair in zip(arrays, new, strict=True)):
            raise FaultError("it wrote into the labels or landmarks that it was given: copy them")
    return "keys, labels and landmarks are not written to"


def _scores_alone(method: Method) -> str:
    refuse_replaced(method)
    return "metrics and scoring are those of aubench"


def _has_shape(predictor: Predictor, frames: Frames) -> str:
    values = np.asarray(predictor.estimate(frames))
    found, wanted = values.shape, (len(frames), len(predictor.aus))
    if values.dtype.kind not in "fiu":
        raise FaultError(f"estimate gave {values.dtype}, not numbers")
    if found != wanted:
        raise FaultError(f"{found} for {wanted[0]} frames and {wanted[1]} AUs, not {wanted}")
    return f"{found[0]} frames × {found[1]} AUs"


def _is_finite(predictor: Predictor, frames: Frames) -> str:
    values = np.asarray(predictor.estimate(frames), dtype=np.float32)
    bad = np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))
    if bad.size:
        without = not np.isfinite(frames.landmarks[bad[0]]).all()
        which = ", which has no landmarks" if without else ""
        raise FaultError(f"a value of frame {bad[0]}{which} is not finite")
    return "every value, also of a frame without landmarks"


def _repeats(predictor: Predictor, frames: Frames) -> str:
    values = predictor.predict(frames)
    compare(values, predictor.predict(frames), "predicting the same frames again")
    return "the same frames again, the same values"


def _has_maps(predictor: Predictor, frames: Frames) -> str:
    found = predictor.heat_maps(frames)
    if found is None:
        return "it shows none"
    if not isinstance(found, HeatMaps):
        raise FaultError(f"heat_maps gave {named(found)}, not HeatMaps or None")
    wanted = len(frames), len(predictor.aus)
    if np.ndim(found.maps) != 4 or np.shape(found.maps)[:2] != wanted:
        raise FaultError(f"maps of shape {np.shape(found.maps)}, not ({wanted[0]}, {wanted[1]}, …)")
    pictures = np.asarray(found.pictures)
    if pictures.dtype != np.uint8 or (len(pictures), pictures.shape[3:]) != (wanted[0], (3,)):
        raise FaultError(f"pictures of {pictures.dtype} {pictures.shape}, not uint8 (N, S, S, 3)")
    return f"{wanted[1]} maps for each of {wanted[0]} pictures"


def _repeats_fit(trial: Trial, values: FloatArray) -> str:
    again = trial.fit("again").predict(trial.sample.test)
    compare(values, again, "a second fit with the same seed")
    return "the same seed twice, the same values"


def _survives_saving(trial: Trial, predictor: Predictor, values: FloatArray) -> str:
    run = trial.context("saved")
    predictor.save(run.folder)
    for path in sorted(run.folder.rglob("*")):
        if path.is_file() and _is_pickle(path):
            raise FaultError(f"{path.name} is a pickle, which runs code when it is read")
    loaded = trial.make().load(run.folder, run)
    if not isinstance(loaded, Predictor):
        raise FaultError(f"load gave {named(loaded)}, not a Predictor")
    compare(values, loaded.predict(trial.sample.test), "saving and loading")
    if set(loaded.train_subjects) != set(predictor.train_subjects):
        raise FaultError("the loaded predictor forgets train_subjects: a leak would go unseen")
    return "the loaded predictor gives the same values"


def _is_pickle(path: Path) -> bool:
    """Return whether a file is a pickle or a zip archive with one, as ``torch.save`` writes it."""
    if is_zipfile(path):
        with ZipFile(path) as archive:
            return any(name.endswith(".pkl") for name in archive.namelist())
    with path.open("rb") as file:
        head = file.read(2)
    return len(head) == 2 and head[0] == 0x80 and head[1] in range(2, 6)


class _StopError(Exception):
    """Ends a fit from outside."""


class _Losses:
    """A monitor that keeps the loss of every epoch, and may stop the fit after the first."""

    def __init__(self, stop: bool = False) -> None:
        self.stop = stop
        self.kept: dict[int, float] = {}

    def report(self, event: str, **values: float | int | str) -> None:
        """Keep the loss at the end of an epoch."""
        if event == "epoch":
            self.kept[int(values.get("epoch", 0))] = float(values.get("loss", math.nan))
            if self.stop:
                raise _StopError


def _resumes(trial: Trial, values: FloatArray, losses: dict[int, float]) -> str:
    """Compare predictions and losses: predictions alone may hide a later epoch."""
    try:
        trial.fit("interrupted", _Losses(stop=True))
    except _StopError:
        pass
    else:
        raise NotApplicableError("reports no epochs, so there is nothing to go on from")
    resumed = _Losses()
    again = trial.fit("interrupted", resumed).predict(trial.sample.test)
    what = "a fit that was stopped after its first epoch and repeated"
    compare(values, again, what)
    for epoch, loss in resumed.kept.items():
        if abs(loss - losses.get(epoch, math.nan)) > TOLERANCE * max(1.0, abs(loss)):
            raise FaultError(
                f"{what} has a loss of {loss:.6g} in epoch {epoch}, not {losses[epoch]:.6g}"
            )
    return "stopped after its first epoch and repeated, the same values"
