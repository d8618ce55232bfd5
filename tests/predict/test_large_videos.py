"""Videos that claim or hold more than a machine has memory for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aubench.cli import cli
from aubench.errors import AubenchError
from aubench.pack.pack import Pack
from aubench.predict.csv_writer import CsvWriter
from aubench.predict.inputs import InputFrame
from aubench.predict.pipeline import predict_all
from support.runs.predicting import AUS, make_run, predict
from support.trees import disfa_tree
from support.trees.recorded_trees import write_csv

HUGE = 12000
"""Width and height of pictures beyond the limit of stills: 144 million pixels."""


def film(path: Path, *sizes: int) -> None:
    """Motion JPEG of black squares; the container says 64 × 64."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        for number, size in enumerate(sizes):
            data = io.BytesIO()
            Image.new("RGB", (size, size)).save(data, "JPEG")
            packet = av.Packet(data.getvalue())
            packet.stream, packet.time_base = stream, Fraction(1, 10)
            packet.pts = packet.dts = number
            container.mux(packet)


def test_a_video_of_frames_too_large_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path, "scratch")
    film(tmp_path / "wide.avi", HUGE)
    with pytest.raises(AubenchError, match=r"frames of 12000×12000 pixels; make the video smaller"):
        predict(run, tmp_path / "wide.avi", "--cropped")
    film(tmp_path / "grows.avi", 64, HUGE)
    with pytest.raises(AubenchError, match=r"grows\.avi: cannot be decoded after frame 1"):
        predict(run, tmp_path / "grows.avi", "--cropped")


def test_few_large_frames_are_held_at_a_time() -> None:
    large = np.broadcast_to(np.zeros(3, np.uint8), (6000, 8000, 3))
    held: list[int] = []

    class Rows(CsvWriter):
        def add(self, frame: InputFrame, values: object) -> None:
            held.remove(frame.number)

    def frames() -> Iterator[InputFrame]:
        for number in range(1, 9):
            held.append(number)
            assert len(held) <= 2
            yield InputFrame(number, "", large)

    rows = Rows(io.StringIO(), AUS, openface=False, named=False)
    nobody: Any = None
    assert predict_all(nobody, frames(), lambda _: None, rows, None) == (8, 0)
    assert not held


def test_a_video_that_claims_a_thousand_million_frames_is_read_as_it_is(tmp_path: Path) -> None:
    packs = []
    for name, claimed in (("honest", None), ("forged", 1_000_000_000)):
        root = disfa_tree.write_disfa(tmp_path / name, ("SN001",))
        video = root / "Videos_LeftCamera/LeftVideoSN001_comp.avi"
        data = bytearray(video.read_bytes())
        for place in (data.index(b"avih") + 24, data.index(b"strh") + 40):
            assert int.from_bytes(data[place : place + 4], "little") == 6
            if claimed:  # dwTotalFrames of AVIMAINHEADER, dwLength of AVISTREAMHEADER
                data[place : place + 4] = claimed.to_bytes(4, "little")
        video.write_bytes(data)
        source = tmp_path / f"{name}-points"
        faces = {frame: disfa_tree.points(frame) for frame in range(1, 7)}
        write_csv(source / "SN001.csv", faces, openface=True)
        dest = tmp_path / f"{name}.pack"
        arguments = ["prepare", "disfa", root, dest, "--landmark-source", source, "--size", 32]
        done = CliRunner().invoke(cli, [*map(str, arguments), "--workers", "1"])
        assert done.exit_code == 0, done.output
        packs.append(Pack.open(dest).manifest.subjects)
    assert packs[0] == packs[1]
