"""FERA 2015: its part of BP4D, the same people, pictures and labels in folders of its own.

FERA 2015: Valstar, Almaev, Girard, McKeown, Mehu, Yin, Pantic & Cohn, FERA 2015: Second facial
expression recognition and analysis challenge, FG 2015.
"""

from __future__ import annotations

from aubench.corpora.bp4d.reader import Bp4d


class Fera2015(Bp4d):
    """Reader of the training and development partitions of FERA 2015's part of BP4D.

    They are BP4D's 41 people, odd and even ids, so subject keys are BP4D's (``bp4d/F001``) and
    the packs of both readers serve the same protocols. What differs: the challenge coded 11 AUs,
    so that AU24 may be without a column, and files of occurrences end with an occlusion flag,
    which is not read.
    """

    optional = frozenset({24})
    summary = "FERA 2015: BP4D's subjects and labels in the challenge's own folders"
