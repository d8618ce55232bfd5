"""A run: train and test every fold, pool the predictions, score them, write the record.

``record.json`` is written last: its presence means that the run is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import pandas as pd

from aubench.errors import DamagedError
from aubench.evaluation.challenge_csv import write_submission
from aubench.evaluation.predictions import read_predictions, write_predictions
from aubench.evaluation.records import (
    Coverage,
    FoldInfo,
    Record,
    Status,
    calibrations,
    environment,
    read_record,
)
from aubench.evaluation.scoring import Scored, corpus_info, make_record, score
from aubench.experiment.departures import assumed_settings, changed_settings, departures
from aubench.experiment.fold import (
    INFO,
    PREDICTIONS,
    finished,
    finished_folds,
    fold_folder,
    provenance,
    read_info,
    run_fold,
)
from aubench.experiment.packs import pack_of
from aubench.experiment.plan import Plan
from aubench.io.atomic import flush_all, make_folder
from aubench.io.locks import LOCK, hold
from aubench.io.notice import notice
from aubench.method import Cache
from aubench.monitor import Monitor
from aubench.training.devices import device_name

MonitorOfFold = Callable[[str], Monitor]
"""Makes the monitor of the fold that is named."""


def run(
    plan: Plan,
    device: str,
    monitor: MonitorOfFold,
    folds: Sequence[str] | None = None,
    cache: Cache = "auto",
    *,
    partial: bool = False,
) -> Record | None:
    """Carry out what is not done yet of ``plan``.

    Folds may run at the same time, in other processes and on other machines, into one folder:
    whoever completes the last one writes the record.

    Args:
        plan: What to run.
        device: A torch device.
        monitor: Makes the monitor that receives the progress of a fold.
        folds: Names of the folds to run now; all of them when None.
        cache: Where decoded pictures are kept.
        partial: Score the folds that are done while others are missing.

    Returns:
        The record, or None while other folds are still missing. A method that cannot do the
        protocol is skipped, and the record says why.

    Raises:
        AubenchError: If another process is at one of these folds.
    """
    for name in folds or ():
        plan.protocol.fold(name)
    wanted = [fold for fold in plan.protocol.folds if folds is None or fold.name in folds]
    if record := finished_record(plan):
        return record
    make_folder(plan.folder)
    if plan.method.skip(plan.protocol) is None:
        with ExitStack() as held:
            for fold in wanted:
                if finished(fold_folder(plan, fold.name)) is None:
                    make_folder(fold_folder(plan, fold.name))
                    held.enter_context(hold(fold_folder(plan, fold.name) / LOCK))
            for fold in wanted:
                run_fold(plan, fold, device, monitor(fold.name), cache)
    with hold(plan.folder / LOCK, wait=True):
        return finished_record(plan) or compose(plan, device, partial=partial)


def finished_record(plan: Plan) -> Record | None:
    """The record of ``plan`` if nothing is left to do; None also if what it is of is damaged.

    Folds that somebody removed to save space are not missed.
    """
    path, pooled = plan.folder / "record.json", plan.folder / PREDICTIONS
    try:
        record = read_record(path) if path.exists() else None
        if record is None or record.skipped:
            return record
        if pooled.exists():
            read_predictions(pooled)
    except DamagedError as error:
        notice(f"made again: {error.path}: {error.what}")
        return None
    names = [fold.name for fold in record.folds]
    left = [folder for name in names if (folder := fold_folder(plan, name)).is_dir()]
    if not all(map(finished, left)) or len(names) != len(plan.protocol.folds):
        return None
    if record.sweep and not plan.sweep:  # wanted for itself now, it counts like any other
        record = record.model_copy(update={"sweep": None})
        record.write(path)
    return record


def compose(plan: Plan, device: str, *, partial: bool) -> Record | None:
    """The record of what is finished; None while folds are missing, unless ``partial``."""
    if reason := plan.method.skip(plan.protocol):
        return skip(plan, device, reason)
    done = finished_folds(plan)
    if len(done) == len(plan.protocol.folds) or (partial and done):
        return finish(plan, device, done)
    return None


def finish(plan: Plan, device: str, done: Sequence[str]) -> Record:
    """Pool the predictions of the folds ``done``, score them, and write the record.

    Where the test labels are not public, the predictions are also written in submission form, and
    the record has no score. If folds are missing, the record is partial, and is made anew when they
    are done.
    """
    folders = [fold_folder(plan, name) for name in done]
    pooled = pd.concat(
        [read_predictions(folder / PREDICTIONS) for folder in folders],
        ignore_index=True,
    )
    write_predictions(plan.folder / PREDICTIONS, pooled, provenance(plan))
    folds = [read_info(folder / INFO) for folder in folders]
    pack = pack_of(plan.tested, plan.packs)
    missing = [fold.name for fold in plan.protocol.folds if fold.name not in done]
    problems = (*plan.problems, *(f"fold {name} was not run" for name in missing))
    if plan.protocol.labels_public:
        coding = plan.protocol.coding
        scored = score(
            pooled,
            pack.index,
            pack.labels(coding),
            pack.aus(coding),
            plan.protocol,
            calibrations=calibrations(folds),
            allow_partial=bool(missing),
        )
    else:
        write_submission(plan.folder / "submission", pooled)
        scored = Scored({}, {}, None, Coverage(expected=len(pooled), predicted=len(pooled)))
        problems = (*problems, "the test labels are not public: see submission/")
    status = "partial" if missing and plan.status == "official" else plan.status
    return keep(plan, device, scored, status=status, folds=tuple(folds), problems=problems)


def skip(plan: Plan, device: str, reason: str) -> Record:
    """Write the record of a method that cannot do the protocol, so that tables can say why."""
    nothing = Scored({}, {}, None, Coverage(expected=0, predicted=0))
    return keep(plan, device, nothing, status=plan.status, problems=plan.problems, skipped=reason)


def keep(
    plan: Plan,
    device: str,
    scored: Scored,
    *,
    status: Status,
    problems: tuple[str, ...],
    folds: tuple[FoldInfo, ...] = (),
    skipped: str | None = None,
) -> Record:
    """Write ``record.json``, last, and return what it says."""
    import torch  # noqa: PLC0415  # `aubench run --help` does without it

    record = make_record(
        scored,
        plan.protocol,
        pack_of(plan.tested, plan.packs).manifest,
        run_id=plan.run_id,
        method=plan.method_info.model_copy(
            update={
                "recipe": plan.recipe,
                "assumed": assumed_settings(plan),
                "departures": departures(plan),
                "changed": changed_settings(plan),
            }
        ),
        packs=tuple(corpus_info(pack.manifest) for pack in plan.packs.values()),
        status=status,
        problems=problems,
        skipped=skipped,
        sweep=plan.sweep,
        seed=plan.seed,
        environment=environment(
            torch=torch.__version__, device=device_name(device), precision=plan.precision
        ),
        folds=folds,
    )
    flush_all(plan.folder)
    record.write(plan.folder / "record.json")
    return record
