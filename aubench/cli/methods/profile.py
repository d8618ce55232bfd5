"""``aubench profile``: what methods cost."""

from __future__ import annotations

import click

from aubench.cli import options
from aubench.errors import AubenchError
from aubench.report import FORMATS, render


@click.command()
@click.option(
    "--method",
    "methods",
    multiple=True,
    help="A method, or FAMILY/VARIANT; may be repeated.  [default: all but families]",
)
@options.settings
@click.option(
    "--size", type=click.IntRange(16, 2048), default=256, show_default=True, help="Pixels a side."
)
@click.option(
    "--aus", default="6,10,12,14,17", show_default=True, help="Action Units; as in FERA 2015."
)
@click.option(
    "--device",
    "devices",
    multiple=True,
    default=("auto",),
    show_default=True,
    help="cpu, cuda, cuda:1, mps; may be repeated.",
)
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    default=("32-true",),
    show_default=True,
    type=click.Choice(options.PRECISIONS),
    help="May be repeated.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    help="How long to measure at each batch size.",
)
@click.option("--format", "style", type=click.Choice(FORMATS), default="text", show_default=True)
def command(
    *,
    methods: tuple[str, ...],
    settings: tuple[str, ...],
    size: int,
    aus: str,
    devices: tuple[str, ...],
    precisions: tuple[str, ...],
    seconds: float,
    style: str,
) -> None:
    """Measure parameters, flops, activations, memory and seconds a picture, beside papers' numbers.

    Networks have random weights. An operator that the flop counter does not know makes a number a
    lower bound, "≥".
    """
    from aubench.devices import device_name, resolve_device
    from aubench.experiment.plan import make_method
    from aubench.profiling.profile import profile
    from aubench.report.complexity import Bench, complexity
    from aubench.settings import parse_overrides

    units = _units(aus)
    names = methods or _everything()
    configured = {name: make_method(name, parse_overrides(settings)) for name in names}
    benches = []
    for device in dict.fromkeys(map(resolve_device, devices)):
        for precision in dict.fromkeys(precisions):
            profiles = {}
            for name, method in configured.items():
                click.echo(f"{name} on {device} in {precision} …", err=True)
                profiles[name] = profile(
                    method,
                    aus=units,
                    size=size,
                    device=device,
                    precision=precision,
                    seconds=seconds,
                )
            benches.append(Bench(device_name(device), precision, profiles))
    click.echo(render([complexity(benches, size, len(units))], style))


def _units(text: str) -> tuple[int, ...]:
    """Action Units from ``6,10,12``."""
    try:
        units = tuple(dict.fromkeys(int(word) for word in text.split(",")))
    except ValueError:
        units = ()
    if not units:
        raise AubenchError(f"--aus {text}", mend="write numbers with commas: 6,10,12")
    return units


def _everything() -> tuple[str, ...]:
    """Every installed method that is whole and needs no variant."""
    from aubench.registry import plugins

    return tuple(
        name
        for name, plugin in plugins("methods").items()
        if plugin.broken is None and not plugin.load().family
    )
