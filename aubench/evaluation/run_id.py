"""The id of a run, from what decides its outcome; a record says all of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from aubench.evaluation.records import CorpusInfo, MethodInfo, Record

RUN_ID = re.compile(r"[0-9a-f]{12}")
"""What a run's id looks like."""


def run_id(
    method: MethodInfo,
    protocol_hash: str,
    packs: Iterable[CorpusInfo],
    seed: int | None,
    precision: str,
) -> str:
    """Twelve hexadecimal digits that change with anything that can change the outcome.

    Args:
        method: Its name, its package's version, its settings and the files that it read count.
        protocol_hash: `aubench.protocol.Protocol.hash`.
        packs: Every pack that it learned from or was tested on; their fingerprints count.
        seed: Of every random draw; None for another tool's predictions.
        precision: A Lightning Fabric precision.
    """
    decisive = {
        "method": method.name,
        "origin": method.origin,
        "settings": method.settings,
        "ingredients": method.ingredients,
        "protocol": protocol_hash,
        "packs": {pack.name: pack.fingerprint for pack in packs},
        "seed": seed,
        "precision": precision,
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:12]


def run_id_of(record: Record) -> str:
    """The `run_id` that follows from what ``record`` says; its packs must be in it."""
    return run_id(
        record.method,
        record.protocol_hash,
        record.packs,
        record.seed,
        record.environment.precision,
    )
