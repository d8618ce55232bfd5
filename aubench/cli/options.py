"""Options that several commands have, with one meaning and one wording."""

from __future__ import annotations

from pathlib import Path

import click

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")

protocol = click.option(
    "--protocol", required=True, help="A protocol; see 'aubench list protocols'."
)
packs = click.option(
    "--pack",
    "named",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A prepared corpus; else the configured one; else a synthetic twin.",
)
settings = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override a setting."
)
epochs = click.option("--epochs", type=click.IntRange(min=1), help="Short for --set epochs=N.")
seed = click.option("--seed", default=0, show_default=True, help="Of every random draw.")
device = click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps.")
precision = click.option(
    "--precision", default="32-true", show_default=True, type=click.Choice(PRECISIONS)
)
results = click.option(
    "--results",
    default="runs",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of all results.",
)


def overrides(given: tuple[str, ...], passes: int | None) -> dict[str, str]:
    """What ``--set`` and ``--epochs`` say, by setting."""
    from aubench.settings import parse_overrides

    return parse_overrides(given) | ({} if passes is None else {"epochs": str(passes)})
