"""The manifest of a pack: what it holds, how it was made, its fingerprint."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Field, JsonValue, ValidationError, model_validator

from aubench.crops.crop import CropInfo
from aubench.crops.warp import Sampling
from aubench.errors import AubenchError
from aubench.io.strict_json import StrictModel, read_json
from aubench.protocol import FramePolicy

SCHEMA_VERSION = 2
"""1 had no ``occurrence``; what it wrote is read as it is."""

Scalar = str | int | float | bool | None
Count = Annotated[int, Field(ge=0)]


class _Part(StrictModel):
    """A piece of a manifest, read and written as JSON."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The part in ``path``.

        Raises:
            AubenchError: If it is not one, or was written by a newer version.
        """
        return _read(cls, path)


class PackOptions(_Part):
    """What a pack was asked to be; a repeated ``prepare`` must ask for the same.

    Attributes:
        schema_version: Of the pack's files.
        corpus: Name of the corpus.
        synthetic: True if the pictures are not of real people.
        aus: Action Units of the intensity labels.
        occurrence: Action Units of the occurrence labels.
        size: Width and height of the pictures in pixels.
        recipe: How faces were cropped.
        frames: ``all``, or without those in the corpus's own ``errlog``.
        quality: Of the JPEG pictures, 1–100.
        sampling: How they were shrunk; packs from before there was a choice do not say.
        settings: The corpus reader's options.
        subset: How ``aubench pack subset`` cut recordings down; empty if they are whole.
    """

    schema_version: int = SCHEMA_VERSION
    corpus: str
    synthetic: bool
    aus: tuple[Count, ...]
    occurrence: tuple[Count, ...] = ()
    size: Annotated[int, Field(ge=1, le=8192)]
    recipe: CropInfo
    frames: FramePolicy
    quality: Annotated[int, Field(ge=1, le=100)]
    sampling: Sampling = "supersampling"
    settings: dict[str, Scalar] = Field(default={})
    subset: str = ""


class ShardInfo(_Part):
    """One subject's file.

    Attributes:
        file: Name in the pack's ``shards`` folder; never a path that could lead elsewhere.
        rows: Number of frames.
        untracked: How many of them have no landmarks of their own.
        sha256: Over the rows' contents (`aubench.pack.digests.RowHash`).
        crc32: Of the file; older packs do not have it.
    """

    file: Annotated[str, Field(pattern=r"^[\w.%~-]+\.arrow$")]
    rows: Count
    untracked: Count
    sha256: str
    crc32: int | None = None


class Manifest(PackOptions):
    """A finished pack.

    Attributes:
        subjects: Subject key → its shard, sorted by key.
        fingerprint: First 16 hex digits of SHA-256 over everything that a pixel, a label or a
            landmark depends on; not over when, where and by how many workers it was made.
        notes: What a user must know, one line each.
        checksum: Of the rest of the manifest (`checksum`); older packs do not have it.
    """

    subjects: dict[str, ShardInfo]
    fingerprint: str
    notes: tuple[str, ...] = ()
    checksum: str | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        """Rows have one order, each has one subject, and each subject is of this corpus."""
        keys = list(self.subjects)
        if keys != sorted(keys):
            raise ValueError("the subjects are not in order")
        if len({shard.file for shard in self.subjects.values()}) < len(keys):
            raise ValueError("two subjects have one file")
        for key in keys:
            if not key.startswith(f"{self.corpus}/"):
                raise ValueError(f"{key} is no subject of {self.corpus}")
        return self


def finish(
    options: PackOptions, shards: dict[str, ShardInfo], notes: tuple[str, ...] = ()
) -> Manifest:
    """The manifest of a pack made of ``shards``."""
    subjects = dict(sorted(shards.items()))
    manifest = Manifest(
        **{name: getattr(options, name) for name in PackOptions.model_fields},
        subjects=subjects,
        fingerprint=fingerprint(options, subjects),
        notes=notes,
    )
    return manifest.model_copy(update={"checksum": checksum(manifest.model_dump(mode="json"))})


def checksum(manifest: dict[str, JsonValue]) -> str:
    """First 16 hex digits of SHA-256 over everything in a manifest but its checksum."""
    content = {name: value for name, value in manifest.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def fingerprint(options: PackOptions, shards: dict[str, ShardInfo]) -> str:
    """The fingerprint of a pack (see `Manifest`)."""
    content = {
        "corpus": options.corpus,
        "synthetic": options.synthetic,
        "aus": options.aus,
        "size": options.size,
        "recipe": options.recipe.model_dump(mode="json"),
        "subjects": {key: shard.sha256 for key, shard in shards.items()},
    }
    if options.occurrence:  # left out elsewhere, so that older packs keep their fingerprints
        content["occurrence"] = options.occurrence
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


_P = TypeVar("_P", bound=_Part)


def _read(kind: type[_P], path: Path) -> _P:
    mend = "prepare the pack again in a new folder"
    data = read_json(path, "manifest", mend)
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise AubenchError(
            f"pack of schema {version}, written by a newer aubench (this one reads up to "
            f"{SCHEMA_VERSION})",
            mend="upgrade aubench",
            path=path,
        )
    try:
        return kind.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = "".join(f"{part}." for part in first["loc"])[:-1]
        what = f"{place}: {first['msg']}" if place else first["msg"]
        what = what[:200].encode(errors="replace").decode()
        raise AubenchError(what, mend=mend, path=path) from error
