"""Score a prediction file of any tool, and keep the result like that of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from aubench.errors import AubenchError
from aubench.evaluation.align import AlignedPredictions
from aubench.evaluation.expected import expected_frames
from aubench.evaluation.predictions import (
    Provenance,
    prediction_table,
    read_provenance,
    write_predictions,
)
from aubench.evaluation.records import FoldInfo, MethodInfo, Record, environment
from aubench.evaluation.run_id import run_id
from aubench.evaluation.scoring import corpus_info, judge, make_record, score_aligned
from aubench.importers.load import Importer
from aubench.importers.remarks import remarks
from aubench.importers.tool import Tool
from aubench.io.atomic import make_folder
from aubench.io.folders import folder_name
from aubench.io.locks import LOCK, hold
from aubench.io.text import in_utf8
from aubench.pack.pack import Pack
from aubench.protocol import Protocol


@dataclass(frozen=True)
class Submission:
    """A prediction file and how to read it.

    Attributes:
        path: A file, or a folder of one file per recording.
        tool: The tool that wrote it.
        name: What the result is called in tables.
        columns: An AU or a part of the key → its column.
        first_frame: The number that the file gives to a recording's first frame.
        allow_partial: Accept a file that lacks test frames; needed only for tools that always
            write every frame.
    """

    path: Path
    tool: Tool
    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    first_frame: int | None = None
    allow_partial: bool = False

    def __post_init__(self) -> None:
        folder_name(self.name)


def evaluate(
    submission: Submission, protocol: Protocol, pack: Pack, results: Path
) -> tuple[Record, Path]:
    """Score a submission and write ``predictions.parquet`` and ``record.json``.

    Args:
        submission: What to score.
        protocol: What it is tested under.
        pack: Holds the labels.
        results: Folder of all results.

    Returns:
        The record and its folder, ``results/PROTOCOL/NAME/RUN-ID``.

    Raises:
        AubenchError: If the file does not fit the protocol, or the labels are not public.
    """
    if not protocol.labels_public:
        raise AubenchError(
            f"the test labels of {protocol.name} are not public: it cannot be scored here",
            mend="send the predictions to whoever holds the labels",
        )
    protocol = protocol.bound(pack.index["subject"].unique())
    refuse_other_origin(submission.path, protocol, pack)
    expected = expected_frames(protocol, pack.index)
    tool, columns = submission.tool, submission.columns
    importer = Importer(tool, protocol, pack.index, expected, columns, submission.first_frame)
    aligned = importer.load(submission.path)
    if not (tool.lenient or submission.allow_partial or tool.fill is not None):
        aligned.refuse_missing(submission.path)
    labels, aus = pack.labels(protocol.coding), pack.aus(protocol.coding)
    notes = remarks(importer, aligned)
    scored = score_aligned(aligned, labels, aus, protocol, notes=notes, fill=tool.fill)
    method = MethodInfo(
        name=submission.name,
        origin=f"{tool.title}: {in_utf8(submission.path.name)}",
        ingredients={"predictions": _digest(aligned, scored.coverage.fill)},
        learned_from=tool.trained_on,
    )
    where, tested = environment(), corpus_info(pack.manifest)
    id_ = run_id(method, protocol.hash, [tested], None, where.precision)
    folder = results / protocol.name / folder_name(submission.name) / id_
    provenance = Provenance(id_, protocol.name, protocol.hash, tested.fingerprint, tested.synthetic)
    counts = aligned.expected["fold"].value_counts()
    status, problems = judge(protocol, pack, scored)
    record = make_record(
        scored,
        protocol,
        pack.manifest,
        run_id=id_,
        method=method,
        packs=(tested,),
        status=status,
        problems=problems,
        environment=where,
        folds=tuple(
            FoldInfo(
                name=fold.name,
                train_frames=0,
                valid_frames=0,
                test_frames=int(counts.get(fold.name, 0)),
            )
            for fold in protocol.folds
        ),
    )
    make_folder(folder)
    with hold(folder / LOCK, wait=True):
        write_predictions(folder / "predictions.parquet", _table(aligned), provenance)
        record.write(folder / "record.json")
    return record, folder


def refuse_other_origin(path: Path, protocol: Protocol, pack: Pack) -> None:
    """Raise if an aubench run wrote the file under another protocol, or on other faces."""
    found = read_provenance(path) if path.suffix == ".parquet" and path.is_file() else None
    if found is None:
        return
    if found.protocol_hash != protocol.hash:
        raise AubenchError(
            f"predicted under {found.protocol} ({found.protocol_hash}), which is not "
            f"{protocol.name} ({protocol.hash})",
            mend="score it under the protocol that it was made for",
            path=path,
        )
    if found.synthetic != pack.manifest.synthetic:
        names = ("real", "synthetic")
        raise AubenchError(
            f"predicted on {names[found.synthetic]} faces, but the pack's are "
            f"{names[pack.manifest.synthetic]}",
            mend="name the pack that it was predicted on with --pack",
            path=path,
        )


def _digest(aligned: AlignedPredictions, fill: float | None) -> str:
    """SHA-256 of the predictions of all expected frames and of the fill, whatever the file."""
    digest = hashlib.sha256(np.ascontiguousarray(aligned.all_values()).tobytes())
    digest.update(b"" if fill is None else f"fill {fill!r}".encode())
    return digest.hexdigest()


def _table(aligned: AlignedPredictions) -> pd.DataFrame:
    """What the tool predicted, without any fill, in the protocol's order."""
    table = prediction_table(aligned.expected, aligned.all_values(), aligned.aus)
    table["fold"] = aligned.expected["fold"]
    return table[aligned.present()]
