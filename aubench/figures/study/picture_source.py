"""Pictures from which faces are cropped again: the pack's own crops, or the corpus itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.kept_settings import FOLDER, kept
from aubench.corpora.landmarks.interpolate import fill
from aubench.crops.crop import make_crop
from aubench.crops.warp import transform
from aubench.errors import AubenchError
from aubench.evaluation.align import name_frame
from aubench.figures.study.recrop import UncroppedFaces
from aubench.frames import KEY, FloatArray, IntArray
from aubench.pack.pack import Pack
from aubench.registry import find

GROUP = 64
"""Pictures in memory: 150 MB of DISFA's frames."""

APART = 0.5
"""Largest difference between a frame's landmarks in corpus and pack, in pixels of the crop."""


class PictureSource(Protocol):
    """Gives pictures to crop faces from."""

    description: str

    def faces(self, rows: IntArray) -> Iterator[UncroppedFaces]:
        """Yield the frames at ``rows`` of the pack's index, some at a time, in any order."""
        ...


class FromPack:
    """The crops of a pack, which end where the crop ended: beyond it, new crops are black.

    Args:
        pack: The pack.
    """

    description = "cropped again from the pack's crops: black beyond their border"

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def faces(self, rows: IntArray) -> Iterator[UncroppedFaces]:
        """Yield the frames in order.

        A frame without landmarks was cropped by those of its neighbours in time; they are filled
        in here, too.
        """
        frames, landmarks = self.pack.frames(rows), self._landmarks(rows)
        tracked = np.asarray(np.isfinite(frames.landmarks).all(axis=(1, 2)))
        for start in range(0, len(rows), GROUP):
            part = np.arange(start, min(start + GROUP, len(rows)))
            keys = frames.keys.iloc[part].reset_index(drop=True)
            yield UncroppedFaces(keys, list(frames.images(part)), landmarks[part], tracked[part])

    def _landmarks(self, rows: IntArray) -> FloatArray:
        """(R, 68, 2), straight lines in time where a frame has none."""
        landmarks = self.pack.points[rows]
        index = self.pack.index.iloc[rows]
        for places in index.groupby(list(KEY[:3]), observed=True, sort=False).indices.values():
            known = np.asarray(np.isfinite(landmarks[places]).all(axis=(1, 2)))
            if not known.any():
                raise AubenchError(
                    f"no landmarks in the recording of {name_frame(index, int(places[0]))}",
                    mend="name the corpus itself with --source",
                    path=self.pack.path,
                )
            landmarks[places] = fill(landmarks[places], known)
        return landmarks


class FromCorpus:
    """The corpus that a pack was made of: new crops show what lies around the face.

    Args:
        source: Its folder.
        pack: The pack.
        landmark_source: The folder of its landmarks, if they came from one.
    """

    description = "cropped again from the corpus"

    def __init__(self, source: Path, pack: Pack, landmark_source: Path | None = None) -> None:
        manifest = pack.manifest
        reader = find("corpora", manifest.corpus)
        settings = kept(manifest.settings)
        if settings.get("landmark_source") == FOLDER:
            if landmark_source is None:
                raise AubenchError(
                    "its landmarks came from a folder of their own",
                    mend="name that folder with --landmark-source",
                    path=pack.path,
                )
            settings["landmark_source"] = str(landmark_source)
        self.corpus: Corpus = reader(source, reader.Settings(**settings))
        self.pack, self.recipe = pack, make_crop(manifest.recipe)

    def faces(self, rows: IntArray) -> Iterator[UncroppedFaces]:
        """Yield the frames, subject by subject.

        Raises:
            AubenchError: If the corpus lacks a frame, or has other landmarks for it.
        """
        index = self.pack.index.iloc[rows]
        for subject, own in index.groupby("subject", observed=True, sort=False):
            wanted = dict(
                zip(own[list(KEY[1:])].itertuples(index=False, name=None), own.index, strict=True)
            )
            held: list[RawFrame] = []
            for frame in self.corpus.frames(str(subject)):
                row = wanted.pop((frame.session, frame.view, frame.frame), None)
                if row is None:
                    continue
                self._refuse_other(frame, int(row))
                held.append(frame)
                if len(held) == GROUP:
                    yield _together(str(subject), held)
                    held = []
            if wanted:
                session, view, number = next(iter(wanted))
                raise AubenchError(
                    f"no frame {number} of {subject} {session} view {view}",
                    mend="name the corpus that the pack was made of",
                    path=self.corpus.source,
                )
            if held:
                yield _together(str(subject), held)

    def _refuse_other(self, frame: RawFrame, row: int) -> None:
        """Raise an error if the pack was not made of this frame."""
        size = self.pack.manifest.size
        placed = transform(frame.landmarks, self.recipe.matrix(frame.landmarks, size))
        apart = np.abs(placed - self.pack.points[np.array([row])])
        if frame.tracked and not apart.max() <= APART:
            raise AubenchError(
                f"the landmarks of frame {frame.frame} are not those of the pack "
                f"({self.pack.path})",
                mend="name the corpus that the pack was made of",
                path=self.corpus.source,
            )


def _together(subject: str, frames: list[RawFrame]) -> UncroppedFaces:
    keys = pd.DataFrame(
        {
            "subject": subject,
            "session": [frame.session for frame in frames],
            "view": [frame.view for frame in frames],
            "frame": [frame.frame for frame in frames],
        }
    )
    return UncroppedFaces(
        keys,
        [frame.image for frame in frames],
        np.stack([frame.landmarks for frame in frames]),
        np.array([frame.tracked for frame in frames]),
    )
