"""``aubench info``: a protocol, a method, a corpus, a paper or a run, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from aubench.cli import completion, options
from aubench.cli.methods.info.corpus_lines import corpus_lines
from aubench.cli.methods.info.method_lines import method_lines
from aubench.cli.methods.info.paper_lines import paper_lines
from aubench.cli.methods.info.protocol_lines import compare, describe
from aubench.cli.methods.recipe_tables import FORMATS
from aubench.cli.terminal import say
from aubench.errors import AubenchError, nearest
from aubench.registry import LISTED, find, plugins


@click.command(
    epilog=options.example(
        "aubench info disfa3fold --pack /data/disfa.pack",
        "aubench info adapt",
        "aubench info timm/vit_base_patch16_224 --format markdown",
        "aubench info disfa ntinou2020",
        "aubench info runs/disfa3fold/adapt/ID",
    )
)
@click.argument(
    "names", nargs=-1, required=True, metavar="NAME…", shell_complete=completion.any_name
)
@click.option(
    "--pack",
    type=options.PATH,
    help="Folder of a pack; also print what it lacks for a protocol, and its label fingerprint.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="Format of the recipes of methods.",
)
def command(names: tuple[str, ...], pack: Path | None, style: str) -> None:
    """Show protocols, methods, corpora, papers and finished runs exactly, by NAME.

    Of a protocol: subjects per role and fold, AUs, counts, pooling, source, hash. Of a method: its
    settings, and its recipes, each value stated by its paper or assumed, with the place or the
    reason. Of a corpus: AUs, subjects, options of its reader, protocols. Of a paper: its tables. Of
    a run, which is named by its folder: what ran, on what, how it went. A name that is both a
    protocol and a corpus shows both. Names: 'aubench list'.
    """
    blocks = ("\n".join(_shown(name, pack, style)) for name in names)
    say(*"\n\n".join(blocks).split("\n"))


def _shown(name: str, pack: Path | None, style: str) -> Iterator[str]:
    """Yield everything that is known of what ``name`` stands for."""
    base = name.partition("/")[0]
    if name in plugins("protocols"):
        found = find("protocols", name)
        yield from describe(found)
        if pack is not None:
            yield from ("", *compare(found, pack))
        if name in plugins("corpora"):
            yield ""
    if name in plugins("corpora"):
        yield from corpus_lines(name)
    elif name in plugins("papers"):
        yield from paper_lines(name)
    elif base in plugins("methods"):
        yield from method_lines(name, style)
    elif name not in plugins("protocols"):
        yield from _run(name)


def _run(name: str) -> Iterator[str]:
    """Yield what is known of the run in the folder ``name``.

    Raises:
        AubenchError: If it is no folder of a run, with what was meant.
    """
    from aubench.cli.methods.info.run_lines import run_lines  # noqa: PLC0415  # pandas

    path = Path(name).expanduser()
    if (path / "manifest.json").is_file():
        raise AubenchError("a pack", mend=f"see 'aubench pack info {name}'", path=path)
    if path.exists() or "/" in name:
        yield from run_lines(path)
        return
    if name.partition(":")[0] in plugins("papers"):
        mend = f"see 'aubench table --paper {name}', or 'aubench info {name.partition(':')[0]}'"
    else:
        near = nearest(name, [each for kind in LISTED for each in plugins(kind)])
        mend = f"did you mean {near!r}?" if near else "see 'aubench list'"
    raise AubenchError(f"no protocol, method, corpus, paper or folder of a run {name!r}", mend=mend)
