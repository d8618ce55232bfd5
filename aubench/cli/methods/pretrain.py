"""``aubench pretrain``: train a backbone on an alignment corpus."""

from __future__ import annotations

import pkgutil
import shlex
import shutil
import sys
from pathlib import Path

import click
from rich.console import Console

from aubench.backbone import Backbone
from aubench.cli import options
from aubench.cli.progress import EpochLines, TwinProgress, literal
from aubench.errors import AubenchError, hint
from aubench.experiment.recipe_choice import AUTO, NONE, choose_recipe, recipe_settings
from aubench.io.locks import LOCK, hold
from aubench.io.text import in_utf8
from aubench.method import RunContext
from aubench.pack.pack import Pack
from aubench.registry import plugins
from aubench.settings import resolve_settings
from aubench.synthetic.twin import TwinOptions, twin
from aubench.training.devices import resolve_device


@click.command(
    epilog=options.example("aubench pretrain fan --pack /data/300wlp.pack --out fan.safetensors")
)
@click.argument("name")
@click.option(
    "--pack",
    "named",
    multiple=True,
    type=options.PATH,
    show_default="synthetic faces",
    help="Folder of a pack of faces with landmarks; may be repeated.",
)
@click.option("--out", required=True, type=options.PATH, help="File of weights to write.")
@click.option(
    "--held-out",
    multiple=True,
    metavar="KEY",
    help="A part to measure on and not to learn from, or a folder of parts (wflw/test); may be "
    "repeated.",
)
@options.recipe
@options.settings
@options.epochs
@options.seed
@options.device
@options.precision
@click.option(
    "--twin-size",
    type=click.IntRange(16, 2048),
    default=128,
    show_default=True,
    help="Width and height of synthetic pictures in pixels, where there is no pack.",
)
@click.option(
    "--twin-count",
    type=click.IntRange(min=1),
    default=6_000,
    show_default=True,
    help="Number of synthetic faces, where there is no pack.",
)
def command(
    *,
    name: str,
    named: tuple[Path, ...],
    out: Path,
    held_out: tuple[str, ...],
    recipe: str,
    settings: tuple[str, ...],
    epochs: int | None,
    seed: int,
    device: str,
    precision: str,
    twin_size: int,
    twin_count: int,
) -> None:
    """Train the backbone NAME (fan) on faces with landmarks, and measure it on held-out parts.

    If the command is interrupted, repeat it: it resumes where it stopped. Checkpoints lie beside
    the weights until these are written.
    """
    console = Console()
    kind: type[Backbone] = find_backbone(name)
    overrides = options.overrides(settings, epochs)
    begun = recipe_settings(name, kind.recipes(), NONE if recipe == AUTO else recipe)
    first = kind(resolve_settings(kind.Settings, overrides, begun))
    chosen = resolve_device(device)
    _refuse_done(out)
    options.make_parent(out)
    if not named:
        first.check_size(twin_size)  # before faces are rendered
        with TwinProgress(console) as making:
            named = (twin("alignment", TwinOptions(twin_size, twin_count, seed), making),)
    packs = [Pack.open(path) for path in named]
    synthetic = all(pack.manifest.synthetic for pack in packs)
    taken = choose_recipe(kind.recipes(), recipe, synthetic=synthetic)
    begun = recipe_settings(name, kind.recipes(), taken)
    backbone = kind(resolve_settings(kind.Settings, overrides, begun))
    checkpoints = out.with_name(f"{out.stem}.checkpoints")
    run = RunContext(
        aus=(),
        folder=checkpoints,
        seed=seed,
        device=chosen,
        precision=precision,
        synthetic=any(pack.manifest.synthetic for pack in packs),
        packs=tuple(pack.manifest.fingerprint for pack in packs),
        monitor=EpochLines(console),
    )
    asked = in_utf8(shlex.join(["aubench", *sys.argv[1:]]))
    with hold(out.with_name(f".{out.name}.{LOCK}")):
        _refuse_done(out)  # by another process, just now
        figures = backbone.pretrain(packs, out, run, held_out=held_out, command=asked)
        shutil.rmtree(checkpoints)
    for part, values in figures.items():
        console.print(f"{literal(part)}: " + "  ".join(f"{k} {v:.3f}" for k, v in values.items()))
    console.print(f"written: {literal(out)}")


def _refuse_done(out: Path) -> None:
    if out.exists():
        raise AubenchError("is there already", mend="remove it to make it anew", path=out)


def find_backbone(name: str) -> type:
    """The backbone called ``name``, among those of all methods.

    Raises:
        AubenchError: If no method has one of that name.
    """
    known: dict[str, str] = {}
    for plugin in plugins("methods").values():
        if plugin.broken is None:
            known |= plugin.load().backbones
    if name not in known:
        every = f"choose one of {', '.join(sorted(known)) or '(none is installed)'}"
        mend = hint(name, known, every)
        raise AubenchError(f"no backbone {name!r}", mend=mend)
    found: type = pkgutil.resolve_name(known[name])
    return found
