"""Checks of what a fit learns from and keeps: training labels, and no names of frames."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import numpy as np

from aubench.action_units import MAX_INTENSITY
from aubench.conformance.finding import FaultError, Finding, NotApplicableError, examine
from aubench.conformance.trial import SEED, Trial, differ
from aubench.frames import FloatArray, LabelledFrames
from aubench.method import Method, Predictor

MARK = 7_314_800
"""Added to frame numbers: seven digits that turn up by themselves in no file of weights, and that
float32 holds exactly."""


def check_learned(trial: Trial, predictor: Predictor) -> Iterator[Finding]:
    """Fit with other validation labels, and with frames under other names.

    Args:
        trial: The method and its frames.
        predictor: A fit of it.
    """
    yield examine("validation labels", lambda: _chooses_only(trial, predictor))
    yield examine("no names kept", lambda: _keeps_no_names(trial))


def _chooses_only(trial: Trial, predictor: Predictor) -> str:
    """Give other validation labels: they may choose an epoch or settings, and teach nothing.

    A fit of one epoch has none to choose, so it must not change at all. Where there are no epochs,
    labels that are 1 % smaller choose as before, but move every fit that learned from them.
    """
    valid = trial.sample.valid
    if set(valid.keys["subject"]) & set(predictor.train_subjects):
        raise NotApplicableError("train_subjects names the validation people: it learns from them")
    once = replace(trial, make=lambda: _of_one_epoch(trial.make()))
    order = np.random.default_rng(SEED).permutation(len(valid))
    others = np.square(MAX_INTENSITY - valid.labels[order]) / MAX_INTENSITY  # another mean, too
    values = _validated(once, "valid", valid.labels)
    if not differ(values, _validated(once, "valid-others", others)):
        return "others change nothing in a fit of one epoch"
    if _has_epochs(trial.make()):
        raise FaultError("others change a fit of one epoch: it learns from them")
    if differ(values, _validated(once, "valid-smaller", valid.labels * np.float32(0.99))):
        raise FaultError("1 % smaller, they change the values: it learns from them")
    return "they choose, and teach nothing"


def _has_epochs(method: Method) -> bool:
    return "epochs" in {field.name for field in dataclasses.fields(method.Settings)}


def _of_one_epoch(method: Method) -> Method:
    """The same method with one epoch, where it has epochs."""
    if not _has_epochs(method):
        return method
    settings = replace(method.settings, epochs=1)  # type: ignore[type-var]  # a dataclass
    return type(method)(settings, method.variant)


def _validated(trial: Trial, name: str, labels: FloatArray) -> FloatArray:
    """The values of a fit with these validation labels."""
    valid = replace(trial.sample.valid, labels=labels)
    changed = replace(trial, sample=replace(trial.sample, valid=valid))
    return changed.fit(name).predict(trial.sample.test)


def _keeps_no_names(trial: Trial) -> str:
    """Fit on frames whose names and numbers turn up nowhere by chance, and look for them."""
    train, valid = _marked(trial.sample.train), _marked(trial.sample.valid)
    people = valid.keys["subject"].astype(str).radd("nowhere/")
    valid = replace(valid, keys=valid.keys.assign(subject=people))
    marked = replace(trial, sample=replace(trial.sample, train=train, valid=valid))
    predictor, folder = marked.fit("marked"), marked.context("marked-kept").folder
    predictor.save(folder)
    numbers = sorted({*train.keys["frame"], *valid.keys["frame"]})
    words = sorted({*train.keys["session"], *valid.keys["subject"]} - {*predictor.train_subjects})
    for name, data in _saved(folder):
        for word in words:
            if word.encode() in data:
                raise FaultError(f"{name} names {word}: a predictor needs no recordings or people")
        held = sum(any(form in data for form in _forms(number)) for number in numbers)
        if 2 * held >= len(numbers):
            raise FaultError(f"{name} holds the numbers of {held} of {len(numbers)} frames")
    return "the saved files name no frame, recording or validation person"


def _marked(frames: LabelledFrames) -> LabelledFrames:
    """The same frames under numbers and names of recordings that are unmistakable."""
    keys = frames.keys.copy()
    keys["frame"] += MARK
    keys["session"] = "recording-" + keys["session"].astype(str)
    return replace(frames, keys=keys)


def _forms(number: int) -> list[bytes]:
    """A number as text, integers and floats."""
    return [
        str(number).encode(),
        *(np.array(number, kind).tobytes() for kind in ("<i4", "<f4", "<f8")),
    ]


def _saved(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files in ``folder``, and those in archives there, by name."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.name, path.read_bytes()
        if is_zipfile(path):
            with ZipFile(path) as archive:
                yield from (
                    (f"{path.name}/{name}", archive.read(name)) for name in archive.namelist()
                )
