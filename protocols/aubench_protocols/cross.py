"""Train on one corpus, test on the whole of another, over the AUs that both code (6, 12 and 17).

`disfa_to_bp4d` scores the intensity of BP4D's 41 people, `bp4d_to_disfa` that of DISFA's 27.
Nobody of the tested corpus is seen in training.
"""

from __future__ import annotations

from aubench.corpora.bp4d.facts import AUS as BP4D_AUS
from aubench.corpora.disfa.facts import AUS as DISFA_AUS
from aubench.protocol import Fold, Protocol
from aubench_protocols import bp4d, disfa
from aubench_protocols.fera2015 import DEVELOPMENT, TRAIN
from aubench_protocols.rules import split

AUS = tuple(au for au in DISFA_AUS if au in BP4D_AUS)
PARTS = (disfa.EVERYBODY, TRAIN, DEVELOPMENT)
SOURCE = (
    "defined by aubench; validation subjects by its rule: every fourth of the sorted training "
    "subjects"
)


def across(name: str, train: str, test: str, fold: Fold) -> Protocol:
    """Train on one corpus, test on the other, on the AUs that both code."""
    return Protocol(
        name=name,
        title=(
            f"Train on {train.upper()}, test on {test.upper()}: intensity of the AUs that both code"
        ),
        task="intensity",
        corpora=(train, test),
        aus=AUS,
        folds=(fold,),
        counts=disfa.COUNTS,
        parts=PARTS,
        variants=disfa.VARIANTS,
        source=SOURCE,
        confidence="H",
        notes=(bp4d.MASKED,),
    )


disfa_to_bp4d = across("disfa-to-bp4d", "disfa", "bp4d", split("0", disfa.SUBJECTS, bp4d.SUBJECTS))
bp4d_to_disfa = across("bp4d-to-disfa", "bp4d", "disfa", split("0", bp4d.SUBJECTS, disfa.SUBJECTS))
