"""``aubench schema``: the format of a record, for other programs."""

from __future__ import annotations

import json

import click

from aubench.cli import options
from aubench.evaluation.records import record_schema


@click.command(epilog=options.example("aubench schema > record.schema.json"))
def command() -> None:
    """Print the JSON Schema of ``record.json``; docs/record.schema.json is its output."""
    click.echo(json.dumps(record_schema(), indent=1, ensure_ascii=False))
