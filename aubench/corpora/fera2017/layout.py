"""Names of FERA 2017's files.

Folders may be called otherwise::

    FERA17_Train_MV/FERA17_TR_F001_T1_6.mp4
    Train_Occ/FERA17_TR_F001_T1.csv
    Train_Int/FERA17_TR_F001_T1_AU01_Int.csv
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from aubench.corpora.recording_files import RecordingFiles, RecordingKey, refuse_copy
from aubench.io.folders import claim

_NAME = r"fera17_(tr|va|te)_([fm][0-9]{3})_t0*([0-9]+)"
_VIDEO = re.compile(_NAME + r"_([1-9])\.(?:mp4|avi|mkv|mov)", re.IGNORECASE)
_OCCURRENCE = re.compile(_NAME + r"\.csv", re.IGNORECASE)
_INTENSITY = re.compile(_NAME + r"_au0*([0-9]+)(?:_int)?\.csv", re.IGNORECASE)


@dataclass(frozen=True)
class Fera2017Files(RecordingFiles):
    """The files of a copy of FERA 2017. A subject's id holds the partition: ``TR/F001``.

    Attributes:
        videos: Recording → view → video.
    """

    videos: dict[RecordingKey, dict[int, Path]] = field(default_factory=dict)

    def found(self) -> set[RecordingKey]:
        """See `RecordingFiles.found`."""
        return {*super().found(), *self.videos}

    @property
    def views(self) -> tuple[int, ...]:
        """Every view of which there is a video, sorted."""
        return tuple(sorted({view for videos in self.videos.values() for view in videos}))

    def add_file(self, path: Path) -> None:
        """See `RecordingFiles.add_file`."""
        if found := _VIDEO.fullmatch(path.name):
            claim(self.videos.setdefault(_key(found), {}), int(found[4]), path, refuse_copy)
        elif found := _OCCURRENCE.fullmatch(path.name):
            claim(self.occurrence, _key(found), path, refuse_copy)
        elif found := _INTENSITY.fullmatch(path.name):
            claim(self.intensity.setdefault(_key(found), {}), int(found[4]), path, refuse_copy)


def _key(found: re.Match[str]) -> RecordingKey:
    return f"{found[1].upper()}/{found[2].upper()}", f"T{found[3]}"
