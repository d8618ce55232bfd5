"""``aubench pretrain``: train a backbone on an alignment corpus."""

from __future__ import annotations

import pkgutil
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aubench.cli import options
from aubench.errors import AubenchError

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("name")
@click.option(
    "--pack",
    "named",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A pack of faces with landmarks; may be repeated. Else synthetic faces.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="The file of weights to write."
)
@click.option(
    "--held-out",
    multiple=True,
    metavar="KEY",
    help="A part, or a folder of parts, to measure on and not to learn from (wflw/test).",
)
@options.settings
@options.epochs
@options.seed
@options.device
@options.precision
@click.option("--twin-size", default=128, show_default=True, help="Synthetic faces: pixels a side.")
@click.option("--twin-count", default=6_000, show_default=True, help="Synthetic faces: how many.")
def command(
    *,
    name: str,
    named: tuple[Path, ...],
    out: Path,
    held_out: tuple[str, ...],
    settings: tuple[str, ...],
    epochs: int | None,
    seed: int,
    device: str,
    precision: str,
    twin_size: int,
    twin_count: int,
) -> None:
    """Train the backbone NAME (fan) on faces with landmarks, and measure it on held-out parts.

    The same command again goes on where it was stopped. Checkpoints lie beside the weights until
    these are written.
    """
    import shutil

    from rich.console import Console

    from aubench.backbone import Backbone
    from aubench.cli.progress import TwinProgress
    from aubench.devices import resolve_device
    from aubench.method import RunContext
    from aubench.pack.pack import Pack
    from aubench.settings import resolve_settings
    from aubench.synthetic.twin import TwinOptions, twin

    console = Console()
    kind: type[Backbone] = find_backbone(name)
    overrides = options.overrides(settings, epochs)
    backbone = kind(resolve_settings(kind.Settings, overrides))
    if out.exists():
        raise AubenchError("is there already", mend="remove it to make it anew", path=out)
    out.parent.mkdir(parents=True, exist_ok=True)
    if not named:
        with TwinProgress(console) as making:
            named = (twin("alignment", TwinOptions(twin_size, twin_count, seed), making),)
    packs = [Pack.open(path) for path in named]
    checkpoints = out.with_name(f"{out.stem}.checkpoints")
    run = RunContext(
        aus=(),
        folder=checkpoints,
        seed=seed,
        device=resolve_device(device),
        precision=precision,
        synthetic=any(pack.manifest.synthetic for pack in packs),
        monitor=EpochLines(console),
    )
    asked = shlex.join(["aubench", *sys.argv[1:]])
    figures = backbone.pretrain(packs, out, run, held_out=held_out, command=asked)
    shutil.rmtree(checkpoints)
    for part, values in figures.items():
        console.print(f"{part}: " + "  ".join(f"{k} {v:.3f}" for k, v in values.items()))
    console.print(f"written: {out}")


def find_backbone(name: str) -> type:
    """The backbone that ``name`` stands for, among those of all methods.

    Raises:
        AubenchError: If no method has one of that name.
    """
    from aubench.registry import plugins

    known: dict[str, str] = {}
    for plugin in plugins("methods").values():
        if plugin.broken is None:
            known |= plugin.load().backbones
    if name not in known:
        mend = f"choose one of {', '.join(sorted(known)) or '(none is installed)'}"
        raise AubenchError(f"no backbone {name!r}", mend=mend)
    found: type = pkgutil.resolve_name(known[name])
    return found


class EpochLines:
    """Prints a line an epoch.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self.console = console

    def report(self, event: str, **values: float | int | str) -> None:
        """Print the numbers of an epoch."""
        if event == "epoch":
            numbers = ((key, value) for key, value in values.items() if key != "epoch")
            self.console.print(
                f"epoch {values['epoch']}  "
                + "  ".join(f"{key} {value:.4g}" for key, value in numbers)
            )
