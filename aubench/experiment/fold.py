"""One fold of a run: train, select, refuse leaks, predict the test frames, keep the predictions.

While the method learns and predicts, the packs are sealed: what it comes across leads to no label
but those in the frames that it was given to learn from.

Each fold leaves its predictions, what its predictor saves, and a small ``fold.json``; all whole,
the fold is finished and is never computed again, and the checkpoints of its fit are removed.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from aubench.errors import AubenchError, DamagedError
from aubench.evaluation.calibration import CALIBRATED, Calibration, calibrate
from aubench.evaluation.expected import presence
from aubench.evaluation.predictions import (
    Provenance,
    prediction_table,
    read_predictions,
    write_predictions,
)
from aubench.evaluation.records import FoldInfo
from aubench.experiment.monitors import JsonLines, Several
from aubench.experiment.packs import pack_of, packs_of
from aubench.experiment.plan import Plan
from aubench.experiment.replaced import refuse_replaced
from aubench.frames import FloatArray, Frames, LabelledFrames
from aubench.io.atomic import flush_all, make_folder
from aubench.io.notice import notice
from aubench.io.strict_json import read_json
from aubench.method import Cache, Fitted, Predictor
from aubench.monitor import Monitor
from aubench.pack.shard_reader import sealed
from aubench.protocol import Fold, select_rows
from aubench.training.frame_sets import concatenate

INFO, PREDICTIONS = "fold.json", "predictions.parquet"
"""The files of a finished fold."""

_AGAIN = "remove it and repeat the command: the fold is done again"


def fold_folder(plan: Plan, fold: str) -> Path:
    """Where the checkpoints and predictions of one fold go."""
    return plan.folder / f"fold-{fold}"


def finished_folds(plan: Plan) -> list[str]:
    """Names of the folds that are finished, in the protocol's order."""
    names = [fold.name for fold in plan.protocol.folds]
    return [name for name in names if finished(fold_folder(plan, name)) is not None]


def run_fold(plan: Plan, fold: Fold, device: str, monitor: Monitor, cache: Cache = "auto") -> None:
    """Train, select and test one fold, going on from where it was interrupted."""
    folder = fold_folder(plan, fold.name)
    checkpoints = folder / "checkpoints"
    if finished(folder) is not None:
        shutil.rmtree(checkpoints, ignore_errors=True)  # killed before they were gone
        return
    make_folder(checkpoints)
    (folder / INFO).unlink(missing_ok=True)  # of a fold that was damaged since
    context = replace(
        plan.context,
        folder=checkpoints,
        seed=plan.fold_seed(fold.name),
        device=device,
        cache=cache,
        monitor=Several(monitor, JsonLines(folder / "log.jsonl", fold=fold.name)),
    )
    plan.method.check(context)
    train, valid = labelled(plan, fold.train), labelled(plan, fold.valid)
    test = unlabelled(plan, fold.test)
    calibrated = CALIBRATED in plan.protocol.variants
    shown = labelled(plan, fold.valid).unlabelled() if calibrated else None

    keys = test.keys.copy()  # a predictor might write to those that it is given

    with sealed(pack.path for pack in plan.packs.values()):
        start = time.perf_counter()
        predictor = plan.method.fit(train, valid, context)
        fitted = time.perf_counter()
        refuse_leak(predictor, fold)
        refuse_other_people(predictor, train, valid)
        predictor.save(folder)
        begun = time.perf_counter()
        values = predictor.predict(test)
        seconds = time.perf_counter() - begun
        again = None if shown is None else predictor.predict(shown)
    refuse_replaced(plan.method)

    table = prediction_table(keys, values, predictor.aus, fold.name)
    write_predictions(folder / PREDICTIONS, table, provenance(plan))
    how = predictor.fitted or Fitted()
    info = FoldInfo(
        name=fold.name,
        train_frames=len(train),
        valid_frames=len(valid),
        test_frames=len(test),
        epochs=how.epochs,
        best_epoch=how.best_epoch,
        valid_icc=how.valid_icc,
        parameters=how.parameters,
        learnable=how.learnable,
        fit_seconds=fitted - start,
        predict_seconds=seconds,
        fit_images_per_second=how.images_per_second,
        predict_images_per_second=len(test) / seconds,
        calibration=None if again is None else fold_lines(plan, fold, predictor.aus, again),
    )
    flush_all(folder)  # also what a method wrote in its own way
    info.write(folder / INFO)
    shutil.rmtree(checkpoints, ignore_errors=True)
    monitor.report("fold", fold=fold.name, test_images=len(test), seconds=seconds)


def finished(folder: Path) -> FoldInfo | None:
    """What is known of the fold in ``folder``; None if it is not finished, or was damaged since.

    Raises:
        AubenchError: If ``fold.json`` is not one that this aubench writes.
    """
    from aubench.training.checkpoint import WEIGHTS, read_header  # noqa: PLC0415  # torch

    if not (folder / INFO).exists():
        return None
    try:
        info = read_info(folder / INFO)
        rows = len(read_predictions(folder / PREDICTIONS))
        if rows != info.test_frames:
            what = f"{rows:,} predictions of {info.test_frames:,} frames"
            raise DamagedError(what, mend=_AGAIN, path=folder / PREDICTIONS)
        if (folder / WEIGHTS).exists():
            read_header(folder / WEIGHTS)
    except DamagedError as error:
        notice(f"the fold is done again: {error.path}: {error.what}")
        return None
    return info


def read_info(path: Path) -> FoldInfo:
    """What the file of a finished fold says.

    Raises:
        AubenchError: If it is not one that this aubench writes; a `DamagedError` if it is no JSON.
    """
    data = read_json(path, "fold", _AGAIN)
    try:
        return FoldInfo.model_validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        what = f"not a fold: {'.'.join(map(str, first['loc']))}: {first['msg']}"[:200]
        raise AubenchError(what, mend=_AGAIN, path=path) from error


def labelled(plan: Plan, subjects: tuple[str, ...]) -> LabelledFrames:
    """The frames of ``subjects`` that the protocol uses, labelled as it scores them.

    Those of one corpus stand together, in the order of the plan's packs.
    """
    protocol = plan.protocol
    frames = concatenate(
        [
            pack.labelled(
                select_rows(pack.index, subjects, protocol), protocol.aus, protocol.coding
            )
            for pack in packs_of(subjects, plan.packs)
        ]
    )
    return replace(frames, labels=presence(frames.labels, protocol.threshold))


def unlabelled(plan: Plan, subjects: tuple[str, ...]) -> Frames:
    """The frames of ``subjects``, of one corpus, that the protocol uses, as a predictor sees them.

    No label is read.
    """
    pack = pack_of(subjects, plan.packs)
    return pack.frames(select_rows(pack.index, subjects, plan.protocol))


def fold_lines(plan: Plan, fold: Fold, aus: tuple[int, ...], values: FloatArray) -> Calibration:
    """The lines that calibrate the predictions of a fold.

    Labels are read anew: the method had those that it was given in its hands.

    Args:
        plan: The run.
        fold: The fold.
        aus: The A Action Units of ``values``.
        values: (N, A) predictions of the validation frames.
    """
    ordered = pd.DataFrame(values, columns=list(aus)).reindex(columns=list(plan.protocol.aus))
    return calibrate(labelled(plan, fold.valid).labels, ordered.to_numpy())


def refuse_leak(predictor: Predictor, fold: Fold) -> None:
    """Raise if the predictor learned from a subject that the fold tests."""
    leaked = sorted(set(predictor.train_subjects) & set(fold.test))
    if leaked:
        raise AubenchError(
            f"the predictor was trained on {', '.join(leaked[:3])}, which fold {fold.name} tests",
            mend="train it on this fold's training subjects",
        )


def refuse_other_people(predictor: Predictor, train: LabelledFrames, valid: LabelledFrames) -> None:
    """Raise unless the predictor says that it learned from the people in ``train``, all of them.

    It may name those in ``valid`` besides, as a method does that fits again on both.
    """
    said, given = set(predictor.train_subjects), set(train.keys["subject"])
    mend = "set train_subjects to the people in the frames that fit was given"
    if lacking := sorted(given - said):
        raise AubenchError(
            f"the predictor names {len(said)} people as learned from, but not "
            f"{', '.join(lacking[:3])}: it was given {len(given)}",
            mend=mend,
        )
    if foreign := sorted(said - given - set(valid.keys["subject"])):
        raise AubenchError(
            f"the predictor learned from {', '.join(foreign[:3])}, whom it was not given", mend=mend
        )


def provenance(plan: Plan) -> Provenance:
    """Where the predictions of ``plan`` come from, for the metadata of their files."""
    return Provenance(
        run_id=plan.run_id,
        protocol=plan.protocol.name,
        protocol_hash=plan.protocol.hash,
        pack="+".join(pack.manifest.fingerprint for pack in plan.packs.values()),
        synthetic=plan.synthetic,
    )
