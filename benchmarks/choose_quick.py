"""Score values of a method's settings on a development twin, to choose its ``quick`` recipe.

The twin has another seed, and so other faces, than the one that runs are tested on, and only the
validation people of one fold are looked at: nothing that a table shows has been seen. Every trial
adds one line to the log, a CSV file that is kept in ``results/``.

    python benchmarks/choose_quick.py adapt emphasis=2.5,epochs=7 emphasis=0,epochs=21 \\
        --log results/quick-recipes.csv
"""

from __future__ import annotations

import csv
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from aubench.experiment.fold import labelled
from aubench.experiment.methods import make_method
from aubench.experiment.plan import make_plan
from aubench.frames import FloatArray, LabelledFrames
from aubench.metrics import METRICS, moments
from aubench.pack.pack import Pack
from aubench.registry import find
from aubench.synthetic.twin import TwinOptions, twin

COLUMNS = ("method", "protocol", "fold", "twin_seed", "seed", "recipe", "settings",
           "icc", "mse", "mse_of_mean", "level0", "best_epoch", "seconds")  # fmt: skip


@click.command()
@click.argument("method")
@click.argument("trials", nargs=-1, required=True)
@click.option("--protocol", default="disfa3fold", show_default=True)
@click.option("--fold", default="0", show_default=True)
@click.option("--twin-seed", default=1, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=0, show_default=True)
@click.option("--recipe", default="quick", show_default=True)
@click.option("--log", required=True, type=click.Path(path_type=Path))
def main(
    *, method: str, trials: tuple[str, ...], protocol: str, fold: str, twin_seed: int, seed: int,
    recipe: str, log: Path,
) -> None:  # fmt: skip
    """Train METHOD once per trial (SETTING=VALUE,…) and log how the validation people are met."""
    wanted = find("protocols", protocol)
    packs = {c: Pack.open(twin(c, TwinOptions(seed=twin_seed))) for c in wanted.corpora}
    for trial in trials:
        overrides = dict(pair.split("=") for pair in trial.split(",") if pair)
        made = make_method(method, overrides, recipe)
        with tempfile.TemporaryDirectory() as folder:
            plan = make_plan(
                *(method, made, wanted, packs), recipe=recipe, seed=seed, precision="32-true",
                results=Path(folder),
            )  # fmt: skip
            people = plan.protocol.fold(fold)
            train, valid = labelled(plan, people.train), labelled(plan, people.valid)
            context = replace(plan.context, folder=Path(folder), seed=plan.fold_seed(fold))
            start = time.perf_counter()
            predictor = made.fit(train, valid, context)
            seconds = time.perf_counter() - start
            line = {
                "method": method, "protocol": protocol, "fold": fold, "twin_seed": twin_seed,
                "seed": seed, "recipe": recipe, "settings": trial, "seconds": f"{seconds:.0f}",
                "best_epoch": predictor.fitted.best_epoch if predictor.fitted else "",
                **figures(predictor.predict(valid), train, valid),
            }  # fmt: skip
        fresh = not log.exists()
        with log.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if fresh:
                writer.writeheader()
            writer.writerow(line)
        click.echo(line)


def figures(values: FloatArray, train: LabelledFrames, valid: LabelledFrames) -> dict[str, str]:
    """ICC and MSE of ``values``, the MSE of the training mean, and the mean of ``values`` at 0."""
    labels = valid.labels
    constant = np.broadcast_to(np.nanmean(train.labels, axis=0), labels.shape)
    found = {
        "icc": score("icc", labels, values),
        "mse": score("mse", labels, values),
        "mse_of_mean": score("mse", labels, constant.astype(np.float32)),
        "level0": float(values[labels == 0].mean()),
    }
    return {name: f"{value:.4f}" for name, value in found.items()}


def score(metric: str, labels: FloatArray, values: FloatArray) -> float:
    """The mean of a metric over the AUs, all frames pooled."""
    return float(METRICS[metric].of(moments(labels, values)).mean())


if __name__ == "__main__":
    main()
