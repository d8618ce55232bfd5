"""What a user of a pack of DISFA must know about the copy that it was made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from aubench.corpora.disfa import facts
from aubench.corpora.disfa.files import DisfaFiles
from aubench.corpora.disfa.layout import find_landmarks, spare_landmarks
from aubench.corpora.disfa.names import other_camera
from aubench.corpora.disfa.settings import DisfaSettings
from aubench.corpora.labels import read_labels
from aubench.corpora.landmarks.sources import named_source
from aubench.errors import AubenchError

_LOGGED = {
    "lost": "landmarks of frames in DISFA's error log are taken as lost (logged_landmarks=lost): "
    "--set logged_landmarks=detector finds others, --frames errlog leaves these frames out",
    "corpus": "landmarks of frames in DISFA's error log are DISFA's own where they can be meant "
    "(logged_landmarks=corpus): crops may leave the face",
    "detector": "landmarks of frames in DISFA's error log are a detector's "
    "(logged_landmarks=detector)",
}


def copy_notes(files: DisfaFiles) -> Iterator[str]:
    """Yield which of the 27 subjects are missing, and what to know about the cameras."""
    if lacking := [subject for subject in facts.SUBJECTS if subject not in files.subjects]:
        listed = ", ".join(lacking)
        yield f"{len(lacking)} of DISFA's 27 subjects are not there: {listed}"
    if files.unsided:
        yield (
            f"pictures of {len(files.unsided)} subjects do not say of which camera they are and "
            f"are taken for the left one's: {', '.join(sorted(files.unsided))}"
        )
    if files.others:
        other = other_camera(files.camera)
        yield f"the {other} camera's pictures of {len(files.others)} subjects are not read"


def landmark_notes(files: DisfaFiles, settings: DisfaSettings) -> Iterator[str]:
    """Yield what is special about DISFA's own landmarks."""
    if any(subject in facts.ERROR_LOG for subject in files.subjects):
        yield _LOGGED[settings.logged_landmarks]
    if settings.logged_landmarks == "detector":
        yield from named_source("detector").notes()
    spare = []
    for subject, folders in files.landmarks.items():
        with suppress(AubenchError):  # of a subject that was left out with --subjects
            count = max(len(read_labels(path)) for path in files.labels[subject].values())
            found = find_landmarks(folders, subject, [count], moved="keep")
            spare += [subject] * bool(spare_landmarks(found, subject, count))
    if spare:
        yield (
            f"one landmark file too many of {', '.join(spare)}: it is not read; the others are "
            "taken by their numbers"
        )
