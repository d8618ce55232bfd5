"""``aubench verify``: whether a record follows from its predictions."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aubench.cli import options
from aubench.cli.terminal import say
from aubench.evaluation.checks.form import malformed
from aubench.evaluation.checks.label_fingerprint import all_labels_of, fingerprint_line
from aubench.evaluation.checks.verify import verify
from aubench.evaluation.records import Record, read_record
from aubench.evaluation.run_folder import RECORD, run_folder
from aubench.pack.pack import Pack
from aubench.protocol import Protocol
from aubench.registry import find


@click.command(epilog=options.example("aubench verify runs/disfa3fold/adapt/ID"))
@click.argument("run", type=options.PATH)
@click.option("--pack", type=options.PATH, help="Folder of a pack; also recompute from its labels.")
def command(*, run: Path, pack: Path | None) -> None:
    """Recompute everything in the record of the folder RUN, and report any disagreement.

    Prints the label fingerprint too: that of another record under the same protocol must be equal.
    Without a pack, the scores are recomputed from the record's moments (sums over its frames), and
    the moments are checked against the predictions; with a pack, the predictions are scored again.
    The exit status is 1 if anything disagrees.
    """
    folder = run_folder(run)
    found = verify(folder, None if pack is None else Pack.open(pack))
    say(_fingerprint(read_record(folder / RECORD)))
    for line in found:
        say(f"disagrees: {line}", fg="red")
    if found:
        sys.exit(1)
    basis = "moments and predictions" if pack is None else "moments, predictions and labels"
    say(f"{folder}: everything agrees, recomputed from {basis}")


def _fingerprint(record: Record) -> str:
    """The fingerprint of the labels that the record was scored against, and what is known of it."""
    labels = {} if malformed(record) else all_labels_of(record)
    if not labels:
        return "no label fingerprint: not every labelled frame was scored"
    protocol: Protocol = find("protocols", record.protocol)
    return fingerprint_line(labels, protocol, synthetic=record.corpus.synthetic)
