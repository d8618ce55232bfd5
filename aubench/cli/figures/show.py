"""``aubench show``: pictures of what the harness does."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli import options
from aubench.errors import AubenchError

METHODS = ("scratch", "hr2018")
"""Between them, every augmentation of the papers."""


@click.group()
def command() -> None:
    """Draw what the harness does to pictures."""


@command.command()
@click.option(
    "--method",
    "methods",
    multiple=True,
    default=METHODS,
    show_default=True,
    help="Whose augmentations; may be repeated.",
)
@options.settings
@click.option(
    "--pack",
    "named",
    type=click.Path(path_type=Path),
    help="Whose face.  [default: the synthetic twin of DISFA]",
)
@click.option("--seed", default=0, show_default=True, help="Of the draws.")
@click.option(
    "--out",
    default="augment.png",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture.",
)
def augment(
    *, methods: tuple[str, ...], settings: tuple[str, ...], named: Path | None, seed: int, out: Path
) -> None:
    """Draw every augmentation of a method by itself, at the ends of its range, and all together.

    Each draw is shown with its landmarks and, for heat-map methods, with its targets.
    """
    from rich.console import Console

    from aubench.cli.progress import TwinProgress
    from aubench.experiment.plan import make_method
    from aubench.figures.augmentation.draws import rows
    from aubench.figures.augmentation.face import describe, expressive_face
    from aubench.figures.augmentation.sheet import draw
    from aubench.figures.style import SYNTHETIC
    from aubench.pack.pack import Pack
    from aubench.settings import parse_overrides
    from aubench.synthetic.twin import twin

    if out.suffix != ".png":
        raise AubenchError("the picture is a PNG", mend="give a file that ends in .png", path=out)
    overrides = parse_overrides(settings)
    made = {name: make_method(name, overrides) for name in dict.fromkeys(methods)}
    with TwinProgress(Console(stderr=True)) as making:
        pack = Pack.open(named or twin("disfa", monitor=making))
    face = expressive_face(pack)
    blocks = [rows(method, name, face, seed) for name, method in made.items()]
    title = f"Augmentation of {', '.join(made)}: {describe(pack, face)}"
    draw(out, blocks, title, (SYNTHETIC,) if pack.manifest.synthetic else ())
    click.echo(f"wrote {out}")


@command.command()
@click.option("--seed", default=3, show_default=True, help="Whose face.")
@click.option(
    "--out",
    default="crops.png",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture.",
)
def crops(*, seed: int, out: Path) -> None:
    """Draw what each crop recipe of ``aubench prepare`` takes of a synthetic face."""
    from aubench.figures.crops import draw

    if out.suffix != ".png":
        raise AubenchError("the picture is a PNG", mend="give a file that ends in .png", path=out)
    draw(out, seed)
    click.echo(f"wrote {out}")
