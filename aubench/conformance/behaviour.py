"""Checks of what a method does: fit, predict, save and resume, always with the same result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import numpy as np

from aubench.conformance.finding import FaultError, Finding, NotApplicableError, examine
from aubench.conformance.sample import Sample
from aubench.frames import FloatArray, Frames
from aubench.method import Method, Predictor, RunContext
from aubench.monitor import Monitor, Silence

TOLERANCE = 1e-5
"""Largest difference between predictions that must be equal, relative to the largest value or to 1,
whichever is larger."""

SEED = 7


def check_behaviour(make: Callable[[], Method], sample: Sample, folder: Path) -> Iterator[Finding]:
    """Run a method on ``sample`` on the CPU, and yield the finding of each check.

    Later checks build on earlier ones: after a fit that fails, or values of the wrong shape or not
    finite, there are no more.

    Args:
        make: Makes the configured method; called again for every fit, as a new process would.
        sample: Frames.
        folder: An empty folder for checkpoints.

    Raises:
        AubenchError: If `Method.check` or `Method.fit` refuses the run.
    """
    trial = _Trial(make, sample, folder)
    kept = _contents(sample)
    losses = _Losses()
    predictor = trial.fit("first", losses)
    yield examine("fit", lambda: _fits(predictor, sample))
    yield examine("frames left as they were", lambda: _untouched(kept, sample))
    sound = [
        examine("shape", lambda: _has_shape(predictor, sample.test)),
        examine("finiteness", lambda: _is_finite(predictor, sample.test)),
    ]
    yield from sound
    if not all(finding.passed for finding in sound):
        return
    values = predictor.predict(sample.test)
    yield examine("repetition", lambda: _repeats(predictor, sample.test, values))
    yield examine("batch size", lambda: _stands_alone(predictor, sample.test, values))
    yield examine("row order", lambda: _follows_rows(predictor, sample.test, values))
    yield examine("no labels", lambda: _needs_no_names(predictor, sample.test, values))
    yield examine("determinism", lambda: _repeats_fit(trial, values))
    yield examine("save and load", lambda: _survives_saving(trial, predictor, values))
    yield examine("interruption", lambda: _resumes(trial, values, losses.kept))


@dataclass(frozen=True)
class _Trial:
    """A method with its frames and the folder that it may write to."""

    make: Callable[[], Method]
    sample: Sample
    folder: Path

    def context(self, name: str, monitor: Monitor | None = None) -> RunContext:
        """The context of a run in a folder of its own."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return RunContext(
            aus=self.sample.train.aus,
            folder=folder,
            seed=SEED,
            synthetic=True,
            monitor=monitor or Silence(),
        )

    def fit(self, name: str, monitor: Monitor | None = None) -> Predictor:
        """The predictor that a new method learns."""
        method, run = self.make(), self.context(name, monitor)
        method.check(run)
        return method.fit(self.sample.train, self.sample.valid, run)


def _fits(predictor: Predictor, sample: Sample) -> str:
    if not isinstance(predictor, Predictor):
        raise FaultError(f"fit gave a {type(predictor).__name__}, not a Predictor")
    if tuple(predictor.aus) != sample.train.aus:
        raise FaultError(
            f"the predictor is for AUs {predictor.aus}, the run for {sample.train.aus}"
        )
    learned, given = set(predictor.train_subjects), set(sample.train.keys["subject"])
    if not given <= learned:
        raise FaultError(f"train_subjects lacks {min(given - learned)}: a leak would go unseen")
    return f"on {len(sample.train)} frames, and names the {len(given)} people that it learned from"


def _contents(sample: Sample) -> list[FloatArray]:
    """Copies of the arrays that a method could overwrite."""
    arrays = [a for f in (sample.train, sample.valid) for a in (f.labels, f.landmarks)]
    return [array.copy() for array in (*arrays, sample.test.landmarks)]


def _untouched(before: list[FloatArray], sample: Sample) -> str:
    for old, new in zip(before, _contents(sample), strict=True):
        if not np.array_equal(old, new, equal_nan=True):
            raise FaultError("fit wrote into the labels or landmarks that it was given: copy them")
    return "labels and landmarks are not written to"


def _has_shape(predictor: Predictor, frames: Frames) -> str:
    found, wanted = np.shape(predictor.estimate(frames)), (len(frames), len(predictor.aus))
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


def _repeats(predictor: Predictor, frames: Frames, values: FloatArray) -> str:
    _compare(values, predictor.predict(frames), "predicting the same frames again")
    return "the same frames again, the same values"


def _stands_alone(predictor: Predictor, frames: Frames, values: FloatArray) -> str:
    count = len(frames)
    parts = [np.arange(1), np.arange(1, 3), np.arange(3, count)]
    alone = np.concatenate([predictor.predict(frames.select(part)) for part in parts])
    _compare(values, alone, f"predicting 1, 2 and {count - 3} frames apart")
    return f"1, 2 and {count - 3} frames apart as all {count} at once"


def _follows_rows(predictor: Predictor, frames: Frames, values: FloatArray) -> str:
    order = np.random.default_rng(SEED).permutation(len(frames))
    _compare(values[order], predictor.predict(frames.select(order)), "another order of the rows")
    return "rows in another order, values in that order"


def _needs_no_names(predictor: Predictor, frames: Frames, values: FloatArray) -> str:
    """Rename the frames: a predictor that remembers labels by frame names then differs."""
    keys = frames.keys.copy()
    keys["subject"] = "nowhere/" + keys["subject"].str.rpartition("/")[2]
    keys["frame"] += 100_000
    renamed = predictor.predict(replace(frames, keys=keys))
    _compare(values, renamed, "renaming people and frames, which tells nothing of the pictures,")
    return "none in the frames, none looked up by their names"


def _repeats_fit(trial: _Trial, values: FloatArray) -> str:
    again = trial.fit("again").predict(trial.sample.test)
    _compare(values, again, "a second fit with the same seed")
    return "the same seed twice, the same values"


def _survives_saving(trial: _Trial, predictor: Predictor, values: FloatArray) -> str:
    run = trial.context("saved")
    predictor.save(run.folder)
    for path in sorted(run.folder.rglob("*")):
        if path.is_file() and _is_pickle(path):
            raise FaultError(f"{path.name} is a pickle, which runs code when it is read")
    loaded = trial.make().load(run.folder, run)
    _compare(values, loaded.predict(trial.sample.test), "saving and loading")
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


def _resumes(trial: _Trial, values: FloatArray, losses: dict[int, float]) -> str:
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
    _compare(values, again, what)
    for epoch, loss in resumed.kept.items():
        if abs(loss - losses.get(epoch, math.nan)) > TOLERANCE * max(1.0, abs(loss)):
            raise FaultError(
                f"{what} has a loss of {loss:.6g} in epoch {epoch}, not {losses[epoch]:.6g}"
            )
    return "stopped after its first epoch and repeated, the same values"


def _compare(values: FloatArray, others: FloatArray, what: str) -> None:
    """Raise an error if two sets of predictions differ."""
    apart = np.abs(values - others)
    if apart.max() > TOLERANCE * max(1.0, float(np.abs(values).max())):
        row = int(apart.max(axis=1).argmax())
        raise FaultError(f"{what} changes a value of frame {row} by {apart.max():.3g}")
