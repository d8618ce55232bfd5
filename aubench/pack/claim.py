"""The folder of a pack while it is made: held by one process, and begun with certain options."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aubench.corpora.kept_settings import kept, kept_value, loosest
from aubench.errors import AubenchError, DamagedError
from aubench.io.atomic import make_folder
from aubench.io.locks import LOCK, hold
from aubench.pack.manifest import Manifest, PackOptions, ShardInfo, option_text
from aubench.pack.pack import MANIFEST, SHARDS
from aubench.pack.shard import info_path, shard_name
from aubench.pack.shard_reader import MappedShard

OPTIONS = "options.json"
"""The file of a pack's `PackOptions`, written first."""


@contextmanager
def claim(dest: Path, options: PackOptions) -> Iterator[None]:
    """Make ``dest`` the folder of a pack with these options, and hold it for this process.

    A pack goes on under settings that refuse less than those it was begun with
    (`aubench.corpora.kept_settings`).

    Raises:
        AubenchError: If ``dest`` holds other files, or a pack with other options, or if another
            process is at it.
    """
    _refuse_other(dest, options)
    try:
        make_folder(dest)
    except (NotADirectoryError, FileExistsError) as error:
        raise AubenchError("no folder can be made", mend="name another", path=dest) from error
    with hold(dest / LOCK):
        if _refuse_other(dest, options) != options:  # another process may have begun just now
            options.write(dest / OPTIONS)
        make_folder(dest / SHARDS)
        yield


def shard_info(dest: Path, subject: str, options: PackOptions) -> ShardInfo | None:
    """What is known of the finished shard of ``subject``; None if it is not there, or not whole."""
    shards = dest / SHARDS
    path = info_path(shards, subject)
    try:
        info = ShardInfo.read(path) if path.is_file() else None
        if info is not None:
            widths = len(options.aus), len(options.occurrence)
            MappedShard(shards / shard_name(subject), dest, info.rows, *widths).table()
    except DamagedError:
        return None
    return info


def _refuse_other(dest: Path, options: PackOptions) -> PackOptions | None:
    """Raise if ``dest`` holds anything else; return the options that it was begun with."""
    begun = _begun(dest)
    if begun is None and dest.exists() and not _is_free(dest):
        raise AubenchError("is in use, and not by a pack", mend="name a new folder", path=dest)
    if begun is not None and any((dest / SHARDS).glob("*.json")):
        for name, was, wanted in _differences(begun, options):
            if was != wanted:
                raise AubenchError(
                    f"begun with {name} {option_text(was)}, not {option_text(wanted)}",
                    mend="name another folder, or repeat with the same options",
                    path=dest,
                )
    return begun


def _differences(begun: PackOptions, options: PackOptions) -> Iterator[tuple[str, object, object]]:
    """Yield options by name where shards made with ``begun`` may not be what ``options`` gives."""
    for name in PackOptions.model_fields:
        if name != "settings":
            yield name, getattr(begun, name), getattr(options, name)
    old, new = kept(begun.settings), kept(options.settings)
    both = loosest(old, new)
    for name in {**old, **new}:
        if name not in both or both[name] != new.get(name):
            yield name, kept_value(old, name), kept_value(new, name)


def _begun(dest: Path) -> PackOptions | None:
    """The options that the pack in ``dest`` was begun with; None if nothing depends on any."""
    path = dest / OPTIONS
    try:
        return PackOptions.read(path) if path.is_file() else None
    except DamagedError as error:
        if not any((dest / SHARDS).glob("*.json")):
            return None
        if (dest / MANIFEST).is_file():
            manifest = Manifest.read(dest / MANIFEST)
            return PackOptions(**{f: getattr(manifest, f) for f in PackOptions.model_fields})
        mend = f"remove {dest} and repeat the command"
        raise AubenchError("how the pack was begun is lost", mend=mend, path=path) from error


def _is_free(dest: Path) -> bool:
    """True if ``dest`` is a folder with nothing but what a prepare killed at its start left."""
    return dest.is_dir() and all(
        path.suffix == ".partial" or path.name in (OPTIONS, SHARDS, LOCK) for path in dest.iterdir()
    )
