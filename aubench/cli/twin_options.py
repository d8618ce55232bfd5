"""The options that say which synthetic twin is used where there is no pack."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from aubench.synthetic.twin import NAMED, TwinOptions


def twin_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command`` the options of a twin; it receives ``twins``, a `TwinOptions`."""

    @click.option(
        "--twin",
        type=click.Choice(tuple(NAMED)),
        default="demo",
        show_default=True,
        help="Synthetic twin to make where there is no pack: "
        + "; ".join(
            f"{name}, {kind.size} pixels and up to {kind.frames:,} frames per subject"
            for name, kind in NAMED.items()
        )
        + ".",
    )
    @click.option(
        "--twin-size",
        type=click.IntRange(16, 2048),
        show_default="that of --twin",
        help="Width and height of its pictures in pixels.",
    )
    @click.option(
        "--twin-frames",
        type=click.IntRange(min=1),
        show_default="that of --twin",
        help="Its frames per subject.",
    )
    @functools.wraps(command)
    def with_twins(
        *, twin: str, twin_size: int | None, twin_frames: int | None, **given: Any
    ) -> None:
        named = NAMED[twin]
        size = named.size if twin_size is None else twin_size
        frames = named.frames if twin_frames is None else twin_frames
        command(twins=TwinOptions(size=size, frames=frames), **given)

    return with_twins
