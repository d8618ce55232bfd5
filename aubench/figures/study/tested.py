"""A finished run beside the pack that it was tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.evaluation.align import AlignedPredictions, BatchSource
from aubench.evaluation.expected import expected_frames, wanted_labels
from aubench.evaluation.predictions import read_predictions
from aubench.evaluation.records import read_record
from aubench.experiment.packs import resolve_test_pack
from aubench.figures.style import SYNTHETIC
from aubench.predict.trained import run_folder
from aubench.registry import find

if TYPE_CHECKING:
    import pandas as pd

    from aubench.evaluation.records import Record
    from aubench.frames import FloatArray, IntArray
    from aubench.monitor import Monitor
    from aubench.pack.pack import Pack
    from aubench.protocol import Protocol


@dataclass(frozen=True)
class Tested:
    """A run and what it was tested on.

    Attributes:
        folder: Its folder.
        record: What ran.
        protocol: Under which protocol, partitions named.
        pack: The frames, labels included.
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
        """What a figure must say of the run."""
        return warnings([self.record])

    def places(self, aus: Sequence[int]) -> IntArray:
        """Columns of ``aus``; all of them if none is named.

        Raises:
            AubenchError: If the protocol does not have one.
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
        """(E, A) what the run predicted of the test frames; NaN = nothing."""
        path = self.folder / "predictions.parquet"
        if not path.is_file():
            raise AubenchError("no predictions beside the record", mend="predict again", path=path)
        table = read_predictions(path)
        aligned = AlignedPredictions(expected, self.protocol.aus, by_fold="fold" in table.columns)
        names = [column(au) for au in self.protocol.aus]
        aligned.add(table, table[names].to_numpy(dtype=np.float32), BatchSource(path))
        return aligned.filled()


def open_tested(path: Path, named: Path | None, monitor: Monitor | None = None) -> Tested:
    """The run in a folder, with its pack.

    Args:
        path: The folder, or the ``record.json`` in it.
        named: The pack; None for the configured one or the synthetic twin.
        monitor: Hears the making of a twin.

    Raises:
        AubenchError: If it is no finished run with a score, or the pack is not the one that it
            was tested on.
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
    return Tested(folder, record, protocol, pack)


def _pack(named: Path | None, protocol: Protocol, monitor: Monitor | None) -> Pack:
    from aubench.pack.pack import Pack

    return resolve_test_pack(protocol, (), monitor) if named is None else Pack.open(named)


def refuse_apart(studied: Sequence[Tested]) -> None:
    """Raise unless all runs were tested alike."""
    first = studied[0]
    for other in studied[1:]:
        if other.record.protocol_hash != first.record.protocol_hash:
            raise AubenchError(
                f"{first.protocol.name} and {other.protocol.name} are different tests",
                mend="study runs of one protocol together",
                path=other.folder,
            )


def warnings(records: Sequence[Record]) -> tuple[str, ...]:
    """What a figure of these runs must say."""
    if any(record.corpus.synthetic for record in records):
        return (SYNTHETIC,)
    partial = [record for record in records if record.status == "partial"]
    return (f"PARTIAL: {partial[0].problems[0]}",) if partial else ()
