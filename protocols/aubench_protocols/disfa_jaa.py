"""The three parts of JAA-Net, ME-GraphAU and FMAE on DISFA, each tested once.

`disfa3fold_jaa` scores intensity without the frames of the error log, as the JAA-Net line does;
`disfa3fold_occ` scores presence (intensity of 2 or more) on all frames, as ME-GraphAU, FMAE and
LibreFace do. Papers number the folds differently, so a fold is named by the part that it tests.
"""

from __future__ import annotations

from aubench.protocol import Protocol
from aubench_protocols.disfa import (
    COUNTS,
    EVERYBODY,
    EVERYBODY_TRACKED,
    JAA_AUS,
    POOLED,
    TRACKED,
    VARIANTS,
    keys,
)
from aubench_protocols.rules import rotate

PARTS = {
    "P1": keys("001 002 009 010 016 026 027 030 032"),
    "P2": keys("006 011 012 013 018 021 024 028 031"),
    "P3": keys("003 004 005 007 008 017 023 025 029"),
}

SOURCE = (
    "parts of JAA-Net (Shao et al., ECCV 2018), used by ME-GraphAU (Luo et al., IJCAI 2022) and "
    "FMAE; validation subjects by aubench's rule: every fourth of the sorted training subjects"
)

disfa3fold_jaa = Protocol(
    name="disfa3fold-jaa",
    title="DISFA intensity, the three parts of JAA-Net, without logged frames",
    task="intensity",
    corpora=("disfa",),
    aus=JAA_AUS,
    folds=rotate(PARTS),
    frames="errlog",
    counts=TRACKED,
    parts=(EVERYBODY_TRACKED,),
    variants=VARIANTS,
    source=SOURCE,
    confidence="H",
    notes=(POOLED, "The parts are published for detection; here they score intensity."),
)

disfa3fold_occ = Protocol(
    name="disfa3fold-occ",
    title="DISFA occurrence (intensity of 2 or more), the three parts of JAA-Net",
    task="occurrence",
    corpora=("disfa",),
    aus=JAA_AUS,
    folds=rotate(PARTS),
    frames="all",
    counts=COUNTS,
    parts=(EVERYBODY,),
    threshold=2,
    rank_by="f1",
    source=SOURCE,
    confidence="H",
    notes=(
        POOLED,
        "All frames count, as in ME-GraphAU, FMAE and LibreFace; JAA-Net and ARL drop the logged.",
    ),
)
