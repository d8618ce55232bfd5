"""Sensitivity to one setting: a run of a method at every value of it, chosen by validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import numpy as np

from aubench.errors import AubenchError
from aubench.evaluation.records import Record, Score
from aubench.experiment.methods import make_method, recipes_of
from aubench.experiment.plan import Plan, make_plan
from aubench.experiment.recipe_choice import choose_recipe
from aubench.figures.study.curves import Curve
from aubench.pack.pack import Pack
from aubench.protocol import Protocol
from aubench.recipes import Setting


class Conditions(TypedDict):
    """Arguments of `aubench.experiment.plan.make_plan` that are the same in every run."""

    seed: int
    precision: str
    results: Path


@dataclass(frozen=True)
class Trial:
    """One run of the study.

    Attributes:
        method: As typed.
        value: Of the setting, in its own type.
        plan: The run.
    """

    method: str
    value: Setting
    plan: Plan


def make_trials(
    methods: Sequence[str],
    setting: str,
    values: Sequence[str],
    overrides: Mapping[str, str],
    *,
    recipe: str,
    protocol: Protocol,
    packs: Mapping[str, Pack],
    conditions: Conditions,
) -> list[Trial]:
    """The runs of every method at every value, marked as those of a sweep.

    Args:
        methods: Names.
        setting: A field of their settings.
        values: As typed.
        overrides: ``--set`` fields and values as typed, for all of them.
        recipe: Where their settings begin, as `choose_recipe` takes it.
        protocol: What they are tested under.
        packs: Corpus → pack.
        conditions: Seed, precision, and the folder of all results.

    Raises:
        AubenchError: If a method has no such setting, or ``overrides`` change it, too.
    """
    if setting in overrides:
        raise AubenchError(
            f"--set {setting}={overrides[setting]}, which is what the study changes",
            mend=f"leave it out, or give --values {overrides[setting]}",
        )
    synthetic = all(pack.manifest.synthetic for pack in packs.values())
    trials = []
    for name in dict.fromkeys(methods):
        taken = choose_recipe(recipes_of(name), recipe, synthetic=synthetic)
        for text in values:
            method = make_method(name, {**overrides, setting: text}, taken)
            plan = make_plan(name, method, protocol, packs, recipe=taken, **conditions)
            trials.append(Trial(name, plan.settings[setting], replace(plan, sweep=setting)))
    return trials


def draw_curves(
    trials: Sequence[Trial], records: Sequence[Record]
) -> tuple[list[Curve], tuple[str, ...]]:
    """One curve per method, and the words on the axis if the values are not numbers."""
    every = list(dict.fromkeys(trial.value for trial in trials))
    numbers = [v for v in every if isinstance(v, int | float) and not isinstance(v, bool)]
    words = () if len(numbers) == len(every) else tuple(map(str, every))
    curves: dict[str, dict[float, Mapping[str, Score]]] = {}
    validated: dict[str, dict[float, float]] = {}
    for trial, record in zip(trials, records, strict=True):
        place = float(every.index(trial.value) if words else trial.value)  # type: ignore[arg-type]  # a number
        curves.setdefault(trial.method, {})[place] = record.scores["raw"]
        icc = validation(record)
        if icc is not None:
            validated.setdefault(trial.method, {})[place] = icc
    return [
        Curve(name, dict(sorted(points.items())), dict(sorted(validated.get(name, {}).items())))
        for name, points in curves.items()
    ], words


def validation(record: Record) -> float | None:
    """Mean over the folds of the ICC on validation people; None if a fold does not say one."""
    found = np.array([fold.valid_icc for fold in record.folds], dtype=np.float64)  # None is NaN
    return float(found.mean()) if found.size and np.isfinite(found).all() else None
