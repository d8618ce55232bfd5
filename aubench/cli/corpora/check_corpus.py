"""``aubench check-corpus``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aubench.cli import options
from aubench.errors import AubenchError

if TYPE_CHECKING:
    from aubench.corpora.corpus import Corpus


@click.command()
@click.argument("where", nargs=-1, required=True, metavar="[CORPUS] SOURCE")
@options.settings
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page too, with faces, histograms and co-occurrence.",
)
@click.option("--deep", is_flag=True, help="Decode every picture.")
@click.option("--workers", type=click.IntRange(1), help="Processes.  [default: one a core]")
def command(
    *,
    where: tuple[str, ...],
    settings: tuple[str, ...],
    html: Path | None,
    deep: bool,
    workers: int | None,
) -> None:
    """Report what there is of a corpus in the folder SOURCE against what should be.

    Every mistake of every subject is told in one line: where, what, how to mend it. A fault stops
    aubench prepare; a gap is something that is not there; a doubt is there, but look at it.

    Without CORPUS the layout tells which it is. Exit status 0: complete; 1: usable, but partial;
    2: unusable.
    """
    from dataclasses import replace

    from rich.console import Console

    from aubench.corpora.survey.corpus import survey
    from aubench.corpora.survey.subject import Depth
    from aubench.registry import find
    from aubench.report.corpus import page, text
    from aubench.settings import parse_overrides, resolve_settings

    if len(where) > 2:
        raise click.UsageError(f"Got unexpected extra argument ({where[2]})")
    source = Path(where[-1])
    name = where[0] if len(where) == 2 else recognise(source)
    kind: type[Corpus] = find("corpora", name)
    corpus = kind(source, resolve_settings(kind.Settings, parse_overrides(settings)))
    if html is not None:
        make_folder(html)
    with Bar() as bar:
        depth = Depth(tiles=html is not None, pictures=deep)
        found = survey(corpus, depth, workers=workers or os.cpu_count() or 1, progress=bar)
    found = replace(found, corpus=name)  # two readers may give subjects of one corpus
    text.show(found, Console(highlight=False))
    if html is not None:
        html.write_text(page.render(found), encoding="utf-8")
        click.echo(f"{html}: written")
    sys.exit(found.status)


def make_folder(page: Path) -> None:
    """Make the folder of a file that is to be written before the work begins.

    Raises:
        AubenchError: If there can be none.
    """
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        mend = "name a file in another folder"
        raise AubenchError("no folder can be made", mend=mend, path=page.parent) from error


def recognise(source: Path) -> str:
    """Name of the one corpus whose reader finds subjects in ``source``.

    Raises:
        AubenchError: If there is none, or more than one.
    """
    from aubench.registry import plugins

    if not source.is_dir():
        raise AubenchError("no such folder", mend="name the folder of a corpus", path=source)
    names = list(plugins("corpora"))
    known = [name for name in names if finds_subjects(name, source)]
    if len(known) != 1:
        what = f"may be {' or '.join(known)}" if known else "no corpus is recognised"
        mend = f"say which: aubench check-corpus {'|'.join(known or names)} {source}"
        raise AubenchError(what, mend=mend, path=source)
    return known[0]


def finds_subjects(name: str, source: Path) -> bool:
    """Does the reader ``name`` find subjects in ``source``?"""
    from aubench.corpora.survey.finding import Notebook
    from aubench.corpora.survey.surveyor import surveyor_of
    from aubench.registry import find

    try:
        return bool(surveyor_of(find("corpora", name)(source)).layout(Notebook()))
    except Exception:  # a stranger's reader may fail in any way
        return False


class Bar:
    """Progress by subjects, in a terminal."""

    def __enter__(self) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        console = Console(stderr=True)
        columns = TextColumn("subjects"), BarColumn(bar_width=30), MofNCompleteColumn(), Remaining()
        self.progress = Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )
        self.task = self.progress.add_task("subjects", total=None)
        self.progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.progress.stop()

    def __call__(self, done: int, of: int) -> None:
        """See `aubench.corpora.survey.corpus.survey`."""
        self.progress.update(self.task, completed=done, total=of)
