"""``aubench schema``: what a record looks like, for other programs."""

from __future__ import annotations

import json

import click


@click.command()
def command() -> None:
    """Print the JSON Schema of ``record.json``; docs/record.schema.json is its output."""
    from aubench.evaluation.records import record_schema

    click.echo(json.dumps(record_schema(), indent=1, ensure_ascii=False))
