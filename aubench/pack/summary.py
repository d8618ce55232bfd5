"""Summary of a pack, as ``aubench pack info`` shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from aubench.action_units import column
from aubench.pack.pack import LABELS, Pack
from aubench.protocol import Coding


def describe(pack: Pack) -> Iterator[tuple[str, str]]:
    """Pairs of name and text, one per line of the summary of ``pack``."""
    manifest, index = pack.manifest, pack.index
    yield "corpus", f"{manifest.corpus}, {'SYNTHETIC' if manifest.synthetic else 'real'} faces"
    yield "fingerprint", manifest.fingerprint
    ids = [key.partition("/")[2] for key in manifest.subjects]
    yield "subjects", f"{len(ids)}: {' '.join(ids)}"
    yield "frames", f"{len(index):,}"
    logged, untracked = int(index["logged"].sum()), int((~index["tracked"]).sum())
    policy = "left out" if manifest.frames == "errlog" else f"{logged:,}"
    yield "  in error log", policy
    yield "  no landmarks", f"{untracked:,}"
    if manifest.subset:
        yield "subset", manifest.subset
    yield "sessions", " ".join(index["session"].cat.categories)
    yield "views", " ".join(map(str, np.unique(index["view"])))
    for coding in LABELS:
        aus = pack.aus(coding)
        yield coding, f"AU {' '.join(map(str, aus))}" if aus else "none"
        if aus:
            yield "  not coded", _not_coded(pack, coding)
    yield (
        "pictures",
        f"{manifest.size} × {manifest.size} pixels, {manifest.sampling}, JPEG quality "
        f"{manifest.quality}",
    )
    recipe = manifest.recipe
    yield "crop", f"{recipe.name}, recipe {manifest.crop_hash}"
    yield from ((f"  {name}", str(value)) for name, value in recipe.parameters.items())
    if manifest.settings:
        yield "reader", _listed(f"{name} {value}" for name, value in manifest.settings.items())
    size = sum(shard.path.stat().st_size for shard in pack.shards)
    yield (
        "on disk",
        f"{in_bytes(size)} in {len(pack.shards)} shards, schema {manifest.schema_version}",
    )
    yield from (("note", note) for note in manifest.notes)


def _not_coded(pack: Pack, coding: Coding) -> str:
    """The number of frames without a label, per AU."""
    missing = np.isnan(pack.labels(coding)).sum(axis=0)
    counts = (f"{column(au)} {n:,}" for au, n in zip(pack.aus(coding), missing, strict=True) if n)
    return _listed(counts) or "none"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def in_bytes(count: float) -> str:
    """A number of bytes with its unit: ``12.3 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
