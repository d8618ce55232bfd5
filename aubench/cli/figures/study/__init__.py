"""``aubench study``: figures of trained runs, and of settings, with the numbers in them."""

from __future__ import annotations

import click

from aubench.cli.figures.study import maps, noise, sensitivity, time


@click.group()
def command() -> None:
    """Study a trained run, or a setting: a figure as PNG and PDF, its numbers as CSV."""


for study in (maps, noise, sensitivity, time):
    command.add_command(study.command, study.__name__.rpartition(".")[2])
