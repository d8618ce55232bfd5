"""``aubench measure``: how well a trained backbone does on an alignment corpus."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.backbone import Backbone
from aubench.cli import options
from aubench.cli.methods.pretrain import find_backbone
from aubench.method import RunContext
from aubench.pack.pack import Pack
from aubench.training.devices import resolve_device


@click.command(
    epilog=options.example(
        "aubench measure fan fan.safetensors --pack /data/wflw.pack --part wflw/test",
        "aubench measure fan 2dfan4:2DFAN4-11f355bf06.pth.tar --pack /data/300w-fan.pack",
    )
)
@click.argument("name")
@click.argument("weights")
@click.option(
    "--pack",
    "named",
    multiple=True,
    required=True,
    type=options.PATH,
    help="Folder of a pack of faces with landmarks; may be repeated.",
)
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="KEY",
    show_default="all",
    help="A part to measure on, or a folder of parts (wflw/test); may be repeated.",
)
@options.device
@options.precision
def command(
    *,
    name: str,
    weights: str,
    named: tuple[Path, ...],
    parts: tuple[str, ...],
    device: str,
    precision: str,
) -> None:
    """Measure the backbone NAME (fan) with these WEIGHTS on faces with landmarks.

    WEIGHTS is what a method's setting of that name takes: a file, 'synthetic', '2dfan4:FILE'.
    Printed are the mean and median distance of the points over √(w·h) of the box around the true
    ones (NME, in percent), the share of faces under 10 %, and the AUC at 7 %; then the same of the
    mean shape of these very faces, which a backbone that sees anything must beat.
    """
    kind: type[Backbone] = find_backbone(name)
    packs = [Pack.open(path) for path in named]
    run = RunContext(aus=(), folder=Path(), device=resolve_device(device), precision=precision)
    found = kind(kind.Settings()).measure(weights, packs, run, parts=parts)
    if any(pack.manifest.synthetic for pack in packs):
        click.echo("SYNTHETIC: rendered faces; the numbers say nothing about real ones")
    for what, values in found.items():
        click.echo(f"{what}: " + "  ".join(f"{k} {v:.4g}" for k, v in values.items()))
