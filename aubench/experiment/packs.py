"""The packs that a protocol runs on: named on the command line, configured, or synthetic."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from aubench.errors import AubenchError
from aubench.io.cache import config_folder
from aubench.io.special import ordinary
from aubench.monitor import Monitor
from aubench.pack.pack import Pack
from aubench.protocol import TWIN, Protocol, corpus_of
from aubench.synthetic.twin import TwinOptions, is_made, twin


def config_file() -> Path:
    """The user's configuration: ``$AUBENCH_CONFIG`` or ``config.toml`` where the system keeps it.

    Its one table names prepared packs by corpus::

        [packs]
        disfa = "/data/disfa.pack"
    """
    named = os.environ.get("AUBENCH_CONFIG")
    return Path(named) if named else config_folder() / "config.toml"


def configured_packs() -> dict[str, Path]:
    """Corpus name → pack, from `config_file`; empty if there is none.

    Raises:
        AubenchError: If the file is not what it should be.
    """
    path = config_file()
    if not os.access(path, os.F_OK):  # also where the home is out of reach
        return {}
    try:
        tables = tomllib.loads(ordinary(path).read_bytes().decode())
    except (ValueError, RecursionError) as error:  # numbers of too many digits, arrays too deep
        raise AubenchError(f"not TOML: {error}", mend="mend the file", path=path) from error
    if strange := [name for name in tables if name != "packs"]:
        what = f"{strange[0][:40]!r} is not known"
        raise AubenchError(what, mend="keep the table [packs] alone", path=path)
    packs = tables.get("packs", {})
    if not isinstance(packs, dict) or not all(isinstance(p, str) for p in packs.values()):
        raise AubenchError(
            "[packs] must name folders", mend='write: disfa = "/data/disfa.pack"', path=path
        )
    return {corpus: Path(os.path.expanduser(folder)) for corpus, folder in packs.items()}  # noqa: PTH111  # Path's raises where there is no such home


def resolve_packs(
    protocol: Protocol,
    named: tuple[Path, ...] = (),
    twins: TwinOptions | None = None,
    monitor: Monitor | None = None,
) -> dict[str, Pack]:
    """The pack of every corpus that ``protocol`` needs.

    A pack named on the command line wins over a configured one, and that over the synthetic twin,
    which is made on first use. Where the protocol names a twin beside the real corpus, synthetic
    packs are the twin, under keys of their own, and nothing but a real pack is the real corpus; a
    twin that is made for it is sampled as the real pack is.

    Args:
        protocol: Names the corpora.
        named: Pack folders from the command line.
        twins: What a twin must look like, if one has to be made.
        monitor: Receives the progress of making a twin.

    Raises:
        AubenchError: If a named pack is of another corpus, is synthetic where the protocol tests on
            real faces, or no pack can be had.
    """
    packs = named_packs(protocol, named)
    configured = configured_packs()
    twins = twins or TwinOptions()
    for corpus in sorted(protocol.corpora, key=lambda name: name.startswith(TWIN)):
        if corpus in packs:
            continue
        if TWIN + corpus in protocol.corpora:
            refuse_twin(protocol, corpus, configured.get(corpus), named)
        real = packs.get(corpus.removeprefix(TWIN))
        if real is not None:
            twins = replace(twins, sampling=real.manifest.sampling)
        folder = configured.get(corpus) or twin(corpus.removeprefix(TWIN), twins, monitor)
        pack = open_configured(corpus, folder) if corpus in configured else Pack.open(folder)
        if corpus.startswith(TWIN) and not pack.manifest.synthetic:
            what = f"real faces, configured as {corpus}"
            raise AubenchError(what, mend="name the pack of a twin, or none", path=folder)
        packs[corpus] = pack.named(corpus)
    return packs


def named_packs(protocol: Protocol, named: tuple[Path, ...]) -> dict[str, Pack]:
    """Corpus → pack of those that are named on the command line (see `resolve_packs`)."""
    packs: dict[str, Pack] = {}
    for path in named:
        pack = Pack.open(path)
        corpus = pack.manifest.corpus
        if pack.manifest.synthetic and TWIN + corpus in protocol.corpora:
            corpus = TWIN + corpus
        if corpus not in protocol.corpora:
            raise AubenchError(
                f"a pack of {corpus}, but {protocol.name} is a protocol of "
                f"{' and '.join(protocol.corpora)}",
                mend="name a pack of that corpus",
                path=path,
            )
        packs[corpus] = pack.named(corpus)
    return packs


def twins_to_make(
    protocol: Protocol, named: tuple[Path, ...], twins: TwinOptions
) -> tuple[str, ...]:
    """The corpora of ``protocol`` whose twin `resolve_packs` would have to make first.

    Raises:
        AubenchError: If one of them has no twin, or must be real.
    """
    packs, configured = named_packs(protocol, named), configured_packs()
    lacking = [corpus for corpus in protocol.corpora if corpus not in packs]
    for corpus in lacking:
        if TWIN + corpus in protocol.corpora:
            refuse_twin(protocol, corpus, configured.get(corpus), named)
    homes = [corpus.removeprefix(TWIN) for corpus in lacking if corpus not in configured]
    return tuple(corpus for corpus in homes if not is_made(corpus, twins))


def open_configured(corpus: str, folder: Path) -> Pack:
    """The pack that the configuration names for a corpus.

    Raises:
        AubenchError: If it cannot be opened, with the file that names it.
    """
    try:
        return Pack.open(folder)
    except AubenchError as error:
        raise AubenchError(
            f"{error.what} (named for {corpus} in {config_file()})",
            mend="mend or remove that line, or name a pack with --pack",
            path=error.path,
        ) from error


def refuse_twin(
    protocol: Protocol, corpus: str, configured: Path | None, named: tuple[Path, ...]
) -> None:
    """Raise unless the configured pack is of the real faces of ``corpus``.

    Args:
        protocol: Learns from the twin of ``corpus`` and tests on the corpus.
        corpus: Its name; no real pack of it is among ``named``.
        configured: The configured pack; None if there is none.
        named: Pack folders from the command line.
    """
    if configured is None or open_configured(corpus, configured).manifest.synthetic:
        offered = configured or next(iter(named), None)
        raise AubenchError(
            f"{protocol.name} tests on real faces of {corpus.upper()}, and "
            + ("no pack of them is named" if offered is None else "this pack is synthetic"),
            mend="name one with --pack PACK",
            path=offered,
        )


def packs_of(subjects: tuple[str, ...], packs: Mapping[str, Pack]) -> list[Pack]:
    """The packs that hold ``subjects``, in the order of ``packs``; the first one if there are none.

    Args:
        subjects: Their keys.
        packs: Corpus → pack.
    """
    corpora = {corpus_of(subject) for subject in subjects}
    return [pack for corpus, pack in packs.items() if corpus in corpora] or [*packs.values()][:1]


def pack_of(subjects: tuple[str, ...], packs: Mapping[str, Pack]) -> Pack:
    """The pack that holds ``subjects``, which are of one corpus, as everybody tested is."""
    (pack,) = packs_of(subjects, packs)
    return pack


def resolve_test_pack(
    protocol: Protocol, named: tuple[Path, ...] = (), monitor: Monitor | None = None
) -> Pack:
    """The pack that holds the test subjects of ``protocol`` (see `resolve_packs`)."""
    tested = tuple(subject for fold in protocol.folds for subject in fold.test)
    return pack_of(tested, resolve_packs(protocol, named, monitor=monitor))
