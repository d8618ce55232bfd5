"""Merge packs of one corpus that were prepared on several machines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from aubench.corpora.kept_settings import kept, kept_value, loosest
from aubench.errors import AubenchError, DamagedError
from aubench.io.atomic import atomic, flush
from aubench.monitor import Monitor, Silence
from aubench.pack.claim import claim, shard_info
from aubench.pack.manifest import PackOptions, ShardInfo, finish, option_text
from aubench.pack.pack import MANIFEST, SHARDS, Pack
from aubench.pack.shard import info_path, shard_name


def merge(sources: Sequence[Path], dest: Path, monitor: Monitor | None = None) -> Pack:
    """Make ``dest`` a pack of all subjects of ``sources``, or go on where an earlier call stopped.

    Shards are not read but linked (copied where ``dest`` is on another disk). The fingerprint is
    that of one `prepare` of all subjects, whatever the order of the packs.

    Args:
        sources: Folders of packs of one corpus, made with the same options, of other subjects.
        dest: Folder of the new pack.
        monitor: Receives ``merge`` (subjects: their number), ``subject``.

    Raises:
        AubenchError: If the packs do not belong together, or ``dest`` is something else.
    """
    monitor = monitor or Silence()
    packs = [Pack.open(source) for source in sources]
    options = _common(packs)
    owners = _owners(packs)
    with claim(dest, options):
        _refuse_others(dest, owners)
        monitor.report("merge", subjects=len(owners))
        shards = {}
        for key, pack in owners.items():
            shards[key] = _adopt(pack, key, dest / SHARDS)
            monitor.report("subject")
        finish(options, shards, _notes(packs)).keep(dest / MANIFEST)
    return Pack.open(dest)


def _common(packs: Sequence[Pack]) -> PackOptions:
    """The options that all packs were made with, of settings that refuse the most lenient.

    Raises:
        AubenchError: If two packs differ in one.
    """
    names = [
        name for name in PackOptions.model_fields if name not in ("schema_version", "settings")
    ]
    first, *others = packs
    settings = kept(first.manifest.settings)
    for other in others:
        pairs = [(n, getattr(first.manifest, n), getattr(other.manifest, n)) for n in names]
        own = kept(other.manifest.settings)
        both = loosest(settings, own)
        pairs += [
            (name, kept_value(settings, name), kept_value(own, name))
            for name in {**settings, **own}
            if name not in both
        ]
        for name, one, two in pairs:
            if one != two:
                raise AubenchError(
                    f"{name} is {option_text(two)}, but {option_text(one)} in {first.path}",
                    mend="merge packs that were prepared with the same options",
                    path=other.path,
                )
        settings = both
    options = {name: getattr(first.manifest, name) for name in names}
    return PackOptions(**options, settings=settings)


def _owners(packs: Sequence[Pack]) -> dict[str, Pack]:
    """Subject key → the one pack that holds it, sorted by key."""
    owners: dict[str, Pack] = {}
    for pack in packs:
        for key in pack.manifest.subjects:
            if key in owners:
                raise AubenchError(
                    f"{key} is in {owners[key].path}, too",
                    mend="merge packs of different subjects ('aubench pack subset' takes some out)",
                    path=pack.path,
                )
            owners[key] = pack
    return dict(sorted(owners.items()))


def _refuse_others(dest: Path, owners: dict[str, Pack]) -> None:
    """Raise an AubenchError if ``dest`` holds a shard that no source has."""
    wanted = {
        info_path(dest / SHARDS, key): pack.manifest.subjects[key] for key, pack in owners.items()
    }
    for path in sorted((dest / SHARDS).glob("*.json")):
        if path not in wanted or _is_other(path, wanted[path]):
            raise AubenchError(
                f"already holds another {path.stem}", mend="name a new folder", path=dest
            )


def _is_other(path: Path, wanted: ShardInfo) -> bool:
    """True if the info of a shard says that it has other rows; a damaged one says nothing."""
    try:
        return ShardInfo.read(path).sha256 != wanted.sha256
    except DamagedError:
        return False


def _adopt(pack: Pack, key: str, shards: Path) -> ShardInfo:
    """Link or copy one shard into ``shards``, then write its info."""
    known = pack.manifest.subjects[key]
    info = known.model_copy(update={"file": shard_name(key)})
    done = info_path(shards, key)
    if shard_info(shards.parent, key, pack.manifest) is not None:
        return info
    source = (pack.path / SHARDS / known.file).resolve()
    place = shards / info.file
    place.unlink(missing_ok=True)  # left by a merge that was killed
    try:
        os.link(source, place)  # a shard is never written to again
        flush(shards)
    except OSError:
        with atomic(place) as partial:
            shutil.copyfile(source, partial)
    info.write(done)
    return info


def _notes(packs: Sequence[Pack]) -> tuple[str, ...]:
    """The notes of all packs, then those of some packs only, with the pack's fingerprint."""
    said = [pack.manifest.notes for pack in packs]
    common = [note for note in said[0] if all(note in notes for notes in said)]
    own = sorted(
        f"of part {pack.manifest.fingerprint}: {note}"
        for pack in packs
        for note in pack.manifest.notes
        if note not in common
    )
    return (*common, *own)
