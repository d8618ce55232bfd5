"""``aubench verify``: does a record follow from its predictions?"""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--pack", type=click.Path(path_type=Path), help="Recompute from its labels too.")
def command(*, run: Path, pack: Path | None) -> None:
    """Recompute everything in the record of the folder RUN, and report any disagreement.

    Without a pack, the scores are recomputed from the record's moments, and the moments checked
    against the predictions; with one, the predictions are scored again. Exit status 1 if anything
    disagrees.
    """
    from aubench.evaluation.verify import verify
    from aubench.pack.pack import Pack

    folder = run.parent if run.name == "record.json" else run
    found = verify(folder, None if pack is None else Pack.open(pack))
    for line in found:
        click.secho(f"disagrees: {line}", fg="red")
    if found:
        sys.exit(1)
    basis = "moments and predictions" if pack is None else "moments, predictions and labels"
    click.echo(f"{folder}: everything agrees, recomputed from {basis}")
