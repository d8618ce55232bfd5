"""The mean face: where the 68 landmarks of a neutral, frontal face lie relative to each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MEAN_FACE: npt.NDArray[np.float64] = np.array(
    [
        (-74, 1.3), (-69.8, 23.5), (-65.8, 47.1), (-59, 69.2), (-49.3, 86.7), (-39.6, 102.4),
        (-28.5, 111.7), (-14.2, 117.5), (0, 118.7), (14.2, 117.5), (28.5, 111.7), (39.6, 102.4),
        (49.3, 86.7), (59, 69.2), (65.8, 47.1), (69.8, 23.5), (74, 1.3), (-50.6, -18),
        (-41.7, -24), (-30.1, -26), (-20.2, -22), (-10.1, -20), (10.1, -20), (20.2, -22),
        (30.1, -26), (41.7, -24), (50.6, -18), (0, -2.5), (0, 13.8), (0, 25.9), (0, 41.6),
        (-12.6, 50.7), (-7.1, 52.5), (0, 52.5), (7.1, 52.5), (12.6, 50.7), (-46.8, 0),
        (-37.7, -5.5), (-28, -6.4), (-18, -1), (-28, 2.9), (-37.7, 2.5), (18, -1), (28, -6.4),
        (37.7, -5.5), (46.8, 0), (37.7, 2.5), (28, 2.9), (-24.8, 72), (-15.2, 66.4),
        (-5.1, 63.6), (0, 65), (5.1, 63.6), (15.2, 66.4), (24.8, 72), (14.5, 79.2), (4.8, 82.2),
        (0, 82.2), (-4.8, 82.2), (-14.5, 79.2), (-21.5, 72), (-8.3, 72), (0, 72), (8.3, 72),
        (21.5, 72), (8.3, 72), (0, 72), (-8.3, 72),
    ]
)  # fmt: skip
"""(68, 2) x to the right and y down, mm from between the eyes.

Origin: the landmark vertices of the mean head of our own synthetic faces
(`aubench.synthetic.face.shape`), relaxed, eyes open, seen from the front without perspective.
"""
