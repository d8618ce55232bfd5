"""``disfa-halves``: trained on half of DISFA's people, tested on the others."""

from aubench.corpora.disfa.facts import SUBJECTS
from aubench.protocol import Fold, Protocol

PEOPLE = tuple(f"disfa/{subject}" for subject in SUBJECTS)
FIRST, SECOND = PEOPLE[:13], PEOPLE[13:]

disfa_halves = Protocol(
    name="disfa-halves",
    title="DISFA, smiles and open mouths, two halves",
    task="intensity",
    corpora=("disfa",),
    aus=(12, 25),
    folds=(
        Fold(name="0", train=FIRST[:9], valid=FIRST[9:], test=SECOND),
        Fold(name="1", train=SECOND[:9], valid=SECOND[9:], test=FIRST),
    ),
    source="docs/add-a-method.md",
    confidence="H",
)
