"""One fold of a run: train, select, refuse leaks, predict the test frames, keep the predictions.

Each fold leaves its predictions and a small ``fold.json``; both present, the fold is finished and
is never computed again.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from aubench.errors import AubenchError
from aubench.evaluation.expected import presence
from aubench.evaluation.predictions import Provenance, prediction_table, write_predictions
from aubench.evaluation.records import FoldInfo
from aubench.experiment.monitors import JsonLines, Several
from aubench.experiment.packs import pack_of
from aubench.experiment.plan import Plan
from aubench.frames import LabelledFrames
from aubench.method import Cache, Fitted, Predictor, RunContext
from aubench.monitor import Monitor
from aubench.protocol import Fold, select_rows


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


def provenance(plan: Plan) -> Provenance:
    """Where the predictions of ``plan`` come from, for the metadata of their files."""
    return Provenance(
        run_id=plan.run_id,
        protocol=plan.protocol.name,
        protocol_hash=plan.protocol.hash,
        pack="+".join(pack.manifest.fingerprint for pack in plan.packs.values()),
        synthetic=plan.synthetic,
    )
