"""The pictures of DISFA: a video of each subject, or a folder of its frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aubench.corpora.disfa import facts
from aubench.corpora.disfa.files import DisfaFiles
from aubench.corpora.disfa.frame_folder import frame_folder, numbered
from aubench.corpora.labels import read_labels
from aubench.errors import AubenchError
from aubench.media.image import RawPicture
from aubench.media.lengths import difference_note, unequal_mend
from aubench.media.sequence import ImageSequence, VideoSequence, open_video

Pictures = ImageSequence | VideoSequence


@dataclass(frozen=True)
class DisfaPictures:
    """Pictures of labelled frames, found and counted.

    Attributes:
        files: The files of the copy.
        difference: How many frames a video may be shorter or longer than its labels.
    """

    files: DisfaFiles
    difference: int

    def path(self, subject: str) -> Path:
        """Return the video of a subject, or the folder of its frames.

        Raises:
            AubenchError: If there is neither.
        """
        if subject not in self.files.pictures:
            raise self.files.lacks_pictures(subject)
        return self.files.pictures[subject]

    def rows(self, subject: str, count: int) -> int:
        """Return how many of ``count`` label rows have a picture.

        Raises:
            AubenchError: If a video is too short or too long to be that of these labels.
        """
        path, spare = self.path(subject), facts.SHORT_LABELS.get(subject, 0)
        if path.is_dir():  # see `frame_folder`
            return count
        shown = _shown(path, count)
        if count <= shown <= count + spare:
            return count
        if abs(shown - count) <= self.difference:
            return min(count, shown)
        raise self._unequal(subject, shown, count)

    def sequence(self, subject: str, count: int) -> Pictures:
        """Return the pictures of frames 1 to ``count``; a folder is checked, a video is not."""
        path, spare = self.path(subject), facts.SHORT_LABELS.get(subject, 0)
        if not path.is_dir():
            return VideoSequence(path, np.arange(1, count + 1))
        sequence = frame_folder(path, subject, self.files.camera, count, spare)
        if spare and sequence.length == count and sequence.offset == 0:
            self._check_first(subject, path)
        return sequence

    def images(self, subject: str, sequence: Pictures) -> Iterator[RawPicture]:
        """Yield the picture of every labelled frame; raise if there are fewer or more."""
        if isinstance(sequence, ImageSequence):
            yield from sequence.images()
            return
        count, shown = len(sequence.frames), 0
        with open_video(sequence.path) as video:
            for shown, picture in enumerate(video.pictures(), start=1):
                if shown <= count:
                    yield picture
        spare = max(facts.SHORT_LABELS.get(subject, 0), self.difference)
        if not count <= shown <= count + spare:
            raise self._unequal(subject, shown, count)

    def notes(self) -> Iterator[str]:
        """Yield which videos are shorter or longer than their labels, if that is allowed."""
        for subject, path in self.files.pictures.items() if self.difference else ():
            with suppress(AubenchError):  # of a subject that was left out with --subjects
                rows = len(read_labels(self.files.labels[subject][facts.AUS[0]]))
                shown = rows if path.is_dir() else _shown(path, rows)
                if shown - rows != facts.SHORT_LABELS.get(subject, 0):
                    note = difference_note(subject, shown, rows)
                    yield from [note] if note else []

    def _check_first(self, subject: str, path: Path) -> None:
        """Raise if pictures from 1 may be those from 0 without their first one.

        Of a subject whose labels end early, the number of pictures does not tell; others' do.
        """
        camera = self.files.camera
        for other, folder in self.files.pictures.items():
            if other != subject and folder.is_dir() and 0 in numbered(folder, other, camera):
                raise AubenchError(
                    f"pictures are numbered from 1, those of {other} from 0: is the first lost?",
                    mend="put it back, or leave the subject out with --subjects",
                    path=path,
                )

    def _unequal(self, subject: str, shown: int, count: int) -> AubenchError:
        """Return the error that a video shows fewer or more frames than have labels."""
        mend = unequal_mend(shown, count)
        if shown < count:
            what = f"video ends after frame {shown}, but {subject} has {count} label rows"
            return AubenchError(what, mend=mend, path=self.path(subject))
        path = self.files.labels[subject][facts.AUS[0]]
        return AubenchError(f"{count} rows, but the video has more frames", mend=mend, path=path)


def _shown(path: Path, count: int) -> int:
    """Return how many frames a video shows, of which ``count`` have labels."""
    return VideoSequence(path, np.arange(1, count + 1)).shown()
