"""What ``aubench info PROTOCOL`` says: who learns and who is tested, and what a pack lacks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from aubench.errors import AubenchError
from aubench.protocol import ANYONE, Protocol
from aubench.report.fit import terminal_width

CONFIDENCE = {
    "H": "confirmed: two sources agree, it was recomputed, or aubench defines it",
    "M": "one good source",
    "L": "unconfirmed",
}
FRAMES = {
    "all": "every frame of the corpus",
    "errlog": "every frame that is not in the corpus's error log",
}
WIDTH = 110
INDENT = 12


def compare(protocol: Protocol, folder: Path) -> list[str]:
    """The status of a run on the pack in ``folder``, and what the pack lacks, as lines."""
    from aubench.evaluation.checks.label_fingerprint import (  # noqa: PLC0415  # pandas
        fingerprint_line,
        labels_in,
    )
    from aubench.evaluation.coverage import check_pack  # noqa: PLC0415  # pandas
    from aubench.evaluation.expected import label_table  # noqa: PLC0415  # pandas
    from aubench.pack.pack import Pack  # noqa: PLC0415  # pandas

    pack = Pack.open(folder)
    aus, synthetic = pack.aus(protocol.coding), pack.manifest.synthetic
    status, problems = check_pack(protocol, pack.index, aus, synthetic)
    lacks = [f"  {problem}" for problem in problems] or ["  nothing is missing"]
    bound = protocol.bound(pack.index["subject"].unique())
    try:
        table = label_table(bound, pack.index, pack.labels(protocol.coding), aus)
        known = fingerprint_line(labels_in(table), bound, synthetic=synthetic)
    except AubenchError as error:
        known = f"no label fingerprint: {error.what}"
    return [f"pack {folder}: {status}", *lacks, known]


def describe(protocol: Protocol) -> Iterator[str]:
    """Everything that ``protocol`` says, as lines."""
    yield f"{protocol.name}: {protocol.title}"
    yield ""
    for name, fact in _facts(protocol):
        yield from _wrap(name, fact)
    for fold in protocol.folds:
        yield ""
        yield f"fold {fold.name}"
        yield from _role("train", fold.train, protocol)
        yield from _role("valid", fold.valid, protocol)
        yield from _role("test", fold.test, protocol)


def _facts(protocol: Protocol) -> Iterator[tuple[str, str]]:
    cut = protocol.threshold
    yield "task", protocol.task + ("" if cut is None else f": present means {cut} or more")
    yield "corpora", ", ".join(protocol.corpora)
    yield "AUs", f"{' '.join(map(str, protocol.aus))} ({len(protocol.aus)})"
    yield "frames", FRAMES[protocol.frames]
    tested = tuple(subject for fold in protocol.folds for subject in fold.test)
    frames = count(tested, protocol)
    yield "scored", "no source counts the frames" if frames is None else f"{frames:,} frames"
    for part in protocol.parts:
        counted = "" if part.frames is None else f", {part.frames:,} frames"
        yield "part", f"{part.name}: {part.people} subjects{counted}"
    yield "labels", "public" if protocol.labels_public else "not public: predictions, no score"
    yield "pooling", "one score over the out-of-fold predictions of all folds"
    yield "missing", "a label that is missing is masked for its AU only, and counted"
    yield "ranked by", protocol.rank_by
    yield "variants", ", ".join(("raw", *protocol.variants))
    yield "source", protocol.source
    yield "confidence", CONFIDENCE[protocol.confidence]
    yield "hash", protocol.hash
    for note in protocol.notes:
        yield "note", note


def count(subjects: tuple[str, ...], protocol: Protocol) -> int | None:
    """The official number of frames of ``subjects``; None if no source gives it."""
    if all(subject in protocol.counts for subject in subjects):
        return sum(protocol.counts[subject] for subject in subjects)
    inside = [part for part in protocol.parts if set(part.subjects) <= set(subjects)]
    if {subject for part in inside for subject in part.subjects} != set(subjects):
        return None
    frames = [part.frames for part in inside]
    return None if None in frames else sum(filter(None, frames))


def _role(role: str, subjects: tuple[str, ...], protocol: Protocol) -> Iterator[str]:
    """One role of a fold: number of subjects and frames, and the subjects, as lines."""
    partition = any(subject.endswith(ANYONE) for subject in subjects)
    known = "a whole partition" if partition else f"{len(subjects)} subjects"
    frames = count(subjects, protocol)
    counted = "" if frames is None else f", {frames:,} frames"
    people: dict[str, list[str]] = {}
    for subject in subjects:
        home, _, person = subject.rpartition("/")
        people.setdefault(home, []).append(person)
    who = "; ".join(f"{home}/ {' '.join(ids)}" for home, ids in people.items())
    yield from _wrap(f"  {role}", f"{known}{counted}: {who}")


def _wrap(name: str, fact: str) -> list[str]:
    return hanging(name, fact, INDENT)


def hanging(name: str, fact: str, indent: int) -> list[str]:
    """A name and a fact beside it, wrapped to the terminal's width."""
    width = min(WIDTH, terminal_width() or WIDTH) - indent
    lines = textwrap.wrap(fact, width, break_on_hyphens=False, break_long_words=False) or [""]
    first, *others = lines
    return [f"{name:<{indent - 1}} {first}", *(" " * indent + line for line in others)]
