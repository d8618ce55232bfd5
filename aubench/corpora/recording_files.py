"""Where files of recordings are. They are known by their names: folders have been renamed."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aubench.io.folders import walk

LANDMARKS = re.compile(r".*(?:fpoints|2dfeatures|landmarks?(?:points)?)", re.IGNORECASE)
"""What a folder of landmarks is called, without blanks, dashes and underscores."""

DEPTH = 6
"""How many folders below the source are searched: BP4D's own go four deep."""

Take = tuple[str, str]
"""A subject's id and the task: ``("F001", "T1")``."""


@dataclass(frozen=True)
class RecordingFiles(ABC):
    """The files of a corpus that has been searched for.

    Attributes:
        occurrence: Take → file of occurrences.
        intensity: Take → Action Unit → file of intensities.
        landmarks: Folders of landmarks; what is in them is not looked at.
    """

    occurrence: dict[Take, Path] = field(default_factory=dict)
    intensity: dict[Take, dict[int, Path]] = field(default_factory=dict)
    landmarks: list[Path] = field(default_factory=list)

    @classmethod
    def find(cls, source: Path, depth: int = DEPTH) -> Self:
        """Find a corpus's files under ``source``, at most ``depth`` folders down.

        Raises:
            AubenchError: If two files claim to be the same.
        """
        files = cls()
        for entry in walk(source, depth, enter=lambda folder: not files.add_folder(folder)):
            if not entry.is_dir():
                files.add_file(Path(entry.path))
        return files

    @property
    def takes(self) -> tuple[Take, ...]:
        """Every take of which there is anything, by subject and task; T2 comes before T10."""
        return tuple(sorted(self.all_takes(), key=lambda take: (take[0], int(take[1][1:]))))

    def all_takes(self) -> set[Take]:
        """Every take of which there is anything."""
        return {*self.occurrence, *self.intensity}

    @abstractmethod
    def add_file(self, path: Path) -> None:
        """Put a file in its place, if it is one of the corpus's."""

    def add_folder(self, path: Path) -> bool:
        """Put a folder in its place; True if what is in it need not be looked at."""
        if LANDMARKS.fullmatch(re.sub(r"[ _-]", "", path.name)):
            self.landmarks.append(path)
            return True
        return False
