"""``aubench study sensitivity``: scores against the values of a setting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from aubench.cli import completion, options
from aubench.cli.figures.study.shared import metric_of, metric_option, out_option
from aubench.cli.methods.beforehand import refuse_before_rendering, refuse_results
from aubench.cli.methods.dry_run import unmade_lines
from aubench.cli.progress import FoldProgress, TwinProgress
from aubench.cli.terminal import say
from aubench.cli.twin_options import twin_options
from aubench.errors import AubenchError, printable
from aubench.experiment.methods import make_method
from aubench.experiment.packs import resolve_packs, twins_to_make
from aubench.experiment.recipe_choice import AUTO, NONE
from aubench.experiment.run import run
from aubench.figures.files import FigureFiles
from aubench.figures.study.curves import Chart, Curve, write
from aubench.figures.study.presets import preset, values_of
from aubench.figures.study.sensitivity import draw_curves, make_trials
from aubench.figures.study.tested_run import warnings
from aubench.metrics import METRICS
from aubench.protocol import Protocol
from aubench.registry import find
from aubench.synthetic.twin import TwinOptions
from aubench.training.devices import resolve_device


@click.command(
    short_help="Train and test methods at every value of a setting.",
    epilog=options.example(
        "aubench study sensitivity lam --method g2rl --protocol disfa3fold",
        "aubench study sensitivity lr --values 1e-4,1e-3 --method scratch --protocol disfa3fold",
    ),
)
@click.argument("setting")
@click.option(
    "--method",
    "methods",
    multiple=True,
    required=True,
    shell_complete=completion.names("methods"),
    help=f"{options.METHOD_HELP} May be repeated.",
)
@click.option(
    "--values",
    default="",
    metavar="A,B,…",
    show_default="a paper's, for sigma and lam of g2rl",
    help="Values of the setting to try.",
)
@metric_option
@options.protocol
@options.packs
@options.recipe
@options.settings
@options.epochs
@options.seed
@options.device
@options.precision
@options.partial
@options.dry_run
@options.results
@twin_options
@out_option("sensitivity")
def command(
    *,
    setting: str,
    methods: tuple[str, ...],
    values: str,
    metric: str | None,
    out: Path,
    protocol: str,
    named: tuple[Path, ...],
    recipe: str,
    settings: tuple[str, ...],
    epochs: int | None,
    seed: int,
    device: str,
    precision: str,
    partial: bool,
    dry_run: bool,
    results: Path,
    twins: TwinOptions,
) -> None:
    """Train and test methods at every value of SETTING (as Fan & Lin 2020, Figs. 6–7).

    Every value is run as by 'aubench run' and kept in --results, where tables leave it out. If the
    command is interrupted, repeat it: it resumes where it stopped, and runs that are done are not
    done again. The value to use is the one that validation chooses; the test is no place to choose.
    """
    files = FigureFiles.named(out)
    wanted: Protocol = find("protocols", protocol)
    shown = metric_of(metric, wanted)
    known = preset(methods, setting)
    overrides = options.overrides(settings, epochs)
    console = Console(highlight=False, soft_wrap=True)
    tried = values_of(values, known, setting)
    chosen = resolve_device(device)
    refuse_results(results, protocol)
    unmade = twins_to_make(wanted, named, twins)
    for method in methods if unmade else ():
        begun = NONE if recipe == AUTO else recipe
        first = make_method(method, overrides | {setting: tried[0]}, begun)
        refuse_before_rendering(first, wanted, twins.size, precision, results)
    if unmade and dry_run:
        for line in unmade_lines(unmade, twins):
            console.print(line, markup=False)
        console.print(f"{setting} of {', '.join(methods)} would be {', '.join(tried)}")
        return
    with TwinProgress(console) as making:
        packs = resolve_packs(wanted, named, twins, making)
    trials = make_trials(
        methods,
        setting,
        tried,
        overrides,
        recipe=recipe,
        protocol=wanted,
        packs=packs,
        conditions={"seed": seed, "precision": precision, "results": results},
    )
    lacking = trials[0].plan.lacking
    if lacking and not partial:
        raise AubenchError(lacking[0], mend="prepare what is missing, or give --partial")
    records = []
    for trial in trials:
        done = (trial.plan.folder / "record.json").exists()
        state = "done before" if done else "to do"
        said = f"{trial.method} {setting}={trial.value}: {trial.plan.folder}"
        console.print(printable(f"{said} ({state})"), markup=False)
        if dry_run:
            continue
        with FoldProgress(console) as progress:
            record = run(trial.plan, chosen, progress.monitor)
        assert record is not None  # all folds ran
        records.append(record)
    if dry_run:
        return
    curves, words = draw_curves(trials, records)
    chart = Chart(
        title=f"Sensitivity to {setting}, {wanted.name}",
        warnings=warnings(records),
        axis=known.label if known else setting,
        key=setting,
        metric=shown,
        aus=wanted.aus,
        curves=curves,
        words=words,
    )
    write(chart, files)
    for curve in curves:
        console.print(*map(printable, _verdict(curve, chart)), sep="\n", markup=False)
    say(f"wrote {files}")


def _verdict(curve: Curve, chart: Chart) -> Iterator[str]:
    """Yield a line per value with its scores, and one that says which value validation chooses."""
    for place, scores in curve.points.items():
        mean, icc = scores[chart.metric].mean, curve.validation.get(place)
        said = "not said" if icc is None else f"{icc:.3f}"
        tested = "undef." if mean is None else f"{mean:.3f}"
        yield (
            f"{curve.name} {chart.key}={chart.spelled(place)}: validation ICC {said}, "
            f"test {METRICS[chart.metric].title} {tested}"
        )
    if curve.chosen is None:
        yield f"{curve.name}: no validation ICC of every value, so nothing to choose {chart.key} by"
    else:
        yield f"{curve.name}: validation chooses {chart.key}={chart.spelled(curve.chosen)}"
