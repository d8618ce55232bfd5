"""Action Units: their names, and where in the face each one shows.

Names: Ekman, Friesen & Hager, Facial Action Coding System, 2002. The landmark table: Ntinou et
al. 2020 (arXiv 2004.06657), Table 1, indices from 0 in the 68-point markup.
"""

from __future__ import annotations

MAX_INTENSITY = 5.0
"""FACS intensity: 0 (absent), 1 (trace, A) to 5 (maximum, E)."""

NAMES: dict[int, str] = {
    1: "Inner brow raiser",
    2: "Outer brow raiser",
    4: "Brow lowerer",
    5: "Upper lid raiser",
    6: "Cheek raiser",
    7: "Lid tightener",
    9: "Nose wrinkler",
    10: "Upper lip raiser",
    12: "Lip corner puller",
    14: "Dimpler",
    15: "Lip corner depressor",
    17: "Chin raiser",
    20: "Lip stretcher",
    23: "Lip tightener",
    24: "Lip pressor",
    25: "Lips part",
    26: "Jaw drop",
}
"""Action Unit number → name; every AU that a corpus here codes."""

AU_CENTRES: dict[int, tuple[tuple[int, ...], ...]] = {
    1: ((21,), (22,), (21, 22, 27)),
    2: ((18,), (25,)),
    4: ((21,), (22,), (21, 22, 27)),
    5: ((37, 38), (43, 44)),
    6: ((1, 41, 31), (15, 46, 35)),
    9: ((31,), (35,), (28,)),
    10: ((31,), (35,), (51,)),
    12: ((48,), (54,)),
    14: ((48,), (54,)),
    15: ((48,), (54,)),
    17: ((57,), (8,)),
    20: ((48,), (54,)),
    25: ((62, 66),),
    26: ((62, 66),),
}
"""Action Unit → the centres of its heat map; each centre is the mean of the landmarks named.

Doubts: AU17 is printed as two points in streams that do not line up (57 and 8 are our reading);
AU20 may have a third centre at 51; AU25 and AU26 are printed as 61 and 64, which is the centre of
the inner lips in the 66-point markup and 62, 66 in this one.
"""


def column(au: int) -> str:
    """The name of an AU's column in files: ``AU06``."""
    return f"AU{au:02d}"
