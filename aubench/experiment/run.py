"""A run: train and test every fold, pool the predictions, score them, write the record.

Each fold leaves its predictions and a small ``fold.json``; both present, the fold is finished and
is never computed again. ``record.json`` is written last: its presence means that the run is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from filelock import FileLock, Timeout

from aubench.devices import device_name
from aubench.errors import AubenchError
from aubench.evaluation.challenge_csv import write_submission
from aubench.evaluation.expected import presence
from aubench.evaluation.predictions import (
    Provenance,
    prediction_table,
    read_predictions,
    write_predictions,
)
from aubench.evaluation.records import (
    Coverage,
    FoldInfo,
    MethodInfo,
    Record,
    environment,
    read_record,
)
from aubench.evaluation.scoring import Scored, make_record, score
from aubench.experiment.monitors import JsonLines, Several
from aubench.experiment.packs import pack_of
from aubench.experiment.plan import Plan, method_origin
from aubench.frames import LabelledFrames
from aubench.method import Cache, Fitted, Predictor, RunContext
from aubench.monitor import Monitor
from aubench.protocol import Fold, select_rows

MonitorOfFold = Callable[[str], Monitor]
"""Makes the monitor of the fold that is named."""


def run(
    plan: Plan,
    device: str,
    monitor: MonitorOfFold,
    folds: Sequence[str] | None = None,
    cache: Cache = "auto",
) -> Record | None:
    """Carry out what is not done yet of ``plan``.

    Args:
        plan: What to run.
        device: A torch device.
        monitor: Makes the monitor that receives the progress of a fold.
        folds: Names of the folds to run now; all of them when None.
        cache: Where decoded pictures are kept.

    Returns:
        The record, or None while other folds are still missing. A method that cannot do the
        protocol is skipped, and the record says why.

    Raises:
        AubenchError: If another process is at this run.
    """
    for name in folds or ():
        plan.protocol.fold(name)
    plan.folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(plan.folder / "lock", timeout=0):
            return _run_locked(plan, device, monitor, folds, cache)
    except Timeout as error:
        raise AubenchError(
            "another process is at this run", mend="wait for it or stop it", path=plan.folder
        ) from error


def _run_locked(
    plan: Plan,
    device: str,
    monitor: MonitorOfFold,
    folds: Sequence[str] | None,
    cache: Cache,
) -> Record | None:
    done = plan.folder / "record.json"
    if done.exists():
        return read_record(done)
    reason = plan.method.skip(plan.protocol)
    if reason:
        return skip(plan, device, reason)
    for fold in plan.protocol.folds:
        if folds is None or fold.name in folds:
            run_fold(plan, fold, device, monitor(fold.name), cache)
    if not all((fold_folder(plan, f.name) / "fold.json").exists() for f in plan.protocol.folds):
        return None
    return finish(plan, device)


def fold_folder(plan: Plan, fold: str) -> Path:
    """Where the checkpoints and predictions of one fold go."""
    return plan.folder / f"fold-{fold}"


def run_fold(plan: Plan, fold: Fold, device: str, monitor: Monitor, cache: Cache = "auto") -> None:
    """Train, select and test one fold, going on from where it was interrupted."""
    folder = fold_folder(plan, fold.name)
    if (folder / "fold.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    context = RunContext(
        aus=plan.protocol.aus,
        folder=folder,
        seed=plan.fold_seed(fold.name),
        device=device,
        cache=cache,
        precision=plan.precision,
        synthetic=plan.synthetic,
        crops=tuple(pack.manifest.recipe for pack in plan.packs.values()),
        monitor=Several(monitor, JsonLines(plan.folder / "log.jsonl", fold=fold.name)),
    )
    plan.method.check(context)
    train, valid = labelled(plan, fold.train), labelled(plan, fold.valid)
    pack = pack_of(fold.test, plan.packs)
    test = pack.frames(select_rows(pack.index, fold.test, plan.protocol))

    start = time.perf_counter()
    predictor = plan.method.fit(train, valid, context)
    fitted = time.perf_counter()
    refuse_leak(predictor, fold)
    predictor.save(folder)
    begun = time.perf_counter()
    values = predictor.predict(test)
    seconds = time.perf_counter() - begun

    table = prediction_table(test.keys, values, predictor.aus, fold.name)
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
    )
    info.write(folder / "fold.json")
    monitor.report("fold", fold=fold.name, test_images=len(test), seconds=seconds)


def labelled(plan: Plan, subjects: tuple[str, ...]) -> LabelledFrames:
    """The frames of ``subjects`` that the protocol uses, labelled as it scores them."""
    pack = pack_of(subjects, plan.packs)
    rows = select_rows(pack.index, subjects, plan.protocol)
    frames = pack.labelled(rows, plan.protocol.aus, plan.protocol.coding)
    return replace(frames, labels=presence(frames.labels, plan.protocol.threshold))


def refuse_leak(predictor: Predictor, fold: Fold) -> None:
    """Raise if the predictor learned from a subject that the fold tests."""
    leaked = sorted(set(predictor.train_subjects) & set(fold.test))
    if leaked:
        raise AubenchError(
            f"the predictor was trained on {', '.join(leaked[:3])}, which fold {fold.name} tests",
            mend="train it on this fold's training subjects",
        )


def finish(plan: Plan, device: str) -> Record:
    """Pool the folds' predictions, score them, and write the record.

    Where the test labels are not public, the predictions are also written in submission form, and
    the record has no score.
    """
    folders = [fold_folder(plan, fold.name) for fold in plan.protocol.folds]
    pooled = pd.concat(
        [read_predictions(folder / "predictions.parquet") for folder in folders],
        ignore_index=True,
    )
    write_predictions(plan.folder / "predictions.parquet", pooled, provenance(plan))
    pack = pack_of(plan.tested, plan.packs)
    problems = plan.problems
    if plan.protocol.labels_public:
        coding = plan.protocol.coding
        scored = score(pooled, pack.index, pack.labels(coding), pack.aus(coding), plan.protocol)
    else:
        write_submission(plan.folder / "submission", pooled)
        scored = Scored({}, {}, None, Coverage(expected=len(pooled), predicted=len(pooled)))
        problems = (*problems, "the test labels are not public: see submission/")
    folds = [FoldInfo.model_validate_json((f / "fold.json").read_text()) for f in folders]
    return keep(plan, device, scored, folds=tuple(folds), problems=problems)


def skip(plan: Plan, device: str, reason: str) -> Record:
    """Write the record of a method that cannot do the protocol, so that tables can say why."""
    nothing = Scored({}, {}, None, Coverage(expected=0, predicted=0))
    return keep(plan, device, nothing, problems=plan.problems, skipped=reason)


def keep(
    plan: Plan,
    device: str,
    scored: Scored,
    *,
    problems: tuple[str, ...],
    folds: tuple[FoldInfo, ...] = (),
    skipped: str | None = None,
) -> Record:
    """Write ``record.json``, last, and return what it says."""
    record = make_record(
        scored,
        plan.protocol,
        pack_of(plan.tested, plan.packs).manifest,
        run_id=plan.run_id,
        method=MethodInfo(
            name=plan.name,
            origin=method_origin(plan.name),
            settings=plan.settings,
            synthetic=plan.method.synthetic_parts(),
        ),
        status=plan.status,
        problems=problems,
        skipped=skipped,
        seed=plan.seed,
        environment=environment(
            torch=torch.__version__, device=device_name(device), precision=plan.precision
        ),
        folds=folds,
    )
    record.write(plan.folder / "record.json")
    return record


def provenance(plan: Plan) -> Provenance:
    """Where the predictions of ``plan`` come from, for the metadata of their files."""
    return Provenance(
        run_id=plan.run_id,
        protocol=plan.protocol.name,
        protocol_hash=plan.protocol.hash,
        pack="+".join(pack.manifest.fingerprint for pack in plan.packs.values()),
        synthetic=plan.synthetic,
    )
