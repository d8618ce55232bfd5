"""What is known of FERA 2017: its partitions, its views, its AUs.

FERA 2017: Valstar, Sánchez-Lozano, Cohn, Jeni, Girard, Zhang, Yin & Pantic, FERA 2017: Addressing
head pose in the third facial expression recognition and analysis challenge, FG 2017.
"""

from __future__ import annotations

from aubench.corpora.bp4d import facts as bp4d

AUS = (1, 4, 6, 10, 12, 14, 17)
"""Action Units whose intensity is coded."""

OCCURRENCE = (1, 4, 6, 7, 10, 12, 14, 15, 17, 23)
"""Action Units whose presence is coded."""

PARTITIONS = {"TR": "train", "VA": "validation", "TE": "test"}
"""As in file names. An id (``F001``) is another person in another partition."""

PEOPLE = {"TR": len(bp4d.SUBJECTS), "VA": 20}
"""Partition → people, where sources agree: BP4D's, and 7 women and 13 men (the guidelines)."""

UNLABELLED = frozenset({"TE"})
"""Partitions whose labels were never public: they may be without."""

VIEWS = range(1, 10)
"""Synthesised head poses; 6 is frontal."""
