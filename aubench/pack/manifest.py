"""The manifest of a pack: what it holds, how it was made, its fingerprint."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, JsonValue, ValidationError, model_validator

from aubench.corpora.kept_settings import Scalar
from aubench.crops.crop import CropInfo, describe
from aubench.crops.sampling import Sampling
from aubench.errors import AubenchError, DamagedError
from aubench.io.strict_json import StrictModel, read_json
from aubench.protocol import FramePolicy

SCHEMA_VERSION = 2
"""Version of the files of a pack; version 1, which had no ``occurrence``, is still read."""

Count = Annotated[int, Field(ge=0)]


class _PackFile(StrictModel):
    """One of a pack's JSON files."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the JSON file ``path``.

        Raises:
            AubenchError: If the file is damaged, or was written by a newer version.
        """
        mend = "repeat the command that made the pack, or make it again in a new folder"
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
            return cls.model_validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            place = "".join(f"{part}." for part in first["loc"])[:-1]
            what = f"{place}: {first['msg']}" if place else first["msg"]
            what = what[:200].encode(errors="replace").decode()
            raise DamagedError(what, mend=mend, path=path) from error


class PackOptions(_PackFile):
    """The options that a pack is made with; a repeated ``prepare`` must give the same.

    Attributes:
        schema_version: Version of the pack's files.
        corpus: Name of the corpus.
        synthetic: True if the pictures are not of real people.
        aus: Action Units of the intensity labels.
        occurrence: Action Units of the occurrence labels.
        size: Width and height of the pictures in pixels.
        recipe: How faces were cropped.
        frames: ``all``, or without those in the corpus's own ``errlog``.
        quality: JPEG quality of the pictures, 1–100.
        sampling: How pictures were shrunk; packs from before there was a choice do not say.
        settings: The corpus reader's options, as `aubench.corpora.kept_settings.kept` gives them;
            older packs may hold the path of a folder of landmarks.
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

    @property
    def crop_hash(self) -> str:
        """See `CropInfo.hash`."""
        return self.recipe.hash(self.sampling)

    @property
    def pictures(self) -> str:
        """Size, crop and sampling of the pictures, in words."""
        return f"{self.size} pixels, {describe(self.recipe)}, {self.sampling}"


class ShardInfo(_PackFile):
    """One subject's shard.

    Attributes:
        file: Name in the pack's ``shards`` folder; never a path that could lead elsewhere.
        rows: Number of frames.
        untracked: Number of frames without landmarks of their own.
        sha256: Digest of the rows' contents (`aubench.pack.shard.RowHash`).
        crc32: CRC-32 of the file; older packs do not have it.
        inputs: Kind → digest of what it was made from (`Corpus.inputs`); older packs do not have
            it.
    """

    file: Annotated[str, Field(pattern=r"^[\w.%~-]+\.arrow$")]
    rows: Count
    untracked: Count
    sha256: str
    crc32: int | None = None
    inputs: dict[str, str] = Field(default={})


class Manifest(PackOptions):
    """The manifest of a finished pack.

    Attributes:
        subjects: Subject key → its shard, sorted by key.
        fingerprint: First 16 hex digits of SHA-256 over everything that a pixel, a label or a
            landmark depends on; not over when, where and by how many workers it was made.
        notes: What a user must know, one line each.
        checksum: Digest of the rest of the manifest (`checksum`); older packs do not have it.
    """

    subjects: dict[str, ShardInfo]
    fingerprint: str
    notes: tuple[str, ...] = ()
    checksum: str | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        """Check that rows have one order, one subject each, and that subjects are of the corpus."""
        keys = list(self.subjects)
        if keys != sorted(keys):
            raise ValueError("the subjects are not in order")
        if len({shard.file for shard in self.subjects.values()}) < len(keys):
            raise ValueError("two subjects have one file")
        for key in keys:
            if not key.startswith(f"{self.corpus}/"):
                raise ValueError(f"{key} is no subject of {self.corpus}")
        return self

    def keep(self, path: Path) -> None:
        """Write the manifest to ``path``, unless the same one is there already."""
        try:
            kept = path.is_file() and Manifest.read(path) == self
        except DamagedError:
            kept = False
        if not kept:
            self.write(path)


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


def option_text(value: object) -> str:
    """The value of one of `PackOptions`, as an error message shows it."""
    return (describe(value) if isinstance(value, CropInfo) else str(value)) or "none"


def checksum(manifest: dict[str, JsonValue]) -> str:
    """First 16 hex digits of SHA-256 over everything in a manifest except its checksum."""
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
