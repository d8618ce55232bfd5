"""Finds the files of recordings by their names, because laboratories have renamed folders."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aubench.errors import AubenchError
from aubench.io.folders import walk

_LANDMARK_FOLDER = re.compile(r".*(?:fpoints|2dfeatures|landmarks?(?:points)?)", re.IGNORECASE)
"""What a folder of landmarks is called, without blanks, dashes and underscores."""

_OF_TOOLS = frozenset({b"x_0", b"success", b"confidence"})
"""Columns of what OpenFace and its like write into files that are called as the corpus's own."""

_HEADER = 1 << 16
"""Bytes in which the header of a table ends; OpenFace's has some 8,000."""

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
    def find(cls, source: Path, leave_out: Collection[str] = ()) -> Self:
        """Find a corpus's files under ``source``.

        Args:
            source: The root folder.
            leave_out: Folders that are not searched, by name or by path below ``source``.

        Raises:
            AubenchError: If two files claim to be the same, or a folder to leave out is not there.
        """
        files, met = cls(), set[str]()

        def enter(folder: Path) -> bool:
            names = {folder.name, folder.relative_to(source).as_posix()}.intersection(leave_out)
            met.update(names)
            return not names and not files.add_folder(folder)

        for entry in walk(source, _DEPTH, enter):
            if not entry.is_dir() and not _is_of_a_tool(Path(entry.path)):
                files.add_file(Path(entry.path))
        for name in sorted({*leave_out} - met):
            mend = "name folders as in --set leave_out=old,copies/BP4D"
            raise AubenchError(f"no folder {name} to leave out", mend=mend, path=source)
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


def refuse_copy(error: AubenchError) -> None:
    """Raise that a file is there twice, with the setting that leaves a folder out."""
    mend = f"{error.mend}, or leave one's folder out with --set leave_out=FOLDER"
    raise AubenchError(error.what, mend=mend, path=error.path)


def _is_of_a_tool(path: Path) -> bool:
    """True if a file is a table of landmarks or predictions, whatever its name."""
    if path.suffix.lower() != ".csv":
        return False
    with path.open("rb") as file:
        header = file.readline(_HEADER).lower()
    return not _OF_TOOLS.isdisjoint(cell.strip() for cell in header.split(b","))
