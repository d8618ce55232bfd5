"""What is known of DISFA: its subjects, its AUs, its error log, its irregularities.

DISFA: Mavadati, Mahoor, Bartlett, Trinh & Cohn, DISFA: A Spontaneous Facial Action Intensity
Database, IEEE Transactions on Affective Computing 4(2), 2013.
"""

from __future__ import annotations

AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
"""The coded Action Units. Label files sorted by name are not in this order."""

SUBJECTS = tuple(f"SN{number:03d}" for number in (*range(1, 14), 16, 17, 18, 21, *range(23, 33)))
"""The 27 subjects; there is no 014, 015, 019, 020, 022 or 033."""

FRAMES = 4845
"""Video frames of every subject: four minutes at 20 a second."""

RATE = 20
"""Frames a second of the videos."""

SHORT_LABELS = {"SN010": 1}
"""Subject → rows that its label files lack at the end: frame 4845 of SN010 has no label."""

LOST_LANDMARKS = {"SN031": frozenset({3631})}
"""Subject → frames whose landmark file is not in the corpus.

Source: OpenFace's DISFA scripts, which copy the file of frame 3630; not confirmed elsewhere.
"""

SPARE_LANDMARKS = 1
"""How many landmark files a subject may have beyond its frames: some have one too many."""

ERROR_LOG: dict[str, tuple[tuple[int, int], ...]] = {
    "SN001": ((398, 420), (3190, 3243)),
    "SN002": ((800, 826),),
    "SN004": ((4541, 4555),),
    "SN006": ((1349, 1405),),
    "SN009": ((1736, 1808), (1851, 1885)),
    "SN011": ((4529, 4533), (4830, 4845)),
    "SN021": (
        (574, 616),
        (985, 1164),
        (1190, 1205),
        (1305, 1338),
        (1665, 1710),
        (1862, 2477),
        (2554, 4657),
        (4710, 4722),
    ),
    "SN023": (
        (1021, 1049),
        (3378, 3557),
        (3584, 3668),
        (4547, 4621),
        (4741, 4772),
        (4825, 4845),
    ),
    "SN025": ((4596, 4662), (4816, 4835)),
    "SN027": ((3461, 3494), (4738, 4785)),
    "SN028": ((1875, 1885), (4571, 4690)),
    "SN029": ((4090, 4543),),
    "SN030": ((939, 962), (1406, 1422), (2100, 2132), (2893, 2955)),
}
"""Subject → first and last frames (from 1, inclusive) of each stretch in DISFA's own error log.

Tracking failed there; the labels exist. 4,670 frames in all, which leaves 126,144 of 130,814.
"""


def logged(subject: str, frame: int) -> bool:
    """Return whether DISFA's error log lists ``frame`` of ``subject`` (``SN001``)."""
    return any(first <= frame <= last for first, last in ERROR_LOG.get(subject, ()))
