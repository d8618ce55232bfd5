"""FERA 2017 (Valstar et al. 2017): nine synthesised views; train and validation from BP4D people.

`fera2017` (intensity, 7 AUs) and `fera2017_occ` (occurrence, 10 AUs) score the validation
partition, which papers report beside or instead of the test: all frames of all nine views pooled.
The ``-test`` twins are the challenge's test set, whose labels are not public: it can be
predicted, not scored.

Ids collide: BP4D's F001 and BP4D+'s F001 are two people, so a key holds the partition,
``fera2017/TR/F001``. Who validates and who is tested is not published: a whole partition is named
``fera2017/VA/*`` and bound to the people that a pack holds.
"""

from __future__ import annotations

from aubench.corpora.bp4d.facts import SUBJECTS
from aubench.corpora.fera2017.facts import AUS, OCCURRENCE, PEOPLE
from aubench.protocol import Fold, Protocol, SubjectSet
from aubench_protocols.disfa import VARIANTS
from aubench_protocols.rules import split

TRAIN = SubjectSet(
    name="train", subjects=tuple(f"fera2017/TR/{p}" for p in SUBJECTS), people=PEOPLE["TR"]
)
VALID = SubjectSet(name="validation", subjects=("fera2017/VA/*",), people=PEOPLE["VA"])
TEST = SubjectSet(name="test", subjects=("fera2017/TE/*",), people=30)

ON_VALIDATION = split("validation", TRAIN.subjects, VALID.subjects)
ON_TEST = Fold(name="test", train=TRAIN.subjects, valid=VALID.subjects, test=TEST.subjects)

SOURCE = "FERA 2017 (Valstar et al., FG 2017)"
RULE = (
    "; the partition's 20 people are named by the corpus itself; validation subjects by aubench's "
    "rule: every fourth of the sorted training subjects"
)
VIEWS = "Frames of all nine views are pooled."
SIZES = (
    "About 1.29 M frames (2,952 videos) train, 696 k (1,431) validate and 363 k (1,080) are the "
    "test; these sizes are unconfirmed, so packs are not held to them."
)
HIDDEN = "The test labels are not public: it cannot be scored here."
WHO = "The test people come from BP4D+, 30 by most accounts."

fera2017 = Protocol(
    name="fera2017",
    title="FERA 2017 intensity, tested on the validation partition",
    task="intensity",
    corpora=("fera2017",),
    aus=AUS,
    folds=(ON_VALIDATION,),
    parts=(TRAIN, VALID),
    variants=VARIANTS,
    source=SOURCE + RULE,
    confidence="M",
    notes=(VIEWS, SIZES),
)

fera2017_occ = Protocol(
    name="fera2017-occ",
    title="FERA 2017 occurrence, tested on the validation partition",
    task="occurrence",
    corpora=("fera2017",),
    aus=OCCURRENCE,
    folds=(ON_VALIDATION,),
    parts=(TRAIN, VALID),
    rank_by="f1",
    source=SOURCE + RULE,
    confidence="M",
    notes=(VIEWS, SIZES),
)

fera2017_test = Protocol(
    name="fera2017-test",
    title="FERA 2017 intensity: the challenge's test set, labels not public",
    task="intensity",
    corpora=("fera2017",),
    aus=AUS,
    folds=(ON_TEST,),
    parts=(TRAIN, VALID, TEST),
    variants=VARIANTS,
    labels_public=False,
    source=SOURCE,
    confidence="L",
    notes=(VIEWS, SIZES, WHO, HIDDEN),
)

fera2017_occ_test = Protocol(
    name="fera2017-occ-test",
    title="FERA 2017 occurrence: the challenge's test set, labels not public",
    task="occurrence",
    corpora=("fera2017",),
    aus=OCCURRENCE,
    folds=(ON_TEST,),
    parts=(TRAIN, VALID, TEST),
    rank_by="f1",
    labels_public=False,
    source=SOURCE,
    confidence="L",
    notes=(VIEWS, SIZES, WHO, HIDDEN),
)
