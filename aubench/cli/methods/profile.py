"""``aubench profile``: what methods cost."""

from __future__ import annotations

import click

from aubench.action_units import NAMES
from aubench.cli import completion, options
from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench.registry import plugins
from aubench.report import render
from aubench.settings import parse_overrides
from aubench.training.devices import device_name, resolve_device


@click.command(epilog=options.example("aubench profile --method adapt --method scratch --size 256"))
@click.option(
    "--method",
    "methods",
    multiple=True,
    show_default="all but families",
    shell_complete=completion.names("methods"),
    help=f"{options.METHOD_HELP} May be repeated.",
)
@options.settings
@click.option(
    "--size",
    type=click.IntRange(16, 2048),
    default=256,
    show_default=True,
    help="Width and height of the pictures in pixels.",
)
@options.number_list(
    "--aus",
    "write numbers with commas: 6,10,12",
    default="6,10,12,14,17",
    help="Action Units to estimate; the default is those of FERA 2015.",
)
@click.option(
    "--device",
    "devices",
    multiple=True,
    default=("auto",),
    show_default=True,
    help=f"{options.DEVICE_HELP} May be repeated.",
)
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    default=("32-true",),
    show_default=True,
    type=click.Choice(options.PRECISIONS),
    help="Number format of the network; may be repeated.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    help="How long to measure at each batch size, in seconds.",
)
@options.output_format
def command(
    *,
    methods: tuple[str, ...],
    settings: tuple[str, ...],
    size: int,
    aus: tuple[int, ...],
    devices: tuple[str, ...],
    precisions: tuple[str, ...],
    seconds: float,
    style: str,
) -> None:
    """Measure parameters, flops, activations, memory and seconds per picture of methods.

    Numbers that papers print stand beside ours. Networks have random weights. "≥" marks a lower
    bound: the flop counter does not know one of the operators.
    """
    from aubench.profiling.profile import profile  # noqa: PLC0415  # torch
    from aubench.report.complexity import DeviceProfiles, complexity  # noqa: PLC0415  # torch

    if not aus:
        raise AubenchError("--aus names nothing", mend="write numbers with commas: 6,10,12")
    if strange := [au for au in aus if au not in NAMES]:
        what = f"--aus {strange[0]}: no such Action Unit"
        raise AubenchError(what, mend=f"choose among {', '.join(map(str, NAMES))}")
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
                    aus=aus,
                    size=size,
                    device=device,
                    precision=precision,
                    seconds=seconds,
                )
            benches.append(DeviceProfiles(device_name(device), precision, profiles))
    click.echo(render([complexity(benches, size, len(aus))], style))


def _everything() -> tuple[str, ...]:
    """Every installed method that can be loaded and needs no variant."""
    return tuple(
        name
        for name, plugin in plugins("methods").items()
        if plugin.broken is None and not plugin.load().family
    )
