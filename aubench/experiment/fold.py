"""One fold of a run: train, select, refuse leaks, predict the test frames, keep the predictions.

While the method learns and predicts, the packs are sealed: what it comes across leads to no label
but those in the frames that it was given to learn from.

Each fold leaves its predictions, what its predictor saves, and a small ``fold.json``; with that,
the fold is finished and is never computed again, and the checkpoints of its fit are removed.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from aubench.errors import AubenchError
from aubench.evaluation.calibration import CALIBRATED, Calibration, calibrate
from aubench.evaluation.expected import presence
from aubench.evaluation.predictions import Provenance, prediction_table, write_predictions
from aubench.evaluation.records import FoldInfo
from aubench.experiment.monitors import JsonLines, Several
from aubench.experiment.packs import pack_of, packs_of
from aubench.experiment.plan import Plan
from aubench.experiment.replaced import refuse_replaced
from aubench.frames import FloatArray, Frames, LabelledFrames
from aubench.method import Cache, Fitted, Predictor
from aubench.monitor import Monitor
from aubench.pack.concat import concatenate
from aubench.pack.shard_reader import sealed
from aubench.protocol import Fold, select_rows


def fold_folder(plan: Plan, fold: str) -> Path:
    """Where the checkpoints and predictions of one fold go."""
    return plan.folder / f"fold-{fold}"


def is_finished(plan: Plan, fold: str) -> bool:
    """True if nothing is left to do of a fold."""
    return (fold_folder(plan, fold) / "fold.json").exists()


def finished_folds(plan: Plan) -> list[str]:
    """Names of the folds that are finished, in the protocol's order."""
    return [fold.name for fold in plan.protocol.folds if is_finished(plan, fold.name)]


def run_fold(plan: Plan, fold: Fold, device: str, monitor: Monitor, cache: Cache = "auto") -> None:
    """Train, select and test one fold, going on from where it was interrupted."""
    folder = fold_folder(plan, fold.name)
    checkpoints = folder / "checkpoints"
    if is_finished(plan, fold.name):
        shutil.rmtree(checkpoints, ignore_errors=True)  # killed before they were gone
        return
    checkpoints.mkdir(parents=True, exist_ok=True)
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
    write_predictions(folder / "predictions.parquet", table, provenance(plan))
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
    info.write(folder / "fold.json")
    shutil.rmtree(checkpoints, ignore_errors=True)
    monitor.report("fold", fold=fold.name, test_images=len(test), seconds=seconds)


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
