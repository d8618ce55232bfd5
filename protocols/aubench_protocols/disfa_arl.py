"""`disfa_arl`: the one split of ARL. Scores intensity of 12 AUs in 43,084 frames of 9 people.

The frames of the corpus's error log are dropped; the other 18 people have 83,060 frames.
"""

from __future__ import annotations

from aubench.corpora.disfa.facts import AUS
from aubench.protocol import Protocol
from aubench_protocols.disfa import EVERYBODY_TRACKED, SUBJECTS, TRACKED, VARIANTS, keys
from aubench_protocols.rules import split

TEST = keys("002 003 004 006 007 012 013 016 023")

disfa_arl = Protocol(
    name="disfa-arl",
    title="DISFA intensity, one split of 18 and 9 people, without logged frames",
    task="intensity",
    corpora=("disfa",),
    aus=AUS,
    folds=(split("0", (s for s in SUBJECTS if s not in TEST), TEST),),
    frames="errlog",
    counts=TRACKED,
    parts=(EVERYBODY_TRACKED,),
    variants=VARIANTS,
    source=(
        "ARL (Shao et al., IEEE Transactions on Affective Computing); validation subjects by "
        "aubench's rule: every fourth of the sorted training subjects"
    ),
    confidence="H",
)
