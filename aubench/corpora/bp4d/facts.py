"""What is known of BP4D: its people, its tasks, its AUs.

BP4D: Zhang, Yin, Cohn, Canavan, Reale, Horowitz, Liu & Girard, BP4D-Spontaneous: a high-resolution
spontaneous 3D dynamic facial expression database, Image and Vision Computing 32(10), 2014.
"""

from __future__ import annotations

AUS = (6, 10, 12, 14, 17)
"""Action Units whose intensity is coded."""

OCCURRENCE = (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
"""Action Units whose presence is kept: the 12 that papers score (Zhao et al., DRML, CVPR 2016).

The files have columns of more AUs (BP4D+'s of 34); no protocol names the others.
"""

SUBJECTS = (*(f"F{n:03d}" for n in range(1, 24)), *(f"M{n:03d}" for n in range(1, 19)))
"""23 women and 18 men."""

TASKS = tuple(f"T{n}" for n in range(1, 9))
"""Eight tasks, one recording each: 328 recordings."""

FRAMES = 146_847
"""Coded frames of all recordings: 75,586 of FERA 2015's training and 71,261 of its development."""
