"""Names of BP4D's files.

They are the same in its own folders and in FERA 2015's::

    AUCoding/AU_OCC/F001_T1.csv             AUCoding/F001_T1.csv
    AUCoding/AU_INT/AU06/F001_T1_AU06.csv   AU Intensity Codes3.0/AU06/F001_T1_AU06.csv
    F001/T1/2440.jpg                        BP4D-training/F001/T1/2440.jpg
    2DFeatures/F001_T1.mat                  BP4D-fpoints/F001_T1.mat
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from aubench.corpora.recording_files import RecordingFiles, RecordingKey, refuse_copy
from aubench.io.folders import claim
from aubench.media.numbered import holds_images

_SUBJECT = re.compile(r"[fm][0-9]{3}", re.IGNORECASE)
_TASK = re.compile(r"t0*([0-9]+)", re.IGNORECASE)
_OCCURRENCE = re.compile(r"([fm][0-9]{3})_t0*([0-9]+)\.csv", re.IGNORECASE)
_INTENSITY = re.compile(r"([fm][0-9]{3})_t0*([0-9]+)_au0*([0-9]+)\.csv", re.IGNORECASE)


@dataclass(frozen=True)
class Bp4dFiles(RecordingFiles):
    """The files of a copy of BP4D.

    Attributes:
        pictures: Recording → folder.
    """

    pictures: dict[RecordingKey, Path] = field(default_factory=dict)

    def found(self) -> set[RecordingKey]:
        """See `RecordingFiles.found`."""
        return {*super().found(), *self.pictures}

    def add_file(self, path: Path) -> None:
        """See `RecordingFiles.add_file`."""
        if found := _OCCURRENCE.fullmatch(path.name):
            claim(self.occurrence, (found[1].upper(), f"T{found[2]}"), path, refuse_copy)
        elif found := _INTENSITY.fullmatch(path.name):
            by_au = self.intensity.setdefault((found[1].upper(), f"T{found[2]}"), {})
            claim(by_au, int(found[3]), path, refuse_copy)

    def add_folder(self, path: Path) -> bool:
        """See `RecordingFiles.add_folder`; a folder of pictures is not searched.

        Laboratories have other folders ``F001/T1`` beside it: of 3-D models, of a tool's output.
        """
        task = _TASK.fullmatch(path.name)
        if task and _SUBJECT.fullmatch(path.parent.name) and holds_images(path):
            claim(self.pictures, (path.parent.name.upper(), f"T{task[1]}"), path, refuse_copy)
            return True
        return super().add_folder(path)
