"""``aubench verify``: whether a record follows from its predictions."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aubench.cli import options
from aubench.evaluation.verify import verify
from aubench.pack.pack import Pack


@click.command(epilog=options.example("aubench verify runs/disfa3fold/adapt/ID"))
@click.argument("run", type=options.PATH)
@click.option("--pack", type=options.PATH, help="Folder of a pack; also recompute from its labels.")
def command(*, run: Path, pack: Path | None) -> None:
    """Recompute everything in the record of the folder RUN, and report any disagreement.

    Without a pack, the scores are recomputed from the record's moments (sums over its frames), and
    the moments are checked against the predictions; with a pack, the predictions are scored again.
    The exit status is 1 if anything disagrees.
    """
    folder = run.parent if run.name == "record.json" else run
    found = verify(folder, None if pack is None else Pack.open(pack))
    for line in found:
        click.secho(f"disagrees: {line}", fg="red")
    if found:
        sys.exit(1)
    basis = "moments and predictions" if pack is None else "moments, predictions and labels"
    click.echo(f"{folder}: everything agrees, recomputed from {basis}")
