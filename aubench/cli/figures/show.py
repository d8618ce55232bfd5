"""``aubench show``: figures of what the harness does to pictures."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli import completion, options
from aubench.cli.progress import TwinProgress
from aubench.cli.terminal import say
from aubench.errors import AubenchError
from aubench.experiment.methods import make_method, recipes_of
from aubench.experiment.recipe_choice import AUTO, NONE, choose_recipe
from aubench.figures import crops as crop_figure
from aubench.figures.style import SYNTHETIC
from aubench.pack.pack import Pack
from aubench.settings import parse_overrides
from aubench.synthetic.twin import twin

METHODS = ("scratch", "hr2018")
"""Methods that together have every augmentation of the papers."""


def png_option(default: str) -> options.Decorator:
    """The option that names the picture to write.

    Raises:
        AubenchError: If the name does not end in ``.png``.
    """

    def check(_context: click.Context, _option: click.Parameter, out: Path) -> Path:
        if out.suffix != ".png":
            mend = "give a file that ends in .png"
            raise AubenchError("the picture is a PNG", mend=mend, path=out)
        return out

    return click.option(
        "--out",
        default=default,
        show_default=True,
        type=options.UserPath(dir_okay=False),
        callback=check,
        help="PNG file to write.",
    )


@click.group(epilog=options.example("aubench show augment --method scratch"))
def command() -> None:
    """Draw what the harness does to pictures."""


@command.command(
    epilog=options.example("aubench show augment --method g2rl --set rotation=10 --out g2rl.png")
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    default=METHODS,
    shell_complete=completion.names("methods"),
    show_default=True,
    help=f"{options.METHOD_HELP} May be repeated.",
)
@options.recipe
@options.settings
@click.option(
    "--pack",
    "named",
    type=options.PATH,
    show_default="the synthetic twin of DISFA",
    help="Folder of the pack whose most expressive face is drawn.",
)
@options.seed
@png_option("augment.png")
def augment(
    *,
    methods: tuple[str, ...],
    recipe: str,
    settings: tuple[str, ...],
    named: Path | None,
    seed: int,
    out: Path,
) -> None:
    """Draw every augmentation of a method by itself, at the ends of its range, and all together.

    Each draw is shown with its landmarks and, for heat-map methods, with its targets.
    """
    from aubench.figures.augmentation.examples import rows  # noqa: PLC0415  # torch
    from aubench.figures.augmentation.face import describe, expressive_face  # noqa: PLC0415  # torch
    from aubench.figures.augmentation.figure import draw  # noqa: PLC0415  # torch

    overrides = parse_overrides(settings)
    for name in methods:
        make_method(name, overrides, NONE if recipe == AUTO else recipe)  # before a twin is made
    with TwinProgress() as making:
        pack = Pack.open(named or twin("disfa", monitor=making))
    synthetic = pack.manifest.synthetic
    made = {
        name: make_method(
            name, overrides, choose_recipe(recipes_of(name), recipe, synthetic=synthetic)
        )
        for name in dict.fromkeys(methods)
    }
    face = expressive_face(pack)
    blocks = [rows(method, name, face, seed) for name, method in made.items()]
    title = f"Augmentation of {', '.join(made)}: {describe(pack, face)}"
    draw(out, blocks, title, (SYNTHETIC,) if synthetic else ())
    say(f"wrote {out}")


@command.command(epilog=options.example("aubench show crops --out docs/crops.png"))
@click.option(
    "--seed", default=3, show_default=True, help="Seed of the face; another seed, another face."
)
@png_option("crops.png")
def crops(*, seed: int, out: Path) -> None:
    """Draw how each crop recipe of 'aubench prepare' cuts out a synthetic face."""
    crop_figure.draw(out, seed)
    say(f"wrote {out}")
