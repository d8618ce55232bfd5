"""``aubench check-corpus``: report what is there of a corpus, and what is not."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from aubench.cli import options
from aubench.cli.progress import counting
from aubench.cli.terminal import say
from aubench.corpora.corpus import Corpus
from aubench.corpora.survey.corpus import survey
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.subject import Depth
from aubench.corpora.survey.surveyor import surveyor_of
from aubench.errors import AubenchError
from aubench.io.atomic import atomic
from aubench.registry import find, plugins
from aubench.report.corpus import page, text
from aubench.settings import resolve_settings


@click.command(
    epilog=options.example("aubench check-corpus disfa /data/DISFA --html reports/disfa.html")
)
@click.argument("where", nargs=-1, required=True, metavar="[CORPUS] SOURCE")
@options.camera
@options.landmark_source
@options.reader_settings
@click.option(
    "--html",
    type=options.UserPath(dir_okay=False),
    help="Also write a page with faces, histograms and co-occurrence to this file.",
)
@click.option("--deep", is_flag=True, help="Also decode every picture, to find damaged ones.")
@options.workers
def command(
    *,
    where: tuple[str, ...],
    camera: str | None,
    landmark_source: str | None,
    settings: tuple[str, ...],
    html: Path | None,
    deep: bool,
    workers: int,
) -> None:
    """Compare what there is of a corpus in the folder SOURCE with what there should be.

    Every mistake of every subject is one line: where, what, how to mend it. A fault stops 'aubench
    prepare'; a gap is something that is missing; a doubt is there, but somebody should look at it.

    Without CORPUS, it is recognised by its folders. Exit status 0: complete; 1: usable, but
    partial; 2: unusable.
    """
    if len(where) > 2:
        raise click.UsageError(f"Got unexpected extra argument ({where[2]})")
    source = Path(where[-1])
    name = where[0] if len(where) == 2 else recognise(source)
    kind: type[Corpus] = options.find_corpus(name, source)
    overrides = options.reader_overrides(settings, camera=camera, landmark_source=landmark_source)
    corpus = kind(source, resolve_settings(kind.Settings, overrides))
    if html is not None:
        options.make_parent(html)
    depth = Depth(tiles=html is not None, pictures=deep)
    with counting("subjects") as count:
        found = survey(corpus, depth, workers=workers, progress=count)
    found = replace(found, corpus=name)  # two readers may give subjects of one corpus
    text.show(found, Console(highlight=False))
    if html is not None:
        with atomic(html) as partial:
            partial.write_text(page.render(found), encoding="utf-8")
        say(f"{html}: written")
    sys.exit(found.status)


def recognise(source: Path) -> str:
    """The name of the one corpus whose reader finds subjects in ``source``.

    Raises:
        AubenchError: If no reader does, or more than one.
    """
    if str(source) in plugins("corpora") and not source.exists():
        mend = f"name its folder behind it: aubench check-corpus {source} SOURCE"
        raise AubenchError(f"{str(source)!r} is a corpus, and its folder is missing", mend=mend)
    if not source.is_dir():
        what, mend = "no such folder", "name the folder of a corpus"
        if source.is_file():
            what, mend = "a file, not a folder", f"unpack it if it is an archive, and {mend}"
        raise AubenchError(what, mend=mend, path=source)
    names = list(plugins("corpora"))
    known = [name for name in names if finds_subjects(name, source)]
    if len(known) != 1:
        what = f"may be {' or '.join(known)}" if known else "no corpus is recognised"
        mend = f"say which: aubench check-corpus {'|'.join(known or names)} {source}"
        raise AubenchError(what, mend=mend, path=source)
    return known[0]


def finds_subjects(name: str, source: Path) -> bool:
    """Return whether the reader ``name`` finds subjects in ``source``."""
    try:
        return bool(surveyor_of(find("corpora", name)(source)).layout(Notebook()))
    except Exception:  # a stranger's reader may fail in any way
        return False
