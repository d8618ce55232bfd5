"""Train on rendered faces, test on real ones: what is a synthetic twin worth?

`twin_to_disfa` scores the intensity of all 27 people of DISFA, `twin_to_fera2015` that of FERA
2015's 20 development people. Everybody of the corpus's twin trains or validates, so that no real
label is seen before the test.
"""

from __future__ import annotations

from dataclasses import replace

from aubench.protocol import TWIN, Protocol, SubjectSet
from aubench_protocols.disfa import EVERYBODY, POOLED, disfa3fold
from aubench_protocols.fera2015 import DEVELOPMENT, fera2015
from aubench_protocols.rules import split

SOURCE = (
    "defined by aubench; validation people by its rule: every fourth of the sorted people of the "
    "twin"
)


TRAINED = "Trained and validated on synthetic faces, tested on real ones."


def from_twin(name: str, title: str, real: Protocol, test: SubjectSet) -> Protocol:
    """Train on the twin of the corpus of ``real``, test on ``test`` as that protocol does."""
    people = tuple(TWIN + subject for subject in real.subjects)
    twin = SubjectSet(name="twin", subjects=people, people=len(people))
    return replace(
        real,
        name=name,
        title=title,
        corpora=(*(TWIN + corpus for corpus in real.corpora), *real.corpora),
        folds=(split("0", people, test.subjects),),
        parts=(twin, test),
        source=SOURCE,
        confidence="H",
        notes=(TRAINED, *(note for note in real.notes if note != POOLED)),
    )


twin_to_disfa = from_twin(
    "twin-to-disfa",
    "Train on the synthetic twin of DISFA, test on DISFA: intensity",
    disfa3fold,
    EVERYBODY,
)
twin_to_fera2015 = from_twin(
    "twin-to-fera2015",
    "Train on the synthetic twin of BP4D, test on FERA 2015's development people: intensity",
    fera2015,
    DEVELOPMENT,
)
