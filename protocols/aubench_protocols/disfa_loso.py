"""`disfa_loso`: leave one subject out. Scores intensity of 12 AUs in all frames, 27 folds."""

from __future__ import annotations

from aubench.corpora.disfa.facts import AUS
from aubench.protocol import Protocol
from aubench_protocols.disfa import COUNTS, EVERYBODY, POOLED, SUBJECTS, VARIANTS
from aubench_protocols.rules import rotate

disfa_loso = Protocol(
    name="disfa-loso",
    title="DISFA intensity, leave one subject out",
    task="intensity",
    corpora=("disfa",),
    aus=AUS,
    folds=rotate({subject.removeprefix("disfa/"): (subject,) for subject in SUBJECTS}),
    frames="all",
    counts=COUNTS,
    parts=(EVERYBODY,),
    variants=VARIANTS,
    source=(
        "OpenFace (Baltrušaitis et al.); validation subjects by aubench's rule: every fourth of "
        "the sorted training subjects"
    ),
    confidence="M",
    notes=(POOLED,),
)
