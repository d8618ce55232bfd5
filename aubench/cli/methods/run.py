"""``aubench run``: train and test a method under a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aubench.cli import options
from aubench.errors import AubenchError

if TYPE_CHECKING:
    from rich.console import Console

    from aubench.evaluation.records import Score
    from aubench.experiment.plan import Plan
    from aubench.method import Cache


@click.command()
@click.option("--method", required=True, help="A method, or FAMILY/VARIANT (timm/convnext_tiny).")
@options.protocol
@options.packs
@options.settings
@options.epochs
@options.seed
@options.device
@options.precision
@click.option(
    "--cache",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "device", "memory", "none"]),
    help="Where decoded pictures are kept between epochs; auto: beside a GPU, where a quarter of "
    "the free memory suffices. It changes speed only.",
)
@click.option(
    "--fold", "folds", multiple=True, help="Only this fold; the others on other machines."
)
@click.option("--partial", is_flag=True, help="Go on with a pack that lacks subjects.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and stop.")
@options.results
@click.option("--tensorboard", is_flag=True, help="Also write TensorBoard event files.")
@click.option("--twin-size", default=128, show_default=True, help="Synthetic twin: pixels a side.")
@click.option("--twin-frames", default=40, show_default=True, help="Synthetic twin: frames each.")
def command(
    *,
    method: str,
    protocol: str,
    named: tuple[Path, ...],
    settings: tuple[str, ...],
    epochs: int | None,
    seed: int,
    device: str,
    precision: str,
    cache: Cache,
    folds: tuple[str, ...],
    partial: bool,
    dry_run: bool,
    results: Path,
    tensorboard: bool,
    twin_size: int,
    twin_frames: int,
) -> None:
    """Train and test a method under a protocol; the same command again resumes or says "done"."""
    from rich.console import Console

    from aubench.cli.progress import TwinProgress
    from aubench.experiment.packs import resolve_packs
    from aubench.experiment.plan import make_method, make_plan
    from aubench.protocol import Protocol
    from aubench.registry import find
    from aubench.synthetic.twin import TwinOptions

    console = Console(highlight=False, soft_wrap=True)
    configured = make_method(method, options.overrides(settings, epochs))
    wanted: Protocol = find("protocols", protocol)
    with TwinProgress(console) as making:
        twins = TwinOptions(size=twin_size, frames=twin_frames)
        packs = resolve_packs(wanted, named, twins, making)
    plan = make_plan(
        method, configured, wanted, packs, seed=seed, precision=precision, results=results
    )
    _announce(plan, console)
    if plan.lacking and not partial:
        raise AubenchError(
            plan.lacking[0],
            mend="prepare what is missing, or give --partial for a result marked as partial",
        )
    if dry_run:
        _describe(plan, folds, console)
        return
    _run(plan, device, cache, folds, console, tensorboard=tensorboard)


def _announce(plan: Plan, console: Console) -> None:
    """Say what runs on what; loudly if the faces are synthetic."""
    console.print(f"[bold]{plan.name}[/] under [bold]{plan.protocol.name}[/] → {plan.folder}")
    for corpus, pack in plan.packs.items():
        manifest = pack.manifest
        console.print(
            f"{corpus}: {len(pack.index):,} frames of {len(manifest.subjects)} subjects, "
            f"{manifest.size}×{manifest.size}, crop {manifest.recipe.name}, "
            f"fingerprint {manifest.fingerprint[:12]}"
        )
        if manifest.synthetic:
            console.print(
                f"[bold yellow]SYNTHETIC: this is not {corpus.upper()}. Rendered faces of nobody; "
                "the result says nothing about real ones.[/]"
            )


def _describe(plan: Plan, folds: tuple[str, ...], console: Console) -> None:
    """What a run would do."""
    from aubench.experiment.fold import fold_folder
    from aubench.experiment.plan import joint_index
    from aubench.protocol import select_rows

    reason = plan.method.skip(plan.protocol)
    if reason:
        console.print(f"skipped: {reason}")
        return
    console.print("settings: " + ", ".join(f"{k}={v}" for k, v in plan.settings.items()))
    index = joint_index(plan.packs)
    for fold in plan.protocol.folds:
        if folds and fold.name not in folds:
            continue
        frames = [
            f"{len(select_rows(index, subjects, plan.protocol)):,} {role}"
            for role, subjects in (
                ("train", fold.train),
                ("valid", fold.valid),
                ("test", fold.test),
            )
        ]
        state = "done" if (fold_folder(plan, fold.name) / "fold.json").exists() else "to do"
        console.print(f"fold {fold.name}: {', '.join(frames)} frames; {state}")


def _run(
    plan: Plan,
    device: str,
    cache: Cache,
    folds: tuple[str, ...],
    console: Console,
    *,
    tensorboard: bool,
) -> None:
    """Run with progress on the screen, then say what came out."""
    from aubench.cli.progress import FoldProgress
    from aubench.devices import resolve_device
    from aubench.experiment.run import run

    done_before = (plan.folder / "record.json").exists()
    with FoldProgress(console, plan.folder / "tensorboard" if tensorboard else None) as progress:
        record = run(plan, resolve_device(device), progress.monitor, folds or None, cache)
    if record is None:
        console.print("the folds asked for are finished; others are still missing")
        return
    label = "done before" if done_before else "done"
    if record.skipped:
        what = f"{plan.name} cannot do {plan.protocol.name}"
        console.print(f"[bold]skipped[/]: {what}: {record.skipped}")
        return
    if not record.scores:
        console.print(f"[bold]{label}[/] ({record.status}): {record.problems[-1]}")
        return
    shown = "  ".join(_mean(name, score) for name, score in record.scores["raw"].items())
    console.print(
        f"[bold]{label}[/] ({record.status}): mean over {len(record.aus)} AUs "
        f"with 95 % intervals over subjects: {shown}"
    )


def _mean(name: str, score: Score) -> str:
    """``ICC 0.571 (0.512–0.618)``."""
    if score.mean is None:
        return f"{name.upper()} undef."
    span = score.mean_interval
    return f"{name.upper()} {score.mean:.3f}" + (f" ({span[0]:.3f}–{span[1]:.3f})" if span else "")
