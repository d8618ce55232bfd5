"""Options that several commands share, and how their texts are read.

A default that is computed is shown like any other: ``show_default`` says it in words.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from aubench.cli import completion
from aubench.errors import AubenchError
from aubench.experiment.recipe_choice import AUTO, CHOICES
from aubench.io.atomic import make_folder
from aubench.io.special import ordinary
from aubench.registry import find, plugins
from aubench.report import FORMATS
from aubench.settings import parse_overrides

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")


class UserPath(click.Path):
    """A path as a user types it: ``~`` is the home folder, also behind ``--option=``.

    No pipe, socket or device is at it: reading one need not end.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(path_type=Path, **given)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, which is never empty."""
        if not str(value).strip():
            self.fail("an empty path (a variable that is not set?)", param, ctx)
        home = os.path.expanduser(str(value))  # noqa: PTH111  # Path's raises where there is no home
        return ordinary(Path(os.fsdecode(super().convert(home, param, ctx))))


PATH = UserPath()
DEVICE_HELP = "Where to compute: cpu, cuda, cuda:1 or mps; auto takes a GPU if there is one."
METHOD_HELP = "A method, or FAMILY/VARIANT such as timm/convnext_tiny; see 'aubench list methods'."

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

protocol = click.option(
    "--protocol",
    required=True,
    shell_complete=completion.names("protocols"),
    help="Protocol to test under; see 'aubench list protocols'.",
)
packs = click.option(
    "--pack",
    "named",
    multiple=True,
    type=PATH,
    show_default="the configured pack, or else a synthetic twin",
    help="Folder of a prepared corpus; may be repeated, for a protocol with two corpora.",
)
tested_pack = click.option(
    "--pack",
    "named",
    type=PATH,
    show_default="the configured pack, or else the synthetic twin",
    help="Folder of the pack that the run was tested on.",
)
settings = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one setting of the method; may be repeated.",
)
reader_settings = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one setting of the corpus's reader; may be repeated.",
)
camera = click.option(
    "--camera", show_default="left", help="Camera to read, for corpora with several: left, right."
)
landmark_source = click.option(
    "--landmark-source",
    show_default="corpus",
    help="Where landmarks come from, for corpora with a choice: corpus, a folder of CSV or .pts "
    "files, or detector (face-alignment, an extra).",
)
epochs = click.option(
    "--epochs",
    type=click.IntRange(min=1),
    show_default="the method's own",
    help="Passes over the training frames; short for --set epochs=N.",
)
recipe = click.option(
    "--recipe",
    default=AUTO,
    show_default=True,
    type=click.Choice(CHOICES),
    help="Where the settings begin: the method's paper, quick (for the few hundred frames of a "
    "synthetic twin), house (ours, where there is no paper), or none (their defaults). auto is "
    "quick if every picture is synthetic, else paper or house. --set wins. 'aubench info METHOD' "
    "shows each value with its source.",
)
seed = click.option(
    "--seed",
    default=0,
    show_default=True,
    help="Seed of every random draw; another seed gives other draws.",
)
device = click.option(
    "--device",
    default="auto",
    show_default=True,
    shell_complete=completion.devices,
    help=DEVICE_HELP,
)
precision = click.option(
    "--precision",
    default="32-true",
    show_default=True,
    type=click.Choice(PRECISIONS),
    help="Number format of the network: full (32-true) or mixed, which is faster on a GPU.",
)
results = click.option(
    "--results",
    default="runs",
    show_default=True,
    type=UserPath(file_okay=False),
    help="Folder that holds the results of all runs.",
)
workers = click.option(
    "--workers",
    type=click.IntRange(1),
    show_default="one per core",
    callback=lambda _context, _option, given: given or os.cpu_count() or 1,
    help="Number of processes; it changes the speed only.",
)
frames = click.option(
    "--frames",
    default="all",
    show_default=True,
    type=click.Choice(["all", "errlog"]),
    help="Frames to keep: all, or without those in the corpus's own error log.",
)
partial = click.option(
    "--partial",
    is_flag=True,
    help="Accept a pack that lacks subjects, or score the folds that are done; the result is "
    "marked as partial.",
)
dry_run = click.option("--dry-run", is_flag=True, help="Print what would be done, and stop.")
output_format = click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Format of the table.",
)


def words(text: str) -> tuple[str, ...]:
    """The words of a list with commas; empty ones are left out."""
    return tuple(filter(None, map(str.strip, text.split(","))))


def word_list(
    flag: str, *, default: str = "", show_default: str | bool = "all", help: str
) -> Decorator:
    """An option that takes words with commas between them, and gives a tuple."""
    return click.option(
        flag,
        default=default,
        metavar="NAME,…",
        show_default=show_default,
        callback=lambda _context, _option, text: words(text),
        help=help,
    )


def number_list(
    flag: str, mend: str, *, default: str = "", show_default: str | bool = True, help: str
) -> Decorator:
    """An option that takes whole numbers with commas between them, and gives a tuple.

    Where a word is no number, the error tells the user to ``mend`` it so.
    """

    def read(_context: click.Context, _option: click.Parameter, text: str) -> tuple[int, ...]:
        try:
            return tuple(dict.fromkeys(map(int, words(text))))
        except ValueError:
            raise AubenchError(f"{flag} {text}", mend=mend) from None

    return click.option(
        flag,
        default=default,
        metavar="NUMBER,…",
        show_default=show_default,
        callback=read,
        help=help,
    )


only_aus = number_list(
    "--aus",
    "write numbers with commas: 1,12",
    show_default="all of the protocol",
    help="Action Units to draw: 1,12.",
)


def find_corpus(name: str, source: Path) -> Any:
    """The reader of the corpus ``name``.

    Raises:
        AubenchError: If there is none, or name and folder are swapped.
    """
    if name not in plugins("corpora") and str(source) in plugins("corpora"):
        what, mend = f"no corpus {name!r}", f"the corpus comes first: {source} {name}"
        raise AubenchError(what, mend=mend)
    return find("corpora", name)


def make_parent(file: Path) -> None:
    """Make the folder that ``file`` will be written to, before the work begins.

    Raises:
        AubenchError: If it cannot be made.
    """
    try:
        make_folder(file.parent)
    except (FileExistsError, NotADirectoryError) as error:
        mend = "name a file in another folder"
        raise AubenchError("no folder can be made", mend=mend, path=file.parent) from error


def example(*lines: str) -> str:
    """The end of a command's help (``epilog``): example commands, one per line."""
    return "\b\n" + "\n".join(("Example:", *(f"  {line}" for line in lines)))


def overrides(given: tuple[str, ...], passes: int | None) -> dict[str, str]:
    """What ``--set`` and ``--epochs`` say, by setting."""
    return parse_overrides(given) | ({} if passes is None else {"epochs": str(passes)})


def reader_overrides(given: tuple[str, ...], **named: str | None) -> dict[str, str]:
    """What the options of a corpus's reader say, by setting; ``--set`` wins."""
    said = {name: value for name, value in named.items() if value is not None}
    return said | parse_overrides(given)
