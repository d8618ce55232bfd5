"""A finished run with the pack that it was tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.evaluation.align import AlignedPredictions, BatchSource
from aubench.evaluation.expected import expected_frames, wanted_labels
from aubench.evaluation.predictions import read_predictions
from aubench.evaluation.records import Record, read_record
from aubench.evaluation.run_folder import run_folder
from aubench.experiment.packs import resolve_test_pack
from aubench.figures.style import SYNTHETIC
from aubench.frames import FloatArray, IntArray
from aubench.monitor import Monitor
from aubench.pack.pack import Pack
from aubench.protocol import Protocol
from aubench.registry import find


@dataclass(frozen=True)
class TestedRun:
    """A run and the pack that it was tested on.

    Attributes:
        folder: Of the run.
        record: Of the run.
        protocol: Of the run, with the subjects of its partitions filled in.
        pack: Frames and labels.
    """

    folder: Path
    record: Record
    protocol: Protocol
    pack: Pack

    @property
    def name(self) -> str:
        """The method and the start of the run's id."""
        return f"{self.record.method.name} {self.record.run_id[:6]}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines that a figure of this run must show."""
        return warnings([self.record])

    def places(self, aus: Sequence[int]) -> IntArray:
        """Columns of ``aus`` in the predictions; all columns if ``aus`` is empty.

        Raises:
            AubenchError: If the protocol does not have one of them.
        """
        known = self.protocol.aus
        for au in aus:
            if au not in known:
                raise AubenchError(
                    f"{self.protocol.name} has no AU{au}",
                    mend=f"choose among AUs {', '.join(map(str, known))}",
                )
        return np.array([known.index(au) for au in aus or known])

    def expected(self) -> pd.DataFrame:
        """The test frames: E rows, as `aubench.evaluation.expected.expected_frames` gives them."""
        return expected_frames(self.protocol, self.pack.index)

    def labels(self, expected: pd.DataFrame) -> FloatArray:
        """(E, A) labels of the test frames; NaN = not coded."""
        coding = self.protocol.coding
        labels, aus = self.pack.labels(coding), self.pack.aus(coding)
        return wanted_labels(expected, labels, aus, self.protocol)

    def predictions(self, expected: pd.DataFrame) -> FloatArray:
        """(E, A) predictions of the test frames; NaN = nothing predicted."""
        path = self.folder / "predictions.parquet"
        if not path.is_file():
            raise AubenchError("no predictions beside the record", mend="predict again", path=path)
        table = read_predictions(path)
        aligned = AlignedPredictions(expected, self.protocol.aus, by_fold="fold" in table.columns)
        names = [column(au) for au in self.protocol.aus]
        aligned.add(table, table[names].to_numpy(dtype=np.float32), BatchSource(path))
        return aligned.all_values()


def open_tested_run(path: Path, named: Path | None, monitor: Monitor | None = None) -> TestedRun:
    """Open the run in a folder, with its pack.

    Args:
        path: The folder, or the ``record.json`` in it.
        named: The pack; None for the configured one or the synthetic twin.
        monitor: Receives the progress of making a twin.

    Raises:
        AubenchError: If the run is not finished or has no score, or was tested on another pack.
    """
    folder = run_folder(path)
    record = read_record(folder / "record.json")
    protocol: Protocol = find("protocols", record.protocol)
    if protocol.hash != record.protocol_hash:
        raise AubenchError(
            f"tested under {record.protocol} ({record.protocol_hash}), which is now another test "
            f"({protocol.hash})",
            mend="run it again",
            path=folder,
        )
    if not record.scores:
        raise AubenchError(
            "the test labels are not public: there is nothing to study",
            mend="study a run that was scored",
            path=folder,
        )
    pack = _pack(named, protocol, monitor)
    if pack.manifest.fingerprint != record.corpus.fingerprint:
        raise AubenchError(
            f"a pack with the fingerprint {pack.manifest.fingerprint}, but the run was tested on "
            f"{record.corpus.fingerprint} ({record.corpus.name}, {record.corpus.size} pixels)",
            mend="name that pack with --pack",
            path=pack.path,
        )
    protocol = protocol.bound(pack.index["subject"].unique())
    return TestedRun(folder, record, protocol, pack)


def _pack(named: Path | None, protocol: Protocol, monitor: Monitor | None) -> Pack:
    return resolve_test_pack(protocol, (), monitor) if named is None else Pack.open(named)


def require_same_test(studied: Sequence[TestedRun]) -> None:
    """Raise an error unless all runs were tested under one protocol."""
    first = studied[0]
    for other in studied[1:]:
        if other.record.protocol_hash != first.record.protocol_hash:
            raise AubenchError(
                f"{first.protocol.name} and {other.protocol.name} are different tests",
                mend="study runs of one protocol together",
                path=other.folder,
            )


def warnings(records: Sequence[Record]) -> tuple[str, ...]:
    """Lines that a figure of these runs must show."""
    if any(record.corpus.synthetic for record in records):
        return (SYNTHETIC,)
    partial = [record for record in records if record.status == "partial"]
    return (f"PARTIAL: {partial[0].problems[0]}",) if partial else ()
