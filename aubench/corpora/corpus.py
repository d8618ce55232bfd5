"""The interface of corpora: a reader yields a laboratory's files frame by frame."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from aubench.corpora.synthetic_mark import is_synthetic
from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray
from aubench.media.image import RawPicture
from aubench.method import NoSettings

_TEST = re.compile(r"tests?|testing|testset|val|valset|valid|validation|validset")
_TRAIN = re.compile(r"train(ing|set)?")


def is_test_part(name: str) -> bool:
    """Return whether a folder or list is called as one to test on, not to learn from.

    It has a word such as ``test``, ``testing``, ``testset``, ``valid`` or ``validation`` in it, in
    any case, and none such as ``train``: ``300W-Testset-3D``, ``helen/testset``.
    """
    words = re.split(r"[^a-z]+", name.lower())
    return any(map(_TEST.fullmatch, words)) and not any(map(_TRAIN.fullmatch, words))


@dataclass(frozen=True)
class RawFrame:
    """One frame as the corpus holds it.

    Attributes:
        session: The corpus's own name of the recording.
        view: 0 where the corpus has one view only.
        frame: The number that the corpus's label files use.
        picture: The whole picture.
        landmarks: (68, 2) float32, x and y in pixels of the picture, pixel centres at integers;
            always finite, because they say where to crop.
        labels: (A,) float32, intensity 0–5; NaN = not coded.
        logged: True if the corpus's own error log lists the frame.
        tracked: True if ``landmarks`` are the frame's own; False if they were filled in from
            other frames.
        occurrence: (O,) float32, 0 absent, 1 present; NaN = not coded.
    """

    session: str
    view: int
    frame: int
    picture: RawPicture
    landmarks: FloatArray
    labels: FloatArray
    logged: bool = False
    tracked: bool = True
    occurrence: FloatArray = field(default_factory=lambda: np.empty(0, dtype=np.float32))

    @cached_property
    def image(self) -> ImageArray:
        """(H, W, 3) uint8 RGB."""
        return self.picture.rgb()


class Corpus(ABC):
    """A data set as a laboratory has it on disk.

    An instance travels to worker processes, so it must pickle. Its module must import quickly:
    ``aubench list`` loads it.

    Args:
        source: The root folder.
        settings: An instance of `Settings`.

    Attributes:
        name: The first half of every subject key.
        aus: The A Action Units whose intensity it codes, in column order.
        occurrence: The O Action Units that it codes as present or absent, in column order.
        Settings: A frozen dataclass of the reader's options.
        rate: Frames a second of its recordings; None if it has none, or they differ.
        summary: One line for ``aubench list``.

    Raises:
        AubenchError: If there is no such folder.
    """

    name: ClassVar[str]
    aus: ClassVar[tuple[int, ...]]
    occurrence: ClassVar[tuple[int, ...]] = ()
    rate: ClassVar[float | None] = None
    Settings: ClassVar[type] = NoSettings
    summary: ClassVar[str] = ""

    def __init__(self, source: Path, settings: object | None = None) -> None:
        if not source.is_dir():
            what, mend = "no such folder", f"name the folder of {self.name}"
            if source.is_file():
                what, mend = "a file, not a folder", f"unpack it if it is an archive, and {mend}"
            raise AubenchError(what, mend=mend, path=source)
        self.source = source
        self.settings = self.Settings() if settings is None else settings

    @property
    def synthetic(self) -> bool:
        """True if the tree says that its pictures are not of real people."""
        return is_synthetic(self.source)

    @abstractmethod
    def subjects(self) -> tuple[str, ...]:
        """Return the subject keys, sorted.

        Raises:
            AubenchError: If this is not the corpus's layout.
        """

    @abstractmethod
    def examine(self, subject: str) -> int:
        """Check all of a subject that can be checked without decoding a picture.

        Returns:
            How many frames `frames` will give.

        Raises:
            AubenchError: On the first thing that is wrong, with file and line.
        """

    @abstractmethod
    def frames(self, subject: str) -> Iterator[RawFrame]:
        """Yield the frames of a subject, always in the same order.

        Raises:
            AubenchError: On the first thing that is wrong, with file and line.
        """

    def inputs(self, subject: str) -> Mapping[str, str]:
        """Return digests of what a subject is made from, by kind: ``labels``, ``landmarks``.

        A pack keeps them, so that ``aubench prepare`` sees what was changed since. They depend on
        contents, not on where the corpus lies; of a kind that is left out nothing is noticed.

        Raises:
            AubenchError: On the first thing that is wrong, with file and line.
        """
        del subject
        return {}

    def notes(self) -> tuple[str, ...]:
        """Return what a user of the pack must know about this copy of the corpus, one line each."""
        return ()
