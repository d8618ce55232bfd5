"""``aubench run``: train and test a method under a protocol."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource
from rich.console import Console

from aubench.cli import completion, options
from aubench.cli.methods.beforehand import (
    refuse_before_rendering,
    refuse_folds,
    refuse_results,
    refuse_tensorboard,
)
from aubench.cli.methods.blame import blames_the_method
from aubench.cli.methods.dry_run import describe, describe_unmade
from aubench.cli.progress import FoldProgress, TwinProgress, duration, literal
from aubench.cli.signals import Stopped
from aubench.cli.twin_options import twin_options
from aubench.errors import AubenchError
from aubench.evaluation.records import Score
from aubench.experiment.fold import finished_folds
from aubench.experiment.methods import make_method, recipes_of
from aubench.experiment.packs import resolve_packs, twins_to_make
from aubench.experiment.plan import Plan, make_plan
from aubench.experiment.recipe_choice import AUTO, NONE, choose_recipe
from aubench.experiment.run import run as run_plan
from aubench.method import Cache
from aubench.protocol import TWIN, Protocol
from aubench.registry import find
from aubench.report.papers.printed import printed_lines
from aubench.synthetic.twin import TwinOptions
from aubench.training.devices import resolve_device

MOST = 100
"""Seeds that one command runs, so that a slip in a range is noticed."""


@click.command(
    epilog=options.example(
        "aubench run --method adapt --protocol disfa3fold",
        "aubench run --method scratch --protocol disfa3fold --set flip=0 --epochs 5",
        "aubench run --method adapt --protocol disfa3fold --seeds 0-4",
    )
)
@click.option(
    "--method",
    required=True,
    shell_complete=completion.names("methods"),
    help=options.METHOD_HELP,
)
@options.protocol
@options.packs
@options.recipe
@options.settings
@options.epochs
@options.seed
@click.option(
    "--seeds",
    metavar="SEEDS",
    show_default="the one of --seed",
    callback=lambda _context, _option, text: _numbers(text),
    help="Run once with each of these seeds: 0-4, or 0,3,5. Their runs are one row of "
    "'aubench table', with the spread over the seeds.",
)
@options.device
@options.precision
@click.option(
    "--cache",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "device", "memory", "none"]),
    help="Where decoded pictures are kept between epochs; it changes the speed only. auto keeps "
    "them if there is a GPU and a quarter of the free memory is enough.",
)
@click.option(
    "--fold",
    "folds",
    multiple=True,
    show_default="all",
    shell_complete=completion.folds,
    help="Run only this fold, to run the others on other machines; may be repeated.",
)
@options.partial
@options.dry_run
@options.results
@click.option("--tensorboard", is_flag=True, help="Also write TensorBoard event files (an extra).")
@twin_options
@blames_the_method
def command(
    *,
    method: str,
    protocol: str,
    named: tuple[Path, ...],
    recipe: str,
    settings: tuple[str, ...],
    epochs: int | None,
    seed: int,
    seeds: tuple[int, ...],
    device: str,
    precision: str,
    cache: Cache,
    folds: tuple[str, ...],
    partial: bool,
    dry_run: bool,
    results: Path,
    tensorboard: bool,
    twins: TwinOptions,
) -> None:
    """Train and test a method under a protocol, and keep predictions, scores and checkpoints.

    If the command is interrupted, repeat it: it resumes where it stopped. A run that is finished is
    not done again.
    """
    if (
        seeds
        and click.get_current_context().get_parameter_source("seed") != ParameterSource.DEFAULT
    ):
        raise AubenchError("both --seed and --seeds", mend="give one of them")
    console = Console(highlight=False, soft_wrap=True)
    overrides = options.overrides(settings, epochs)
    first = make_method(method, overrides, NONE if recipe == AUTO else recipe)
    wanted: Protocol = find("protocols", protocol)
    refuse_folds(wanted, folds)
    chosen = resolve_device(device)
    refuse_results(results, protocol)
    if tensorboard:
        refuse_tensorboard()
    unmade = twins_to_make(wanted, named, twins)
    if unmade:
        refuse_before_rendering(first, wanted, twins.size, precision, results)
    if unmade and dry_run:
        said = describe_unmade(
            method,
            overrides=overrides,
            recipe=recipe,
            protocol=wanted,
            unmade=unmade,
            twins=twins,
            folds=folds,
        )
        for line in said:
            console.print(line, markup=False)
        return
    with TwinProgress(console) as making:
        packs = resolve_packs(wanted, named, twins, making)
    synthetic = all(pack.manifest.synthetic for pack in packs.values())
    taken = choose_recipe(recipes_of(method), recipe, synthetic=synthetic)
    configured = make_method(method, overrides, taken)
    plans = [
        make_plan(
            *(method, configured, wanted, packs),
            recipe=taken,
            seed=each,
            precision=precision,
            results=results,
        )
        for each in seeds or (seed,)
    ]
    _announce(plans, console)
    lacking = plans[0].lacking
    if lacking and not partial:
        raise AubenchError(
            lacking[0],
            mend="prepare what is missing, or give --partial for a result marked as partial",
        )
    for plan in plans:
        if len(plans) > 1:
            console.print(f"[bold]seed {plan.seed}[/] → {literal(plan.folder)}")
        if dry_run:
            for line in describe(plan, folds):
                console.print(line, markup=False)
        else:
            _run(*(plan, chosen, cache, folds, console), tensorboard=tensorboard, partial=partial)


def _numbers(text: str | None) -> tuple[int, ...]:
    """The whole numbers of a list with commas and ranges: ``0-2,7`` → 0, 1, 2, 7."""
    numbers: dict[int, None] = {}
    for word in options.words(text or ""):
        span = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", word)
        found = range(int(span[1]), int(span[2] or span[1]) + 1) if span else range(0)
        numbers |= dict.fromkeys(found[: MOST + 1])
        if not found or len(numbers) > MOST:
            numbers = {}
            break
    if text is not None and not numbers:
        mend = f"write 0-4 for five seeds, or 0,3,5; at most {MOST}"
        raise AubenchError(f"--seeds {text}", mend=mend)
    return tuple(numbers)


def _announce(plans: list[Plan], console: Console) -> None:
    """Print what runs on what, and a warning if the faces are synthetic."""
    plan = plans[0]
    place = plan.folder if len(plans) == 1 else f"{len(plans)} seeds"
    console.print(f"[bold]{plan.name}[/] under [bold]{plan.protocol.name}[/] → {literal(place)}")
    for corpus, pack in plan.packs.items():
        manifest = pack.manifest
        console.print(
            f"{corpus}: {len(pack.index):,} frames of {len(manifest.subjects)} subjects, "
            f"{manifest.size}×{manifest.size}, crop {manifest.recipe.name}, "
            f"fingerprint {manifest.fingerprint[:12]}"
        )
        if manifest.synthetic and not corpus.startswith(TWIN):
            console.print(
                f"[bold yellow]SYNTHETIC: this is not {corpus.upper()}. Rendered faces of nobody; "
                "the result says nothing about real ones.[/]"
            )


def _run(
    plan: Plan,
    device: str,
    cache: Cache,
    folds: tuple[str, ...],
    console: Console,
    *,
    tensorboard: bool,
    partial: bool,
) -> None:
    """Run with progress on the screen, then print the scores."""
    done_before = (plan.folder / "record.json").exists()
    before = finished_folds(plan)
    if before and not done_before:
        console.print(f"done before: {_folds(before)}")
    with FoldProgress(console, plan.folder / "tensorboard" if tensorboard else None) as progress:
        try:
            record = run_plan(plan, device, progress.monitor, folds or None, cache, partial=partial)
        except Stopped:
            console.print(_interrupted(plan, progress), markup=False)
            raise
    if record is None:
        console.print(
            "the folds asked for are finished; others are still missing (--partial scores these)"
        )
        return
    label = "done before" if done_before else "done"
    if record.skipped:
        what = f"{plan.name} cannot do {plan.protocol.name}"
        console.print(f"[bold]skipped[/]: {what}: {literal(record.skipped)}")
        return
    if not record.scores:
        console.print(f"[bold]{label}[/] ({record.status}): {literal(record.problems[-1])}")
        return
    shown = "  ".join(_mean(name, score) for name, score in record.scores["raw"].items())
    console.print(
        f"[bold]{label}[/] ({record.status}): mean over {len(record.aus)} AUs "
        f"with 95 % intervals over subjects: {shown}"
    )
    spent = sum((f.fit_seconds or 0.0) + (f.predict_seconds or 0.0) for f in record.folds)
    if record.folds and not done_before:
        console.print(f"{len(record.folds)} folds took {duration(spent)}")
    if record.status != "synthetic":
        for line in printed_lines(record):
            console.print(line, markup=False)


def _folds(names: Sequence[str]) -> str:
    """``fold 0`` or ``folds 0, 1``."""
    return f"fold{'s' * (len(names) > 1)} {', '.join(names)}"


def _interrupted(plan: Plan, progress: FoldProgress) -> str:
    """What is kept of a run that Ctrl-C ended, and how to go on."""
    kept = [_folds(names)] if (names := finished_folds(plan)) else []
    if progress.epoch is not None and progress.epoch[0] not in names:
        kept.append("fold {} up to epoch {}".format(*progress.epoch))
    what = " and ".join(kept) or "nothing was finished yet"
    return f"kept in {plan.folder}: {what}"


def _mean(name: str, score: Score) -> str:
    """``ICC 0.571 (0.512–0.618)``."""
    if score.mean is None:
        return f"{name.upper()} undef."
    span = score.mean_interval
    return f"{name.upper()} {score.mean:.3f}" + (f" ({span[0]:.3f}–{span[1]:.3f})" if span else "")
