"""The survey of DISFA: every file is looked at, whatever is wrong with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aubench.corpora.disfa import facts
from aubench.corpora.disfa.files import DisfaFiles
from aubench.corpora.disfa.layout import (
    find_disfa,
    find_landmarks,
    spare_landmarks,
    strangers,
)
from aubench.corpora.disfa.reader import Disfa
from aubench.corpora.labels import read_labels
from aubench.corpora.landmarks.files import read_mat
from aubench.corpora.landmarks.interpolate import usable
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.recording import Expected, SurveyedRecording
from aubench.corpora.survey.surveyor import Surveyor, note_bare
from aubench.corpora.survey.suspicion import ranges
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.io.folders import is_clutter
from aubench.media.lengths import unequal_mend
from aubench.media.sequence import ImageSequence, VideoSequence


class DisfaSurveyor(Surveyor):
    """Surveys all files of DISFA, where the reader stops at the first error."""

    mend = "put the file back, or prepare with --landmarks interpolate"
    corpus: Disfa

    @property
    def expected(self) -> Expected:
        """27 subjects, 130,814 label rows."""
        keys = {f"{self.corpus.name}/{subject}": subject for subject in facts.SUBJECTS}
        return Expected(
            subjects=tuple(keys),
            recordings=((self.corpus.settings.camera, 0),),
            rows={
                key: facts.FRAMES - facts.SHORT_LABELS.get(subject, 0)
                for key, subject in keys.items()
            },
        )

    @property
    def files(self) -> DisfaFiles:
        """The files under the source, as `layout` has found them."""
        return self.corpus.files

    def layout(self, notebook: Notebook) -> tuple[str, ...]:
        """See `Surveyor.layout`: subjects of whom there is a label file, a video or landmarks."""
        settings = self.corpus.settings
        source, camera = self.corpus.source, settings.camera
        files = find_disfa(source, camera, notebook.fault, pictures=settings.pictures)
        self.corpus.files = files  # the reader's own search would stop at the first fault
        with notebook.collect_faults():
            _ = self.corpus.landmarks
        with notebook.collect_faults():
            for error in files.absent(landmarks=self.corpus.needs_own_landmarks):
                notebook.fault(error)
        clutter: Counter[str] = Counter()
        for folder, found in strangers(source).items():
            clutter.update(filter(is_clutter, found))
            names = [name for name in found if not is_clutter(name)]
            if not names:
                continue
            mend = "see where it comes from; it is not read"
            shown = f"{', '.join(names[:5])}{', …' * (len(names) > 5)}"
            what = f"foreign: {shown} ({len(names):,} in all)" if names[1:] else f"foreign: {shown}"
            notebook.doubt(AubenchError(what, mend=mend, path=folder))
        if clutter:
            what = "left by operating systems: " + ", ".join(
                f"{count:,} {name}" for name, count in clutter.most_common(5)
            )
            mend = "nothing need be done; they are not read"
            notebook.doubt(AubenchError(what, mend=mend, path=self.corpus.source))
        return tuple(f"{self.corpus.name}/{subject}" for subject in files.subjects)

    def recordings(self, subject: str, notebook: Notebook) -> Iterator[SurveyedRecording]:
        """Yield the recording of one camera, with the labels and landmarks that can be read."""
        subject = subject.removeprefix(f"{self.corpus.name}/")
        labels = self._labels(subject, notebook)
        count = len(labels)
        video, pictures = self._pictures(subject, count, notebook)
        points, files = self._landmarks(subject, count, notebook)
        frames = np.arange(1, count + 1)
        logged = np.array([facts.logged(subject, int(frame)) for frame in frames], dtype=np.bool_)
        lost = np.isin(frames, list(facts.LOST_LANDMARKS.get(subject, ())))
        sizes = np.full((count, 2), video.size() if video else np.nan, dtype=np.float32)
        folder = next(iter(self.files.landmarks.get(subject, ())), None)
        # Landmarks that are missing altogether are noted once, as such.
        known = bool(files) and (video is None or bool(usable(points, *video.size()).any()))
        if files and count and not known:
            note_bare(subject, folder or files[1], self.corpus.settings, notebook)
        yield SurveyedRecording(
            session=self.corpus.settings.camera,
            view=0,
            frames=frames,
            labels=labels,
            occurrence=np.empty((count, 0), dtype=np.float32),
            landmarks=points,
            logged=logged,
            excused=logged | lost if known else np.ones(count, dtype=np.bool_),
            sizes=sizes,
            pictures=video,
            rows=np.where(frames <= pictures, frames - 1, -1),
            landmark_files=files,
            landmark_folder=folder,
        )

    def _labels(self, subject: str, notebook: Notebook) -> FloatArray:
        """Read (rows, 12) labels; a column is NaN where its file cannot be used."""
        paths = self.files.labels.get(subject, {})
        columns: dict[int, FloatArray] = {}
        for au in self.corpus.aus:
            if au not in paths:
                if self.files.labels:
                    notebook.fault(self.files.lacks(subject, f"{subject}_au{au}.txt", "labels"))
                continue
            with notebook.collect_faults():
                columns[au] = read_labels(paths[au]).astype(np.float32)
        lengths = Counter(map(len, columns.values()))
        rows = lengths.most_common(1)[0][0] if lengths else 0
        labels = np.full((rows, len(self.corpus.aus)), np.nan, dtype=np.float32)
        for au, column in columns.items():
            if len(column) == rows:
                labels[:, self.corpus.aus.index(au)] = column
                continue
            what = f"{len(column):,} rows, but {lengths[rows]} other AUs have {rows:,}"
            line, mend = min(len(column), rows) + 1, "put back the corpus's own file"
            notebook.fault(AubenchError(what, mend=mend, path=paths[au], line=line))
        for au in set(paths) - set(self.corpus.aus):
            what, mend = f"DISFA does not code AU{au}", "see where it comes from; it is not read"
            notebook.doubt(AubenchError(what, mend=mend, path=paths[au]))
        return labels

    def _pictures(
        self, subject: str, count: int, notebook: Notebook
    ) -> tuple[ImageSequence | VideoSequence | None, int]:
        """Return the pictures and how many; None and 0 if they cannot be read to their end."""
        if subject not in self.files.pictures:
            if self.files.pictures:
                notebook.fault(self.files.lacks_pictures(subject))
            return None, 0
        if not count:  # what is wrong with the labels is noted
            return None, 0
        with notebook.collect_faults():
            sequence = self.corpus.pictures.sequence(subject, count)
            pictures = sequence.count
            if not count <= pictures <= count + facts.SHORT_LABELS.get(subject, 0):
                what = f"{pictures:,} video frames, but {count:,} label rows"
                error = AubenchError(what, mend=unequal_mend(pictures, count), path=sequence.path)
                allowed = self.corpus.settings.frame_difference
                note = notebook.doubt if abs(pictures - count) <= allowed else notebook.fault
                note(error)
            return sequence, pictures
        return None, 0

    def _landmarks(
        self, subject: str, count: int, notebook: Notebook
    ) -> tuple[FloatArray, dict[int, Path]]:
        """Read (count, 68, 2) landmarks, NaN where there are none, and the files by frame."""
        points = np.full((count, 68, 2), np.nan, dtype=np.float32)
        settings = self.corpus.settings
        if settings.landmark_source != "corpus" and subject not in self.files.pictures:
            return points, {}
        if settings.landmark_source != "corpus":
            with notebook.collect_faults():
                return self.corpus.points(subject, count)
            return points, {}
        folders = self.files.landmarks.get(subject)
        if not folders:
            if self.files.landmarks and self.corpus.needs_own_landmarks:
                notebook.fault(self.files.lacks(subject, f"{subject}/", "landmarks"))
            return points, {}
        more, moved = settings.frame_difference, settings.moved_landmarks
        ends = range(count, count + facts.SHORT_LABELS.get(subject, 0) + more + 1)
        files = find_landmarks(folders, subject, ends, moved, report=notebook.fault)
        broken: list[tuple[int, AubenchError]] = []
        for frame, path in files.items():
            if 1 <= frame <= count and self.corpus.believes(subject, frame):
                try:
                    points[frame - 1] = read_mat(path)
                except AubenchError as error:
                    broken.append((frame, error))
        if broken:
            frames, (_, first) = np.array([frame for frame, _ in broken]), broken[0]
            what = f"{first.what}: {ranges(frames)}"
            notebook.fault(AubenchError(what, mend=first.mend, path=first.path))
        if count:
            _note_spare(files, subject, count, more, notebook)
        return points, files


def _note_spare(
    files: dict[int, Path], subject: str, count: int, more: int, notebook: Notebook
) -> None:
    """Note landmark files beyond the frames; some copies have one, and ``more`` are allowed."""
    spare = spare_landmarks(files, subject, count)
    if len(spare) > facts.SPARE_LANDMARKS + more:
        what = f"{len(spare):,} landmark files too many for {count:,} label rows"
        mend = "put back the landmarks and label files of one release"
        notebook.fault(AubenchError(what, mend=mend, path=files[spare[0]]))
    elif spare:
        many = f"{len(spare)} landmark files" if spare[1:] else "one landmark file"
        read = "they are" if spare[1:] else "it is"
        what = f"{many} too many for {count:,} label rows; {read} not read"
        mend = "look on the contact sheet of --html whether landmarks are a frame off"
        notebook.doubt(AubenchError(what, mend=mend, path=files[spare[0]]))
