"""Label fingerprints: whether two records were scored against the same labels.

``aubench table`` compares them, so this module does without pandas.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import numpy as np

from aubench.evaluation.records import Record
from aubench.metrics.groups import MomentTable
from aubench.metrics.moments import INTENSITY, Array
from aubench.protocol import Protocol, members

Labels = Mapping[str, tuple[int, ...]]
"""Person → n, Σy and Σy² of every AU."""

PUBLISHED: dict[str, str] = {}
"""Protocol hash → label fingerprint, where somebody who holds the labels has published it."""

DEMO_TWIN: dict[str, str] = {
    "04a7ab54ebc191c2": "7e304f63cd970468",  # disfa3fold
    "7e244a4476d18717": "3fe3b1a570345d9d",  # disfa-arl
}
"""Protocol hash → label fingerprint of the synthetic twin that ``aubench run`` makes by default.

``aubench info disfa3fold --pack TWIN`` prints it; the labels are the same on every processor.
"""


def label_fingerprint(labels: Labels) -> str:
    """Sixteen hexadecimal digits that change with n, Σy or Σy² of any person and AU."""
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:16]


def label_sums(table: MomentTable) -> dict[tuple[str, str], Array]:
    """Fold and person → (4, A) n, missing, Σy and Σy² over the person's views."""
    cells = np.asarray(table.values, dtype=np.float64)
    cells = cells[:, :, [INTENSITY.index(name) for name in ("n", "missing", "y", "yy")]]
    sums: dict[tuple[str, str], Array] = {}
    for (fold, person, _), cell in zip(table.groups, np.moveaxis(cells, 2, 1), strict=True):
        sums[fold, person] = sums.get((fold, person), 0) + cell
    return sums


def labels_in(table: MomentTable) -> Labels:
    """The sums of the labels of everybody in moments of whole predictions."""
    return {person: _whole(sums) for (_, person), sums in label_sums(table).items()}


def labels_of(record: Record, protocol: Protocol) -> Labels:
    """The sums of the labels of every real person whose frames were all scored, from a record.

    Empty for records of a synthetic corpus or another version of the protocol.
    """
    if record.corpus.synthetic or not record.moments or record.protocol_hash != protocol.hash:
        return {}
    found: dict[str, tuple[int, ...]] = {}
    for (_, person), sums in label_sums(record.moments["raw"]).items():
        n, missing = sums[:2]
        unpredicted = record.coverage.predictions_missing and missing.any()
        count = protocol.counts.get(person)
        whole = record.status == "official" if count is None else count == n[0] + missing[0]
        if whole and not unpredicted:
            found[person] = _whole(sums)
    return found


def all_labels_of(record: Record) -> Labels:
    """The sums of the labels of everybody in a record, real or not.

    Empty where they are not seen whole: without moments, or where predictions are missing.
    """
    if not record.moments or record.coverage.predictions_missing:
        return {}
    return labels_in(record.moments["raw"])


def are_all(labels: Labels, protocol: Protocol) -> bool:
    """True if the labels are of everybody whom ``protocol`` tests."""
    tested = (key for fold in protocol.folds for key in fold.test)
    return all(members(key, labels) for key in tested)


def fingerprint_line(labels: Labels, protocol: Protocol, *, synthetic: bool) -> str:
    """``label fingerprint 3f9a… (…)``: in brackets, what is known of it.

    Args:
        labels: All that ``protocol`` scores in a pack or a record.
        protocol: What is tested.
        synthetic: Whether the labels are a twin's.
    """
    fingerprint = label_fingerprint(labels)
    known = (DEMO_TWIN if synthetic else PUBLISHED).get(protocol.hash)
    if not are_all(labels, protocol):
        what = f"of {len(labels)} of the people whom {protocol.name} tests"
    elif synthetic:
        what = "that of the demo twin" if known == fingerprint else "of a synthetic twin"
    elif known is None:
        what = f"none published for {protocol.name}: compare with another holder's"
    else:
        what = "as published" if known == fingerprint else f"not {known} as published"
    return f"label fingerprint {fingerprint} ({what})"


def _whole(sums: Array) -> tuple[int, ...]:
    """n, Σy and Σy² of every AU, from (4, A) `label_sums`."""
    return tuple(int(value) for part in sums[[0, 2, 3]] for value in part)
