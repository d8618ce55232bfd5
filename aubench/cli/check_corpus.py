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
    from rich.console import Console

    from aubench.corpora.survey.subject import Depth
    from aubench.corpora.survey.whole import survey
    from aubench.report.corpus import page, text

    if len(where) > 2:
        raise click.UsageError(f"Got unexpected extra argument ({where[2]})")
    corpus = open_corpus(where[0] if len(where) == 2 else None, Path(where[-1]), settings)
    with Bar() as bar:
        found = survey(
            corpus,
            Depth(tiles=html is not None, pictures=deep),
            workers=workers or os.cpu_count() or 1,
            progress=bar,
        )
    text.show(found, Console(highlight=False))
    if html is not None:
        html.write_text(page.render(found), encoding="utf-8")
        click.echo(f"{html}: written")
    sys.exit(found.status)


def open_corpus(name: str | None, source: Path, settings: tuple[str, ...]) -> Corpus:
    """The reader of ``source``.

    Args:
        name: Of the corpus; None to recognise it.
        source: Its folder.
        settings: Of the reader, as given to ``--set``.

    Raises:
        AubenchError: If none, or more than one, recognises the folder.
    """
    from aubench.registry import find, plugins
    from aubench.settings import parse_overrides, resolve_settings

    overrides = parse_overrides(settings)
    if name is not None:
        kind: type[Corpus] = find("corpora", name)
        return kind(source, resolve_settings(kind.Settings, overrides))
    if not source.is_dir():
        raise AubenchError("no such folder", mend="name the folder of a corpus", path=source)
    names = list(plugins("corpora"))
    known = [each for each in names if recognises(each, source)]
    if len(known) != 1:
        what = f"may be {' or '.join(known)}" if known else "no corpus is recognised"
        mend = f"say which: aubench check-corpus {'|'.join(known or names)} {source}"
        raise AubenchError(what, mend=mend, path=source)
    return open_corpus(known[0], source, settings)


def recognises(name: str, source: Path) -> bool:
    """Does the reader ``name`` find subjects in ``source``?"""
    from aubench.corpora.survey.finding import Notebook
    from aubench.registry import find

    try:
        return bool(find("corpora", name)(source).surveyor().layout(Notebook()))
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
        """See `aubench.corpora.survey.whole.survey`."""
        self.progress.update(self.task, completed=done, total=of)
