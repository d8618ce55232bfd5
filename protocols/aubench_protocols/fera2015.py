"""FERA 2015 (Valstar et al. 2015), which papers also call "BP4D".

`fera2015` scores the intensity of 5 AUs in all 71,261 frames of the development partition, which
papers report as test. `fera2015_test` is the challenge's own test set, whose labels and people
were never public: it can be predicted, not scored.
"""

from __future__ import annotations

from aubench.corpora.bp4d.facts import AUS
from aubench.protocol import Fold, Protocol, SubjectSet
from aubench_protocols.bp4d import MASKED, SUBJECTS
from aubench_protocols.disfa import VARIANTS
from aubench_protocols.rules import split

TRAIN = SubjectSet(
    name="train",
    subjects=tuple(key for key in SUBJECTS if int(key[-3:]) % 2 == 1),
    people=21,
    frames=75_586,
)
DEVELOPMENT = SubjectSet(
    name="development",
    subjects=tuple(key for key in SUBJECTS if int(key[-3:]) % 2 == 0),
    people=20,
    frames=71_261,
)
TEST = SubjectSet(name="test", subjects=("bp4d/TE/*",), people=20)

fera2015 = Protocol(
    name="fera2015",
    title="FERA 2015 (BP4D) intensity: train on odd ids, test on even ids",
    task="intensity",
    corpora=("bp4d",),
    aus=AUS,
    folds=(split("development", TRAIN.subjects, DEVELOPMENT.subjects),),
    parts=(TRAIN, DEVELOPMENT),
    variants=VARIANTS,
    source=(
        "FERA 2015 (Valstar et al., FG 2015), fully automatic intensity; validation subjects by "
        "aubench's rule: every fourth of the sorted training subjects"
    ),
    confidence="H",
    notes=(
        "Every frame is scored. The pre-segmented sub-challenge, which scores only frames where "
        "the AU is active, is another test.",
        MASKED,
    ),
)

fera2015_test = Protocol(
    name="fera2015-test",
    title="FERA 2015 intensity: the challenge's own test set, labels not public",
    task="intensity",
    corpora=("bp4d",),
    aus=AUS,
    folds=(
        Fold(
            name="test",
            train=TRAIN.subjects,
            valid=DEVELOPMENT.subjects,
            test=TEST.subjects,
        ),
    ),
    parts=(TRAIN, DEVELOPMENT, TEST),
    variants=VARIANTS,
    labels_public=False,
    source="FERA 2015 (Valstar et al., FG 2015)",
    confidence="M",
    notes=("Labels and people of the test set were never public: it cannot be scored here.",),
)
