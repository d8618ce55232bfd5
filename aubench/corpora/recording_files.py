"""Finds the files of recordings by their names, because laboratories have renamed folders."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aubench.io.folders import walk

_LANDMARK_FOLDER = re.compile(r".*(?:fpoints|2dfeatures|landmarks?(?:points)?)", re.IGNORECASE)
"""What a folder of landmarks is called, without blanks, dashes and underscores."""

_DEPTH = 6
"""How many folders below the source are searched: BP4D's own go four deep."""

RecordingKey = tuple[str, str]
"""A subject's id and the task: ``("F001", "T1")``."""


@dataclass(frozen=True)
class RecordingFiles(ABC):
    """The files of a corpus of recordings.

    Attributes:
        occurrence: Recording → file of occurrences.
        intensity: Recording → Action Unit → file of intensities.
        landmarks: Folders of landmarks, which are not searched.
    """

    occurrence: dict[RecordingKey, Path] = field(default_factory=dict)
    intensity: dict[RecordingKey, dict[int, Path]] = field(default_factory=dict)
    landmarks: list[Path] = field(default_factory=list)

    @classmethod
    def find(cls, source: Path) -> Self:
        """Find a corpus's files under ``source``.

        Raises:
            AubenchError: If two files claim to be the same.
        """
        files = cls()
        for entry in walk(source, _DEPTH, enter=lambda folder: not files.add_folder(folder)):
            if not entry.is_dir():
                files.add_file(Path(entry.path))
        return files

    @property
    def recordings(self) -> tuple[RecordingKey, ...]:
        """Every recording of which there is a file, by subject and task; T2 comes before T10."""
        return tuple(sorted(self.found(), key=lambda key: (key[0], int(key[1][1:]))))

    def found(self) -> set[RecordingKey]:
        """Every recording of which there is a file, in no order."""
        return {*self.occurrence, *self.intensity}

    @abstractmethod
    def add_file(self, path: Path) -> None:
        """Note a file, if it is one of the corpus's."""

    def add_folder(self, path: Path) -> bool:
        """Note a folder; return whether the search need not go into it."""
        if _LANDMARK_FOLDER.fullmatch(re.sub(r"[ _-]", "", path.name)):
            self.landmarks.append(path)
            return True
        return False
