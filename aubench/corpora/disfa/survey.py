"""The survey of DISFA: every file is looked at, whatever is wrong with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from aubench.corpora.disfa import facts
from aubench.corpora.disfa.layout import DisfaFiles, find_disfa, find_landmarks, strangers
from aubench.corpora.disfa.reader import Disfa
from aubench.corpora.labels import read_labels
from aubench.corpora.landmarks.files import read_mat
from aubench.corpora.landmarks.interpolate import usable
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.recording import Expected, SurveyedRecording
from aubench.corpora.survey.surveyor import Surveyor
from aubench.corpora.survey.suspicion import ranges
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.io.folders import Report, is_clutter
from aubench.media.lengths import unequal_mend
from aubench.media.sequence import VideoSequence


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

    @cached_property
    def files(self) -> DisfaFiles:
        """The files under the source, without a report of what is missing."""
        return self._find(lambda _: None)

    def _find(self, report: Report) -> DisfaFiles:
        """Find DISFA's files; its own landmarks only where no other source is named."""
        own = self.corpus.settings.landmark_source == "corpus"
        source, camera = self.corpus.source, self.corpus.settings.camera
        return find_disfa(source, camera, report, landmarks=own)

    def layout(self, notebook: Notebook) -> tuple[str, ...]:
        """See `Surveyor.layout`: subjects of whom there is a label file, a video or landmarks."""
        files = self._find(notebook.fault)
        with notebook.collect_faults():
            _ = self.corpus.landmarks
        if not files.subjects:
            mend = "put DISFA's files there, or name another folder"
            what = "no subject of DISFA"
            notebook.fault(AubenchError(what, mend=mend, path=self.corpus.source))
        clutter: Counter[str] = Counter()
        for folder, found in strangers(files).items():
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
        video, pictures = self._video(subject, count, notebook)
        points, files = self._landmarks(subject, count, notebook)
        frames = np.arange(1, count + 1)
        logged = np.array([facts.logged(subject, int(frame)) for frame in frames], dtype=np.bool_)
        lost = np.isin(frames, list(facts.LOST_LANDMARKS.get(subject, ())))
        sizes = np.full((count, 2), video.size() if video else np.nan, dtype=np.float32)
        # A folder of landmarks that is missing is noted once, as such.
        known = bool(files) or subject in self.files.landmarks
        if known and video and count and not usable(points, *video.size()).any():
            what, mend = "no frame has usable landmarks", "put back the corpus's own files"
            path = self.files.landmarks.get(subject)
            notebook.fault(AubenchError(what, mend=mend, path=path))
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
            landmark_folder=self.files.landmarks.get(subject),
        )

    def _labels(self, subject: str, notebook: Notebook) -> FloatArray:
        """Read (rows, 12) labels; a column is NaN where its file cannot be used."""
        paths = self.files.labels.get(subject, {})
        columns: dict[int, FloatArray] = {}
        for au in self.corpus.aus:
            if au not in paths:
                self._lacking(subject, f"{subject}_au{au}.txt", "labels", notebook)
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

    def _video(
        self, subject: str, count: int, notebook: Notebook
    ) -> tuple[VideoSequence | None, int]:
        """Return the video and its number of frames; None and 0 if it cannot be read to its end."""
        if subject not in self.files.videos:
            camera = self.corpus.settings.camera
            name = f"{camera.title()}Video{subject}_comp.avi"
            self._lacking(subject, name, camera, notebook)
            return None, 0
        video = VideoSequence(self.files.videos[subject], np.arange(1, count + 1))
        with notebook.collect_faults():
            pictures = video.count
            short = count <= pictures <= count + facts.SHORT_LABELS.get(subject, 0)
            if count and not short:
                what = f"{pictures:,} video frames, but {count:,} label rows"
                error = AubenchError(what, mend=unequal_mend(pictures, count), path=video.path)
                allowed = self.corpus.settings.frame_difference
                note = notebook.doubt if abs(pictures - count) <= allowed else notebook.fault
                note(error)
            return video, pictures
        return None, 0

    def _landmarks(
        self, subject: str, count: int, notebook: Notebook
    ) -> tuple[FloatArray, dict[int, Path]]:
        """Read (count, 68, 2) landmarks, NaN where there are none, and the files by frame."""
        points = np.full((count, 68, 2), np.nan, dtype=np.float32)
        if self.corpus.settings.landmark_source != "corpus":
            with notebook.collect_faults():
                return self.corpus.points(subject, count)
            return points, {}
        if subject not in self.files.landmarks:
            self._lacking(subject, f"{subject}/", "landmarks", notebook)
            return points, {}
        folder = self.files.landmarks[subject]
        files = find_landmarks(folder, subject, report=notebook.fault)
        broken: list[tuple[int, AubenchError]] = []
        for frame, path in files.items():
            if 1 <= frame <= count:
                try:
                    points[frame - 1] = read_mat(path)
                except AubenchError as error:
                    broken.append((frame, error))
        if broken:
            frames, (_, first) = np.array([frame for frame, _ in broken]), broken[0]
            what = f"{first.what}: {ranges(frames)}"
            notebook.fault(AubenchError(what, mend=first.mend, path=first.path))
        spare = sorted(set(files) - set(range(1, count + 1)))
        if count and len(spare) > facts.SPARE_LANDMARKS + facts.SHORT_LABELS.get(subject, 0):
            what = f"{len(spare):,} landmark files too many for {count:,} label rows"
            mend = "put back the landmarks and label files of one release"
            notebook.fault(AubenchError(what, mend=mend, path=files[spare[0]]))
        return points, files

    def _lacking(self, subject: str, name: str, kind: str, notebook: Notebook) -> None:
        """Note that a file is missing, unless the whole folder of its kind is."""
        if kind in self.files.roots:
            notebook.fault(self.files.lacks(subject, name, kind))
