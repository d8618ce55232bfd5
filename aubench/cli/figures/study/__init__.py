"""``aubench study``: figures of trained runs, and of settings, with the numbers in them."""

from __future__ import annotations

import click

from aubench.cli import options
from aubench.cli.figures.study import maps, noise, sensitivity, time


@click.group(epilog=options.example("aubench study maps runs/disfa3fold/adapt/ID"))
def command() -> None:
    """Study a finished run, or a setting: draw a figure (PNG, PDF) and write its numbers (CSV)."""


for study in (maps, noise, sensitivity, time):
    command.add_command(study.command, study.__name__.rpartition(".")[2])
