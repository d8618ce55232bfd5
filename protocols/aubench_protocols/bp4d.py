"""BP4D (Zhang et al. 2014): 41 people, eight tasks, occurrence of 12 and intensity of 5 AUs.

`bp4d3fold` scores presence of 12 AUs in the 146,847 coded frames: the three parts of DRML, each
tested once.
"""

from __future__ import annotations

from aubench.corpora.bp4d import facts
from aubench.protocol import Protocol, SubjectSet
from aubench_protocols.rules import rotate

SUBJECTS = tuple(f"bp4d/{person}" for person in facts.SUBJECTS)

MASKED = (
    "A label of 9 (not coded) is masked for its AU. Released code also drops the frame, counts it "
    "as absent, or crashes."
)


def keys(people: str) -> tuple[str, ...]:
    """Subject keys from ids in words: ``"F001 M002"`` → ``bp4d/F001``, ``bp4d/M002``."""
    return tuple(f"bp4d/{person}" for person in people.split())


PARTS = (
    SubjectSet(
        name="P1",
        subjects=keys("F001 F002 F008 F009 F010 F016 F018 F023 M001 M004 M007 M008 M012 M014"),
        people=14,
        frames=50_631,
    ),
    SubjectSet(
        name="P2",
        subjects=keys("F003 F005 F011 F013 F020 F022 M002 M005 M010 M011 M013 M016 M017 M018"),
        people=14,
        frames=50_182,
    ),
    SubjectSet(
        name="P3",
        subjects=keys("F004 F006 F007 F012 F014 F015 F017 F019 F021 M003 M006 M009 M015"),
        people=13,
        frames=46_034,
    ),
)

bp4d3fold = Protocol(
    name="bp4d3fold",
    title="BP4D occurrence, three folds, out-of-fold predictions pooled",
    task="occurrence",
    corpora=("bp4d",),
    aus=facts.OCCURRENCE,
    folds=rotate({part.name: part.subjects for part in PARTS}),
    parts=PARTS,
    rank_by="f1",
    source=(
        "parts of DRML (Zhao et al., CVPR 2016), used by JAA-Net, ME-GraphAU and AUNets; "
        "validation subjects by aubench's rule: every fourth of the sorted training subjects"
    ),
    confidence="H",
    notes=("F1 over frames, pooled over the folds.", MASKED),
)
